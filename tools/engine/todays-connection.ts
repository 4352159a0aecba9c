import { commandOf } from "./arguments";
import { isRefresh } from "./run-program";
import type { Tools } from "./tools";

const updates = ["up", "update", "preview", "pre"];

/**
 * Whether an `up` or a preview with `--refresh` would read with the connection of the last `up`, although only
 * today's works.
 */
export async function needsTodaysConnection(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  args: readonly string[],
): Promise<boolean> {
  if (!updates.includes(commandOf(args) ?? "") || !args.some(isRefresh)) return false;
  // Loaded here because it loads the SDK, which takes longer than everything else at the start of an `up`.
  /* eslint-disable @typescript-eslint/no-require-imports -- loaded only where it is needed; import() of a TypeScript file is not for the hook that compiles it */
  const { isConnectionChanged } = require("../review/drift") as typeof import("../review/drift");
  const { readStack } = require("../review/secrets") as typeof import("../review/secrets");
  /* eslint-enable @typescript-eslint/no-require-imports */
  try {
    return isConnectionChanged(await readStack(tools, stack));
  } catch {
    // A new stack has no state to read, and the command itself reports any other problem.
    return false;
  }
}
