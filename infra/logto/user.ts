import { emailRegEx, phoneRegEx, usernameRegEx } from "@logto/core-kit";
import { z } from "zod";
import { answer, flag, list, object, shortText, text } from "../fields";
import { isWebUrl } from "../url";
import { idSet } from "./mechanism/child-list";
import { byFirstUnique } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { listedOnce } from "./mechanism/rules";

const profileTexts = [
  ...(["familyName", "givenName", "middleName", "nickname", "preferredUsername"] as const),
  ...(["profile", "website", "gender", "birthdate", "zoneinfo", "locale"] as const),
];
const addressTexts = [
  ...(["formatted", "streetAddress", "locality"] as const),
  ...(["region", "postalCode", "country"] as const),
];
const texts = <Name extends string>(names: readonly Name[]) =>
  Object.fromEntries(names.map((name) => [name, text("a text").optional()])) as Record<
    Name,
    z.ZodOptional<ReturnType<typeof text>>
  >;

const identifiers = ["primaryEmail", "username", "primaryPhone"] as const;

const inputs = {
  /** Unique whatever its case, up to 128 characters. Default: none. */
  primaryEmail: text(
    "an e-mail address of up to 128 characters",
    (value) => emailRegEx.test(value) && value.length <= 128,
  ).optional(),
  /** Unique, up to 128 letters, digits and `_`, and no digit first; Logto's username policy holds too. Default: none. */
  username: text(
    "up to 128 letters, digits and _, no digit first",
    (value) => usernameRegEx.test(value) && value.length <= 128,
  ).optional(),
  /** Unique, with the code of the country, digits alone: `15550100` and not `+1 555 0100`. Default: none. */
  primaryPhone: text(
    "digits alone, beginning with the code of the country",
    (value) => phoneRegEx.test(value) && value.length <= 128,
  ).optional(),
  /**
   * Secret. Set when the user is made, and not on a user who is taken over. Logto's password policy does not hold for it.
   * Another one that is declared later changes nothing unless `updatePassword` says so. Default: none.
   */
  password: text("a password").optional(),
  /** Whether another `password` is set when it is declared, which undoes what the user has chosen since. Default: false. */
  updatePassword: flag().optional(),
  /** The name that is shown, 1 to 128 characters. Default: none. */
  name: shortText(128).optional(),
  /** The address of a picture, over http or https, up to 2048 characters. Default: none. */
  avatar: text(
    "an http or https URL of up to 2048 characters",
    (value) => isWebUrl(value) && value.length <= 2048,
  ).optional(),
  /** Data of your own, which tokens can carry. Default: none. */
  customData: z.record(z.unknown(), { errorMap: answer("an object") }).optional(),
  /** Claims of OpenID Connect. Default: none. */
  profile: object({
    ...texts(profileTexts),
    address: object(texts(addressTexts)).optional(),
  }).optional(),
  /** Whether the user is kept from signing in; it ends their sessions. Default: false. */
  isSuspended: flag().optional(),
  /** The ids of the roles that they hold, such as `staff.id`. Default: those that every new user gets. Others stay. */
  roleIds: list(text("the id of a role"), "a list of roles' ids").optional(),
  /** Whether the user is deleted from Logto when the resource goes. Default: false, the user stays. */
  deleteOnDestroy: flag().optional(),
};

const user = managementResource({
  type: "logto:User",
  noun: "user",
  title: identifiers,
  path: "api/users",
  createdStatus: 200,
  inputs: z.object(inputs),
  notSent: ["updatePassword", "deleteOnDestroy"],
  rules: [
    listedOnce("roleIds"),
    {
      reads: [...identifiers],
      problems: (given) =>
        identifiers.some((name) => given[name] !== undefined)
          ? []
          : [
              {
                path: ["primaryEmail"],
                message: `is missing: expected one of ${identifiers.join(", ")}`,
              },
            ],
    },
  ],
  identity: byFirstUnique(identifiers, ["primaryEmail"]),
  listsByIds: "id",
  deletedOnlyIf: "deleteOnDestroy",
  ownRequests: {
    password: {
      method: "PATCH",
      path: (place) => `${place}/password`,
      body: (password) => ({ password }),
      isSentAgain: ({ updatePassword }) => updatePassword === true,
    },
    isSuspended: {
      method: "PATCH",
      path: (place) => `${place}/is-suspended`,
      body: (isSuspended) => ({ isSuspended }),
    },
  },
  whenUnset: {
    primaryEmail: null,
    username: null,
    primaryPhone: null,
    name: null,
    avatar: null,
    customData: {},
    profile: {},
    isSuspended: false,
  },
  children: {
    roleIds: idSet("api/users", "roles", { noun: "role", body: "roleIds", isFilledByLogto: true }),
  },
  secretInputs: ["password"],
  consequences: {
    deleted:
      "With deleteOnDestroy the user is gone: the id in other systems' data leads nowhere, and a later sign-up with that address makes another user. Without it the user stays.",
    replaced:
      "The resource stands for another user; the former one stays, or goes with deleteOnDestroy.",
  },
});

export const { kind, provider } = user;
export type UserArgs = ResourceArguments<typeof inputs>;

/**
 * A user that must exist, such as the first administrator of a product or an account for tests: made, or with
 * `adopt: "ifPresent"` taken over. The user is found by the first of e-mail address, username and phone number that is
 * declared. Not for the users of a product, who sign up by themselves.
 *
 * What surprises: destroying the resource leaves the user in Logto, as it may hold what cannot be made again;
 * `deleteOnDestroy` says otherwise.
 *
 * @see https://docs.logto.io/user-management/manage-users
 */
export class User extends user.Resource {}
