import { resourceRule } from "../rule";
import { logto } from "../types";

/** Checks that every third-party application to which users can grant access was approved by name. */
export const thirdPartyApplicationsAreNamed = resourceRule({
  name: "third-party-applications-are-named",
  description: "Checks that each third-party application is named in the policy's configuration.",
  level: "mandatory",
  types: [logto.application],
  options: {
    applications: {
      type: "array",
      items: { type: "string" },
      default: [],
      description:
        "The names, as Pulumi knows them, of the third-party applications that were agreed on.",
    },
  },
  *demands({ name, value }, { applications }) {
    yield {
      property: "isThirdParty",
      exception: { applications: name },
      must: "be false, unless somebody agreed on the application",
      isMet: () => value("isThirdParty") !== true || applications.includes(name),
    };
  },
});
