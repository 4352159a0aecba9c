import { z } from "zod";
import { onceOrNever } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { sample, tokenCustomizerConsequences, tokenCustomizerInputs } from "./token-customizer";

const inputs = {
  ...tokenCustomizerInputs,
  /** A context with which the console's editor tries the script: it has a `user`, and may have more. Default: none. */
  contextSample: sample()
    .refine(({ user }) => user !== undefined, "expected an object with a user")
    .optional(),
};

const accessTokenCustomizer = managementResource({
  type: "logto:AccessTokenCustomizer",
  noun: "customizer of access tokens",
  path: "api/configs/jwt-customizer/access-token",
  inputs: z.object(inputs),
  identity: onceOrNever,
  secretInputs: ["environmentVariables.*"],
  consequences: tokenCustomizerConsequences,
});

export const { kind, provider } = accessTokenCustomizer;
export type AccessTokenCustomizerArgs = ResourceArguments<typeof inputs>;

/**
 * A script that adds claims to access tokens of users, of which Logto has one or none. It cannot set the claims that
 * Logto sets itself. It runs in Logto's own process each time that a token is issued, and is given a few seconds.
 *
 * @see https://docs.logto.io/developers/custom-token-claims
 */
export class AccessTokenCustomizer extends accessTokenCustomizer.Resource {}
