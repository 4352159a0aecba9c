import { readFileSync } from "node:fs";
import path from "node:path";
import type { PolicyPackConfig } from "@pulumi/policy";
import type { Registered } from "../support/policies";
import { registeredBy, shippedProgram, shippedSettings } from "../support/registered";

export const stackNames = ["local", "dev", "staging", "production"] as const;
export type StackName = (typeof stackNames)[number];

/** A stack as it is shipped: its resources, and its environment's policy configuration. */
export interface ShippedStack {
  resources: Registered[];
  configuration: PolicyPackConfig;
}

export async function shippedStacks(): Promise<Record<StackName, ShippedStack>> {
  const stacks: [StackName, ShippedStack][] = [];
  // One after the other: the SDK takes the mocks of one program at a time.
  for (const name of stackNames) {
    const resources = await registeredBy(name, shippedProgram(shippedSettings(name)));
    stacks.push([name, { resources, configuration: configurationOf(name) }]);
  }
  return Object.fromEntries(stacks) as Record<StackName, ShippedStack>;
}

export function configurationOf(stack: string): PolicyPackConfig {
  const file = path.join(__dirname, `../../policies/configuration/${stack}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as PolicyPackConfig;
}
