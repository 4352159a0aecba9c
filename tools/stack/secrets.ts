import { neededSecrets, runtimes, type SecretSetting } from "../../stacks/secret-settings";
import { readStackFile } from "./project";
import type { Tools } from "../engine/tools";
import { userError } from "../../infra/user-error";

/** Asks the user for a secret; undefined without a terminal. */
export type Ask = (setting: SecretSetting) => Promise<string>;

/**
 * Makes sure that the stack's file has every secret: it makes up those that the runtime allows, and asks for the
 * others. Without a terminal, one error lists them all, and nothing is set.
 */
export async function ensureSecrets(
  tools: Pick<Tools, "pulumi">,
  project: string,
  stack: string,
  ask: Ask | undefined,
): Promise<string[]> {
  const { generated, asked } = missingSecrets(project, stack);
  if (asked.length > 0 && ask === undefined) {
    throw userError(
      [
        `The stack ${stack} lacks ${asked.length === 1 ? "a secret" : `${asked.length} secrets`}. Run this in a terminal, where it can ask you, or set each with its command and the value on stdin:`,
        ...asked.map(
          ({ key, purpose }) =>
            `  ${key}, ${purpose}:\n    npm run pulumi -- config set --secret ${key} --stack ${stack}`,
        ),
      ].join("\n"),
    );
  }
  for (const setting of generated) {
    await set(tools, stack, setting.key, setting.generate());
  }
  for (const setting of asked) {
    await set(tools, stack, setting.key, (await ask?.(setting)) ?? "");
  }
  return generated.map(({ key }) => key);
}

/** The secrets that the file lacks. Without a valid runtime none are missing here: the settings refuse that. */
export function missingSecrets(
  project: string,
  stack: string,
): { generated: SecretSetting[]; asked: SecretSetting[] } {
  const config = readStackFile(project, stack).config ?? {};
  const runtime = runtimes.find((name) => name === config["logto-stack:runtime"]);
  const missing =
    runtime === undefined
      ? []
      : neededSecrets(config).filter(({ key }) => config[key] === undefined);
  const isGenerated = ({ generatedFor }: SecretSetting) =>
    generatedFor.some((name) => name === runtime);
  return {
    generated: missing.filter(isGenerated),
    asked: missing.filter((setting) => !isGenerated(setting)),
  };
}

/** Sets a secret by stdin: arguments are visible to everyone on the machine. */
async function set(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  key: string,
  value: string,
): Promise<void> {
  const args = ["config", "set", "--secret", key, "--stack", stack, "--non-interactive"];
  const result = await tools.pulumi(args, value);
  if (result.failed) {
    throw userError(`The secret ${key} of the stack ${stack} was not set: ${result.output}`);
  }
}
