import { z } from "zod";
import { wholeNumber } from "../fields";
import { alwaysThere } from "./mechanism/identity";
import { managementResource, type SingletonArguments } from "./mechanism/management-resource";

const inputs = {
  /** Whole seconds, 1 to 31536000 (a year). Logto's own default: 1209600 (14 days). */
  ttl: wholeNumber(1, 31_536_000, "whole seconds"),
};

const sessionLifetime = managementResource({
  type: "logto:SessionLifetime",
  noun: "lifetime of sessions",
  path: "api/configs/oidc/session",
  inputs: z.object(inputs),
  identity: alwaysThere,
  consequences: {
    deleted: "Users stay signed in as long as before this stack set it.",
    replaced: "Users stay signed in as long as before this stack set it, until it is set again.",
  },
});

export const { kind, provider } = sessionLifetime;
export type SessionLifetimeArgs = SingletonArguments<typeof inputs>;

/**
 * How long users stay signed in at Logto, in whichever application: until then they get into another one without a
 * word. Tokens have lifetimes of their own, set in the application and the API resource.
 *
 * There is exactly one, and it exists before the first `up`: it is put back to what it was when the resource goes.
 * Needs Logto 1.38. Before 1.40 it counts from Logto's next start on, unless its instances share a Redis.
 *
 * @see https://docs.logto.io/sessions/session-configs
 */
export class SessionLifetime extends sessionLifetime.Resource {}
