import { z } from "zod";
import { choice, list } from "../fields";
import { alwaysReplaced } from "./mechanism/identity";
import { managementResource, type SingletonArguments } from "./mechanism/management-resource";
import { listedOnce } from "./mechanism/rules";

const inputs = {
  /**
   * The claims that ID tokens have besides the standard ones, if the application also asks for their scope. Their order
   * means nothing. Logto's own default: roles, organizations, organization_roles.
   */
  enabledExtendedClaims: list(
    choice([
      "custom_data",
      "identities",
      "sso_identities",
      "roles",
      "organizations",
      "organization_data",
      "organization_roles",
    ]),
    "a list of claims",
  ),
};

const idTokenClaims = managementResource({
  type: "logto:IdTokenClaims",
  noun: "claims of ID tokens",
  path: "api/configs/id-token",
  inputs: z.object(inputs),
  rules: [listedOnce("enabledExtendedClaims")],
  identity: alwaysReplaced,
  unordered: { enabledExtendedClaims: "" },
  consequences: {
    deleted: "ID tokens have the claims that they had before this stack set them.",
    replaced:
      "ID tokens have the claims that they had before this stack set them, until they are set again.",
  },
});

export const { kind, provider } = idTokenClaims;
export type IdTokenClaimsArgs = SingletonArguments<typeof inputs>;

/**
 * Which claims about the user ID tokens have besides the standard ones. Applications read the others from the
 * userinfo endpoint, whatever is declared here. An ID token goes through the browser: keep it small, and free of what
 * users must not see.
 *
 * There is exactly one, and it exists before the first `up`: it is put back to what it was when the resource goes.
 * Needs Logto 1.37.
 *
 * @see https://docs.logto.io/developers/custom-id-token
 */
export class IdTokenClaims extends idTokenClaims.Resource {}
