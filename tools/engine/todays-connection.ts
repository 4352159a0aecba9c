import { commandOf } from "./arguments";
import { isRefresh } from "./run-program";
import type { Tools } from "./tools";

const updates = ["up", "update", "preview", "pre"];

/**
 * Whether an `up` or a preview with `--refresh` would read with the connection of the last `up` what can only be
 * read with today's.
 */
export async function needsTodaysConnection(
  tools: Pick<Tools, "pulumi">,
  stack: string,
  args: readonly string[],
): Promise<boolean> {
  if (!updates.includes(commandOf(args) ?? "") || !args.some(isRefresh)) return false;
  // Only here: they load the SDK, which takes longer than all else that an `up` begins with.
  /* eslint-disable @typescript-eslint/no-require-imports -- loaded only where it is needed; import() of a TypeScript file is not for the hook that compiles it */
  const { isConnectionChanged } = require("../review/drift") as typeof import("../review/drift");
  const { readStack } = require("../review/secrets") as typeof import("../review/secrets");
  /* eslint-enable @typescript-eslint/no-require-imports */
  try {
    return isConnectionChanged(await readStack(tools, stack));
  } catch {
    // One without a state has nothing to read, and of another the command itself says what is wrong.
    return false;
  }
}
