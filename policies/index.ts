import { PolicyPack } from "@pulumi/policy";
import { applicationNamesItsHosts } from "./application-names-its-hosts";

/** Runs with `pulumi preview --policy-pack policies`. It only builds the pack: a rule is a file of its own. */
new PolicyPack("logto-stack", { policies: [applicationNamesItsHosts] });
