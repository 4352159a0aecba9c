import { z } from "zod";
import { onceOrNever } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { sample, tokenCustomizerConsequences, tokenCustomizerInputs } from "./token-customizer";

const inputs = {
  ...tokenCustomizerInputs,
  /** A context with which the console's editor tries the script. Default: none. */
  contextSample: sample().optional(),
};

const clientCredentialsCustomizer = managementResource({
  type: "logto:ClientCredentialsCustomizer",
  noun: "customizer of machine-to-machine tokens",
  path: "api/configs/jwt-customizer/client-credentials",
  inputs: z.object(inputs),
  identity: onceOrNever,
  secretInputs: ["environmentVariables.*"],
  consequences: tokenCustomizerConsequences,
});

export const { kind, provider } = clientCredentialsCustomizer;
export type ClientCredentialsCustomizerArgs = ResourceArguments<typeof inputs>;

/**
 * A script that adds claims to the access tokens of machine-to-machine applications, of which Logto has one or none. Its
 * credential for the Management API gets such tokens, too: a script that refuses them locks this project out.
 *
 * What is said of {@link AccessTokenCustomizer} holds here as well.
 *
 * @see https://docs.logto.io/developers/custom-token-claims
 */
export class ClientCredentialsCustomizer extends clientCredentialsCustomizer.Resource {}
