import { PolicyPack } from "@pulumi/policy";
import { policiesFor } from "./rule";
import { rules } from "./rules";

/**
 * Runs with `pulumi preview --policy-pack policies --policy-pack-config policies/configuration/STACK.json`.
 * It only builds the pack: each rule has a file of its own. Without a configuration, options have production's values.
 */
new PolicyPack("logto-stack", { policies: policiesFor(rules) });
