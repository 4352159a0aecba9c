import { readFileSync } from "node:fs";
import path from "node:path";
import type { PolicyPackConfig } from "@pulumi/policy";
import type { Registered } from "../support/policies";
import { registeredBy, shippedProgram, shippedSettings } from "../support/registered";
import { declareHardenedContainers } from "./hardened-containers";

/** A stack that breaks no rule of its environment: its resources, and that environment's policy configuration. */
export interface RightStack {
  name: string;
  resources: Registered[];
  configuration: PolicyPackConfig;
}

/**
 * The shipped stacks `local`, `dev` and `staging` as they are, and for production one of addresses like its
 * own on the hardened containers whose every part a fault can change.
 */
export async function rightStacks(): Promise<RightStack[]> {
  const dev = shippedSettings("dev");
  const production = shippedProgram({
    ...dev,
    stack: "production",
    // Its server is what the hardened containers are.
    runtime: "external",
    application: {
      ...dev.application,
      redirectUris: ["https://bookstore.example/callback"],
      postLogoutRedirectUris: ["https://bookstore.example/"],
      corsAllowedOrigins: ["https://bookstore.example"],
    },
    signInExperience: { ...dev.signInExperience, termsOfUseUrl: "https://bookstore.example/terms" },
  });
  return [
    await rightStack("local", shippedProgram(shippedSettings("local"))),
    await rightStack("dev", shippedProgram(dev)),
    await rightStack("staging", shippedProgram(shippedSettings("staging"))),
    await rightStack("production", () => {
      production();
      declareHardenedContainers();
    }),
  ];
}

export function configurationOf(stack: string): PolicyPackConfig {
  const file = path.join(__dirname, `../../policies/configuration/${stack}.json`);
  return JSON.parse(readFileSync(file, "utf8")) as PolicyPackConfig;
}

async function rightStack(name: string, program: () => void): Promise<RightStack> {
  return {
    name,
    resources: await registeredBy(name, program),
    configuration: configurationOf(name),
  };
}
