import { z } from "zod";
import { anyText, flag, list, shortText, text } from "../fields";
import { idSet } from "./mechanism/child-list";
import { byFields, byMark } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { freeData } from "./mechanism/mark";
import { listedOnce } from "./mechanism/rules";
import { loadableCss, loadablePictures } from "./sign-in-experience-rules";
import { signInExperienceFields } from "./sign-in-experience-schema";

const inputs = {
  /** The name that members see, 1 to 128 characters. Not unique in Logto. */
  name: shortText(128),
  /** What it is, 1 to 256 characters. Default: none. */
  description: shortText(256).optional(),
  /** Data of your own. The key `logto-stack` is taken: it marks the organization as this resource's. Default: none. */
  customData: freeData().optional(),
  /** Whether members need a second factor to get tokens for it. Default: false. */
  isMfaRequired: flag().optional(),
  /** Hex colours, such as `#6139F6`, of its sign-in pages. Default: those of the sign-in experience. */
  color: signInExperienceFields.color.optional(),
  /**
   * Pictures on its sign-in pages, over https or as `data:image/…`: Logto's pages show no others, except those from
   * Logto's own address. Default: those of the sign-in experience.
   */
  branding: signInExperienceFields.branding.optional(),
  /** CSS of its sign-in pages. Loads over https or as `data:` only, as `branding` does. Default: none. */
  customCss: anyText("CSS").optional(),
  /**
   * The ids of the organization roles of those who join by just-in-time provisioning. Default: none. Those that
   * others gave it stay.
   */
  provisionedRoleIds: list(
    text("the id of an organization role"),
    "a list of organization roles' ids",
  ).optional(),
};

const organization = managementResource({
  type: "logto:Organization",
  noun: "organization",
  title: "name",
  path: "api/organizations",
  inputs: z.object(inputs),
  rules: [listedOnce("provisionedRoleIds"), loadablePictures, loadableCss],
  identity: byMark("customData"),
  adoptedBy: byFields("name"),
  whenUnset: {
    description: null,
    customData: {},
    isMfaRequired: false,
    color: {},
    branding: {},
    customCss: null,
  },
  children: {
    provisionedRoleIds: idSet("api/organizations", "jit/roles", {
      noun: "provisioned role",
      body: "organizationRoleIds",
    }),
  },
  consequences: {
    deleted: "Its members lose their membership and the roles that they have there.",
    replaced:
      "It gets a new id, and its members lose their membership and the roles that they have there.",
  },
});

export const { kind, provider } = organization;
export type OrganizationArgs = ResourceArguments<typeof inputs>;

/**
 * An organization: a customer of a product for companies, with members who have roles there. Members are not
 * declared here. With `adopt` it is looked for by its name.
 *
 * @see https://docs.logto.io/organizations
 */
export class Organization extends organization.Resource {}
