import { z } from "zod";
import { answer, choice, object, text } from "../fields";
import { asObject, isObject, type Values } from "../properties";
import type { Changes } from "./mechanism/declared";
import { onceOrNever } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";

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
  completeChange: withoutOtherService,
  consequences: {
    deleted: "Logto also switches captchas off in the sign-in experience: robots may sign up.",
    replaced:
      "Logto also switches captchas off in the sign-in experience, until that is set again.",
  },
});

export const { kind, provider } = captchaProvider;
export type CaptchaProviderArgs = ResourceArguments<typeof inputs>;

/**
 * What belongs to another service goes while one is declared, and comes back with that. The service that is put back
 * takes along nothing that it does not have. What somebody set of a service that was never declared is not remembered.
 */
function withoutOtherService({ before, declared, original }: Changes, live: Values): Changes {
  const [held, wanted, earlier] = [configOf(live), configOf(declared), configOf(original)];
  const places = Object.keys({ ...held, ...earlier });
  const foreignTo = (type: unknown) => {
    const own = isService(type) ? Object.keys(services[type].shape) : places;
    return places.filter((place) => !own.includes(place));
  };
  const foreign = foreignTo(wanted["type"] ?? earlier["type"] ?? held["type"]);
  const isLeaving = wanted["type"] === undefined;
  const foreignBefore = isLeaving ? foreign : foreignTo(configOf(before)["type"]);
  return {
    before: withPlaces([...Object.keys(earlier), ...foreignBefore], before),
    declared: withPlaces(foreign, declared),
    original,
  };
}

function configOf(columns: Values): Values {
  return asObject(columns["config"]);
}

function isService(type: unknown): type is keyof typeof services {
  return typeof type === "string" && type in services;
}

/** The declaration, if there is one, which also says of these places that they hold nothing. */
function withPlaces(places: string[], declaration: Values): Values {
  if (!isObject(declaration["config"])) return declaration;
  const empty = Object.fromEntries(places.map((place) => [place, undefined]));
  return { config: { ...empty, ...declaration["config"] } };
}

/**
 * The service that tells people from robots on the sign-in pages, of which Logto has one or none. It is asked only if the
 * sign-in experience says so (`captchaPolicy`): make that depend on this.
 *
 * @see https://docs.logto.io/security/captcha
 */
export class CaptchaProvider extends captchaProvider.Resource {}
