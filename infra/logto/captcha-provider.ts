import { z } from "zod";
import { answer, choice, object, text } from "../fields";
import { asObject, type Values } from "../properties";
import { onceOrNever } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { withoutOtherPlaces } from "./mechanism/other-places";

const keys = {
  /** The key that the sign-in pages show, as the service gives it. */
  siteKey: text("the site key that the service gives"),
  /** The key with which Logto asks the service. Secret. */
  secretKey: text("the secret key that the service gives"),
};
const services = {
  Turnstile: object({ type: z.literal("Turnstile"), ...keys }),
  RecaptchaEnterprise: object({
    type: z.literal("RecaptchaEnterprise"),
    ...keys,
    /** The project in Google Cloud. */
    projectId: text("the id of a project in Google Cloud"),
    /** Where the pages load its script from. Default: www.google.com. */
    domain: text("a host name, such as www.recaptcha.net").optional(),
    /** Whether users tick a box. Default: invisible. */
    mode: choice(["invisible", "checkbox"]).optional(),
  }),
};

const inputs = {
  /** The service, `Turnstile` of Cloudflare or `RecaptchaEnterprise` of Google, and what it gives. */
  config: z.discriminatedUnion("type", [services.Turnstile, services.RecaptchaEnterprise], {
    errorMap: answer("a service of the type Turnstile or RecaptchaEnterprise"),
  }),
};

const captchaProvider = managementResource({
  type: "logto:CaptchaProvider",
  noun: "captcha provider",
  path: "api/captcha-provider",
  inputs: z.object(inputs),
  identity: onceOrNever,
  secretInputs: ["config.secretKey"],
  completeChange: withoutOtherPlaces("config", placesOf),
  consequences: {
    deleted: "Logto also switches captchas off in the sign-in experience: robots may sign up.",
    replaced:
      "Logto also switches captchas off in the sign-in experience, until that is set again.",
  },
});

export const { kind, provider } = captchaProvider;
export type CaptchaProviderArgs = ResourceArguments<typeof inputs>;

/** The places of a config of this service; `undefined` if there is none, or it is not known here. */
function placesOf({ config }: Values): readonly string[] | undefined {
  const { type } = asObject(config);
  return isService(type) ? Object.keys(services[type].shape) : undefined;
}

function isService(type: unknown): type is keyof typeof services {
  return typeof type === "string" && type in services;
}

/**
 * The service that tells people from robots on the sign-in pages, of which Logto has one or none. It is asked only if the
 * sign-in experience says so (`captchaPolicy`): make that depend on this.
 *
 * @see https://docs.logto.io/security/captcha
 */
export class CaptchaProvider extends captchaProvider.Resource {}
