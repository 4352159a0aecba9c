import { resourceRule } from "../rule";
import { docker } from "../types";

/** Checks that what runs is what was reviewed: a tag may move to another image. */
export const imagesArePinned = resourceRule({
  name: "images-are-pinned",
  description: "Checks that images are named by their digest.",
  level: "mandatory",
  types: [docker.container, docker.remoteImage],
  options: {
    allowTags: {
      type: "boolean",
      default: false,
      description: "Whether a version's tag does, such as postgres:17-alpine. latest never does.",
    },
  },
  *demands({ type, at }, { allowTags }) {
    for (const image of at(type === docker.container ? "image" : "name")) {
      yield {
        property: image.path,
        exception: { allowTags: allowTags ? undefined : true },
        must: allowTags
          ? "name a version or a digest: add :VERSION or @sha256:DIGEST"
          : "name the image by its digest: add @sha256:DIGEST",
        isMet: () =>
          hasDigest(image.value as string) || (allowTags && hasVersion(image.value as string)),
      };
    }
  },
});

/** Whether the name has a digest, or is the id of an image on the engine, which is a digest too. */
function hasDigest(image: string): boolean {
  return /(?:^|@)sha256:[0-9a-f]{64}$/.test(image);
}

function hasVersion(image: string): boolean {
  const tag = /:([\w.-]+)$/.exec(image)?.[1];
  return tag !== undefined && tag !== "latest";
}
