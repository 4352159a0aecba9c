import { z } from "zod";
import { anyText, choice, flag, list, object, text } from "../fields";
import { isOrigin } from "../url";
import { alwaysThere } from "./mechanism/identity";
import { managementResource, type SingletonArguments } from "./mechanism/management-resource";
import { listedOnce } from "./mechanism/rules";
import { missingProfileFields, profileFields } from "./profile-fields";
import { page } from "./sign-in-experience-schema";

const access = () => choice(["Off", "ReadOnly", "Edit"]);

const inputs = {
  /** Whether users reach their account at all, by its pages or its API. Logto's own default: false. */
  enabled: flag().optional(),
  /**
   * What users see (`ReadOnly`) and change (`Edit`) of their account, by field. Logto's own default for each: `Off`.
   * `passkey` is about signing in with one, `mfa` about second factors, `session` about where they are signed in.
   */
  fields: object({
    name: access(),
    avatar: access(),
    profile: access(),
    email: access(),
    phone: access(),
    password: access(),
    username: access(),
    social: access(),
    customData: access(),
    mfa: access(),
    passkey: access(),
    session: access(),
  })
    .partial()
    .optional(),
  /**
   * Origins besides Logto's own from which users may add and use passkeys: of pages, such as
   * `https://bookstore.example`, or of an Android app, `android:apk-key-hash:…`. Logto's own default: none.
   */
  webauthnRelatedOrigins: list(
    text(
      "an origin without a path or a slash at its end, such as https://b.example",
      isPasskeyOrigin,
    ),
    "a list of origins",
  ).optional(),
  /** The page of yours where users delete their account, at most 2048 characters; an empty text clears it. */
  deleteAccountUrl: page("https://bookstore.example/goodbye", 2048).optional(),
  /** CSS of the account's pages; an empty text clears it. */
  customCss: anyText("CSS").optional(),
  /** The custom profile fields that the account's pages show, in this order. They must be there before. */
  profileFields: profileFields().optional(),
};

const accountCenter = managementResource({
  type: "logto:AccountCenter",
  noun: "account center",
  path: "api/account-center",
  inputs: z.object(inputs),
  rules: [listedOnce("webauthnRelatedOrigins"), listedOnce("profileFields", "name")],
  identity: alwaysThere,
  notStored: { profileFields: missingProfileFields },
  consequences: {
    deleted: "Users see and change of their account what they could before this stack set it.",
    replaced:
      "Users see and change of their account what they could before this stack set it, until it is set again.",
  },
});

export const { kind, provider } = accountCenter;
export type AccountCenterArgs = SingletonArguments<typeof inputs>;

/** Browsers have passkeys on pages over https and of this machine only. Logto compares letter by letter. */
function isPasskeyOrigin(value: string): boolean {
  if (/^android:apk-key-hash:[\w-]{43}$/.test(value)) return true;
  if (!isOrigin(value) || value.endsWith("/")) return false;
  const { protocol, hostname } = new URL(value);
  return protocol === "https:" || hostname === "localhost" || hostname.endsWith(".localhost");
}

/**
 * What users see and change of their own account, on Logto's pages and by its account API.
 *
 * There is exactly one, and it exists before the first `up`: it is taken over field by field. What is not declared
 * stays as it is; what is no longer declared, and everything when the resource goes, is put back to what it was.
 *
 * @see https://docs.logto.io/end-user-flows/account-settings
 */
export class AccountCenter extends accountCenter.Resource {}
