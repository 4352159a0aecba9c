import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { isObject } from "../../infra/properties";

/** A text of the stacks' files that everybody can read. */
export interface PlaintextSetting {
  /** The name of the file that it is in. */
  file: string;
  /** Its key, and inside an object its path, as in `logto-stack:email.fromName`. */
  path: string;
  text: string;
}

/**
 * The texts that are not encrypted of `Pulumi.<stack>.yaml`, where the stack has one, and of what all stacks
 * share in `Pulumi.yaml`.
 *
 * The files lie at the project's root: the first folder, from the pack's upwards, with a Pulumi.yaml.
 */
export function plaintextSettings(stack: string): PlaintextSetting[] {
  const root = projectRoot(process.cwd());
  return [`Pulumi.${stack}.yaml`, "Pulumi.yaml"].flatMap((file) => {
    const at = path.join(root, file);
    if (!existsSync(at)) return [];
    const content = parse(readFileSync(at, "utf8")) as { config?: unknown } | null;
    return textsOf(content?.config, "").map(({ path: key, text }) => ({
      path: file === "Pulumi.yaml" ? key.replace(declaration, "$1") : key,
      text,
      file,
    }));
  });
}

/** Where the project's file declares a setting, its value lies below the key, or what is its default. */
const declaration = /^([^.[]+)\.(?:value|default)(?=[.[]|$)/;

function projectRoot(folder: string): string {
  const parent = path.dirname(folder);
  return existsSync(path.join(folder, "Pulumi.yaml")) || parent === folder
    ? folder
    : projectRoot(parent);
}

function textsOf(value: unknown, at: string): Omit<PlaintextSetting, "file">[] {
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
