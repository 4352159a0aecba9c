import { type ResourceValidationPolicy, Secret } from "@pulumi/policy";
import type { Key } from "./property-path";
import { sentence } from "./sentence";

/** The places of secrets, by resource: the keys to each as JSON. */
const secretsByUrn = new Map<string, Set<string>>();

/**
 * Whether the value at `keys` is marked secret, by itself or as part of something that is.
 *
 * @throws a {@link SecretnessError} if the marks of this resource were not seen
 */
export function isSecret(urn: string, keys: readonly Key[]): boolean {
  const secrets = secretsByUrn.get(urn);
  if (secrets === undefined) throw new SecretnessError();
  return keys.some((_, index) => secrets.has(JSON.stringify(keys.slice(0, index + 1).map(String))));
}

/** The marks of a resource were not seen, so nothing can be said of its secrets. */
export class SecretnessError extends Error {}

/**
 * Records which properties are secret, for the rules that ask. It changes nothing.
 *
 * A policy's `validateResource` gets secrets unwrapped, as the SDK has no way to ask for the mark
 * (https://github.com/pulumi/pulumi-policy/issues/241). `remediateResource` gets them wrapped, behind a
 * proxy whose reads unwrap and whose property descriptors do not. The engine calls it before any
 * validation of the same resource, but only at the level `remediate`. test/policies/contract.test.ts pins
 * all of this; if it ceases to hold, everything counts as plaintext and the rules on secrets fail.
 */
export const secretsAreToldApart: ResourceValidationPolicy = {
  name: "secrets-are-told-apart",
  description: "Sees which properties are marked secret, for the rules on secrets.",
  enforcementLevel: "remediate",
  remediateResource: ({ urn, props }) => {
    secretsByUrn.set(urn, new Set(secretKeys(props, []).map((keys) => JSON.stringify(keys))));
  },
  validateResource: ({ urn, type, name }, reportViolation) => {
    if (!secretsByUrn.has(urn)) {
      reportViolation(
        sentence(
          { type, name },
          "secrets",
          `be told from plaintext: leave the policy ${secretsAreToldApart.name} at its level remediate`,
        ),
      );
    }
  },
};

function secretKeys(holder: object, keys: string[]): string[][] {
  return Object.keys(holder).flatMap((key) => {
    const at = [...keys, key];
    const value: unknown = Object.getOwnPropertyDescriptor(holder, key)?.value;
    if (value instanceof Secret) return [at];
    return typeof value === "object" && value !== null ? secretKeys(value, at) : [];
  });
}
