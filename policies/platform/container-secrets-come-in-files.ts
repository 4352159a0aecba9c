import { resourceRule } from "../rule";
import { isPrivate } from "../secrets/credentials";
import { docker } from "../types";
import { anyOf } from "../unknown";

/** Checks that `docker inspect`, a list of processes or an image's other users show no secret. */
export const containerSecretsComeInFiles = resourceRule({
  name: "container-secrets-come-in-files",
  description: "Checks that secrets reach a container in files that only their owner may read.",
  level: "mandatory",
  types: [docker.container],
  *demands({ at, value }) {
    for (const place of at(
      "envs.*",
      "labels.*.value",
      "command.*",
      "entrypoints.*",
      "healthcheck.tests.*",
    )) {
      yield {
        property: place.path,
        must: "hold no secret: write it to a file with uploads, permissions 0400, and let the program read that",
        isMet: () => !place.isSecret,
      };
    }
    for (const [index, { path }] of at("uploads.*").entries()) {
      yield {
        property: `${path}.permissions`,
        must: "be 0400, as the file is secret",
        isMet: () =>
          isPrivate(value(`uploads.${index}.permissions`)) ||
          !anyOf(
            at(`uploads.${index}.content`, `uploads.${index}.contentBase64`),
            (content) => content.isSecret,
          ),
      };
    }
  },
});
