import { resourceRule } from "../rule";

/** Properties for display only: ignoring their changes makes nothing less safe. */
const shown = [
  ...["name", "description", "labels", "customData", "color", "branding", "languageInfo"],
  ...["supportEmail", "supportWebsiteUrl", "metadata", "logOpts", "keepLocally", "memorySwap"],
];

/** Checks that what is declared is what runs: an ignored property keeps what was changed by hand. */
export const changesAreNotIgnored = resourceRule({
  name: "changes-are-not-ignored",
  description: "Checks that ignoreChanges leaves out nothing that security depends on.",
  level: "mandatory",
  options: {
    properties: {
      type: "array",
      items: { type: "string" },
      default: shown,
      description:
        "Properties whose changes may be ignored; the default is what is only looked at.",
    },
  },
  *demands({ type, options }, { properties }) {
    if (!/^(?:docker|postgresql|random|pulumi-nodejs|pulumi:providers):/.test(type)) return;
    for (const ignored of options.ignoreChanges) {
      const [first = ""] = ignored.split(/[.[]/);
      yield {
        property: "the option ignoreChanges",
        exception: { properties: first },
        must: `not hold ${first === "" ? "all properties" : first}: what is declared there would not be what runs`,
        isMet: () => properties.includes(first),
      };
    }
  },
});
