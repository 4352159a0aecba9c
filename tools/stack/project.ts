import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parse, YAMLError } from "yaml";
import { userError } from "../../infra/user-error";

/** The stack of `npm run up` without a name. It has the embedded runtime. */
export const defaultStack = "local";

/** What the tools read from a `Pulumi.<stack>.yaml`. stacks/settings defines its meaning. */
export interface StackFile {
  encryptionsalt?: string;
  secretsprovider?: string;
  config?: Record<string, unknown>;
}

/** The path of a stack's file. The name may include organisation and project, as in `acme/logto-stack/dev`. */
export function stackFileOf(project: string, stack: string): string {
  return path.join(project, `Pulumi.${path.basename(stack)}.yaml`);
}

/** The stacks that have a file. */
export function stacksOf(project: string): string[] {
  return readdirSync(project)
    .map((name) => /^Pulumi\.(.+)\.yaml$/.exec(name)?.[1])
    .filter((name) => name !== undefined)
    .sort();
}

/** Refuses a stack without a file: it would be created without any settings. */
export function requireStackFile(project: string, stack: string): void {
  if (!existsSync(stackFileOf(project, stack))) {
    throw userError(
      `There is no stack ${stack}: ${path.basename(stackFileOf(project, stack))} does not exist. The stacks are: ${stacksOf(project).join(", ") || "none"}. To add one, copy the file of another.`,
    );
  }
}

/** The content of a stack's file; empty if there is none. */
export function readStackFile(project: string, stack: string): StackFile {
  return readYaml(stackFileOf(project, stack)) ?? {};
}

/** The back end that Pulumi.yaml names, if any. */
export function backendOfProject(project: string): string | undefined {
  const content = readYaml(path.join(project, "Pulumi.yaml")) as
    { backend?: { url?: string } } | undefined;
  return content?.backend?.url;
}

function readYaml(file: string): object | undefined {
  if (!existsSync(file)) {
    return undefined;
  }
  try {
    const content: unknown = parse(readFileSync(file, "utf8"));
    return typeof content === "object" && content !== null ? content : undefined;
  } catch (error) {
    if (!(error instanceof YAMLError)) throw error;
    // The parser's message continues with several lines of the file.
    const reason = error.message.split("\n")[0]?.replace(/:$/, "");
    throw userError(`${path.basename(file)} is not valid YAML: ${String(reason)}. Correct it.`);
  }
}
