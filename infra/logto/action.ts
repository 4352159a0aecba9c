import { z } from "zod";
import { choice, flag } from "../fields";
import { script } from "./script";
import { environmentVariables } from "./token-customizer";

/** What the actions at every step of signing in have in common. */
export const actionInputs = {
  /**
   * JavaScript that defines `runAction`: a function that is called with `event` and `environmentVariables`, and gives what
   * Logto is to do, or a promise of it. `scriptIn` reads it from a file.
   */
  script: script("runAction"),
  /** What the script gets as `environmentVariables`, such as the key of another service. Secret. Default: none. */
  environmentVariables: environmentVariables().optional(),
  /** Whether Logto runs it. Logto would not run an action that leaves this out. */
  enabled: flag(),
  /**
   * What becomes of a sign-in whose script fails: `block` ends it, `allow` goes on as if there were no action.
   * Default: block.
   */
  onExecutionError: choice(["block", "allow"]).optional(),
  /** An event with which the console's editor tries the script. Default: none. */
  contextSample: z.unknown().optional(),
};
