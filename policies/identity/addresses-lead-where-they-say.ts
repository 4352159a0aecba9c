import { resourceRule } from "../rule";
import { addressesOf, typesWithAddresses } from "./addresses";
import { misleadingParts } from "./where-addresses-lead";

/** Checks that an address in a review shows where users are sent. */
export const addressesLeadWhereTheySay = resourceRule({
  name: "addresses-lead-where-they-say",
  description:
    "Checks that addresses have no user's name, no backslash and no host in letters that look like others.",
  level: "mandatory",
  types: typesWithAddresses,
  options: {
    exceptions: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Paths of addresses that are right as they are, such as termsOfUseUrl.",
    },
  },
  *demands(subject, { exceptions }) {
    for (const address of addressesOf(subject)) {
      if (exceptions.includes(address.path)) continue;
      yield {
        property: address.path,
        exception: { exceptions: address.path },
        must: () =>
          `do without ${misleadingParts(String(address.value)).join(", ")}: name the host alone, in its own letters`,
        isMet: () => misleadingParts(String(address.value)).length === 0,
      };
    }
  },
});
