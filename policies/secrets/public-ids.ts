import { docker, server } from "../types";

interface PublicId {
  /** Paths of properties, with `*` for the number of an element. */
  places: readonly string[];
  /** The types of the resources that have them there. Default: every type, and a stack's file. */
  types?: readonly string[];
  shape: RegExp;
}

/** Ids that anybody may read, however random they look. In other places the same text counts as a credential. */
const publicIds: readonly PublicId[] = [
  {
    // Of Logto's applications, as OAuth makes it public; a client secret is longer. 21 letters and digits:
    // today Logto makes them of small letters, and applications of before it did keep theirs.
    places: ["clientId", "adoptId", "logto:clientId", "logto-stack:application.adoptId"],
    shape: /^[A-Za-z0-9]{21}$/,
  },
  {
    // Of Docker's containers.
    places: ["container"],
    types: [server.readyContainer, server.finishedContainer],
    shape: /^[0-9a-f]{64}$/,
  },
  {
    // Of Docker's networks, of the container whose network another has too, and of volumes without a name.
    places: ["networkMode", "networksAdvanced.*.name", "mounts.*.source", "volumes.*.volumeName"],
    types: [docker.container],
    shape: /^(?:container:)?[0-9a-f]{64}$/,
  },
];

/**
 * Whether the text is a public id in the place for one.
 *
 * @param path as messages name it, such as `mounts[0].source`
 * @param type of the resource. Default: none, the text is of a stack's file
 */
export function isPublicId(path: string, text: unknown, type?: string): boolean {
  return typeof text === "string" && idsAt(path, type).some(({ shape }) => shape.test(text));
}

/** Whether the ids of this place have a shape that is known, so that another text there is none of them. */
export function isPlaceOfIds(path: string, type?: string): boolean {
  return idsAt(path, type).length > 0;
}

function idsAt(path: string, type: string | undefined): PublicId[] {
  const place = path.replace(/\[\d+\]/g, ".*");
  return publicIds.filter(
    ({ places, types }) =>
      places.includes(place) && (types === undefined || types.includes(type ?? "")),
  );
}
