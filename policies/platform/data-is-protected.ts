import { resourceRule } from "../rule";
import { docker, postgresql } from "../types";

/** Checks that a mistaken `destroy` or replacement does not delete the users. */
export const dataIsProtected = resourceRule({
  name: "data-is-protected",
  description: "Checks that volumes and databases are protected from deletion.",
  level: "mandatory",
  types: [docker.volume, postgresql.database],
  *demands({ options }) {
    yield {
      property: "the option protect",
      must: "be true, so that no destroy deletes the data",
      isMet: () => options.protect,
    };
  },
});
