import { resourceRule } from "../rule";
import { addressesOf, typesWithAddresses } from "./addresses";
import { hasWildcard } from "./wildcard";

/**
 * Checks that addresses are whole: a wildcard path may match a page that passes sign-in codes on.
 *
 * Wildcards in hosts are always refused, by application-names-its-hosts.
 */
export const addressesHaveNoWildcard = resourceRule({
  name: "addresses-have-no-wildcard",
  description: "Checks that redirect, sign-out and webhook addresses have no wildcard.",
  level: "mandatory",
  types: typesWithAddresses,
  *demands(subject) {
    for (const address of addressesOf(subject)) {
      yield {
        property: address.path,
        must: "be one whole address without a wildcard: list each address",
        isMet: () => !hasWildcard(String(address.value)),
      };
    }
  },
});
