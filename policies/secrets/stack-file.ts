import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { isObject } from "../../infra/properties";

/** A text of a stack's file that everybody can read. */
export interface PlaintextSetting {
  /** Its key, and inside an object its path, as in `logto-stack:email.fromName`. */
  path: string;
  text: string;
}

/**
 * The texts of `Pulumi.<stack>.yaml` that are not encrypted; none where the stack has no file.
 *
 * The file lies at the project's root: the first folder, from the pack's upwards, with a Pulumi.yaml.
 */
export function plaintextSettings(stack: string): { file: string; settings: PlaintextSetting[] } {
  const file = `Pulumi.${stack}.yaml`;
  const at = path.join(projectRoot(process.cwd()), file);
  if (!existsSync(at)) return { file, settings: [] };
  const content = parse(readFileSync(at, "utf8")) as { config?: unknown } | null;
  return { file, settings: textsOf(content?.config, "") };
}

function projectRoot(folder: string): string {
  const parent = path.dirname(folder);
  return existsSync(path.join(folder, "Pulumi.yaml")) || parent === folder
    ? folder
    : projectRoot(parent);
}

function textsOf(value: unknown, at: string): PlaintextSetting[] {
  if (Array.isArray(value)) {
    return value.flatMap((element, index) => textsOf(element, `${at}[${index}]`));
  }
  if (typeof value === "string" || typeof value === "number") {
    return [{ path: at, text: String(value) }];
  }
  if (!isObject(value)) return [];
  return Object.entries(value)
    .filter(([key]) => key !== "secure")
    .flatMap(([key, held]) => textsOf(held, at === "" ? key : `${at}.${key}`));
}
