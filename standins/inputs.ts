/** The rules for the inputs of a resource, and how Check and Diff apply them. */
export { checkInputs } from "./check";
export { compareInputs, type Difference } from "./difference";
export { type InputRule, type InputRules, type RulesFor, matching, unknown } from "./rules";
