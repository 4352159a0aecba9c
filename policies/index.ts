import { PolicyPack } from "@pulumi/policy";
import { policiesFor } from "./rule";
import { rules } from "./rules";

/**
 * Runs with `pulumi preview --policy-pack policies --policy-pack-config policies/configuration/STACK.json`.
 * It only builds the pack: a rule is a file of its own. Without a configuration every option is production's.
 */
new PolicyPack("logto-stack", { policies: policiesFor(rules) });
