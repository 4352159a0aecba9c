import { z } from "zod";
import { answer, anyText, flag } from "../fields";
import { script } from "./script";

/** Texts by name that a script gets along with what it is called for. */
export const environmentVariables = () =>
  z.record(anyText("a text"), { errorMap: answer("texts by the name of a variable") });

/** What the console's editor tries a script with; Logto itself makes no use of it. */
export const sample = () => z.record(z.unknown(), { errorMap: answer("an object") });

/** What the customizers of both sorts of token have in common. */
export const tokenCustomizerInputs = {
  /**
   * JavaScript that defines `getCustomJwtClaims`: a function that is called with `token`, `context`,
   * `environmentVariables` and `api`, and gives the claims to add, or a promise of them. `scriptIn` reads it from a file.
   */
  script: script("getCustomJwtClaims"),
  /** What the script gets as `environmentVariables`, such as the key of another service. Secret. Default: none. */
  environmentVariables: environmentVariables().optional(),
  /**
   * Whether no token is issued if the script fails; else one without its claims is. Logto 1.43 keeps it, and obeys it
   * only with its development features on; to refuse a token, call `api.denyAccess()`. Default: false.
   */
  blockIssuanceOnError: flag().optional(),
  /** A token with which the console's editor tries the script. Default: none. */
  tokenSample: sample().optional(),
};

/** What the deletion and the replacement of a customizer mean for users. */
export const tokenCustomizerConsequences = {
  deleted:
    "New tokens no longer have the claims that it adds: services that need them refuse users.",
  replaced: "Tokens that are issued meanwhile do not have the claims that it adds.",
};
