import { docker, server } from "../types";

interface PublicId {
  /** Paths of properties, with `*` for the number of an element. */
  places: readonly string[];
  /** The types of resources that have them there. Default: every type, and a stack's file. */
  types?: readonly string[];
  shape: RegExp;
}

/** Ids that are public, although they look random. In other places the same text counts as a credential. */
const publicIds: readonly PublicId[] = [
  {
    // Ids of Logto's applications, which OAuth makes public; a client secret is longer. 21 letters and digits:
    // today's Logto uses small letters only, and older applications keep their ids.
    places: ["clientId", "adoptId", "logto:clientId", "logto-stack:application.adoptId"],
    shape: /^[A-Za-z0-9]{21}$/,
  },
  {
    // Ids of Docker's containers.
    places: ["container"],
    types: [server.readyContainer, server.finishedContainer],
    shape: /^[0-9a-f]{64}$/,
  },
  {
    // Ids of Docker's networks, of a container whose network is shared, and of volumes without a name.
    places: ["networkMode", "networksAdvanced.*.name", "mounts.*.source", "volumes.*.volumeName"],
    types: [docker.container],
    shape: /^(?:container:)?[0-9a-f]{64}$/,
  },
];

/**
 * Whether the text is a public id, in a place for one.
 *
 * @param path as messages show it, such as `mounts[0].source`
 * @param type of the resource. Default: none, for the text of a stack's file
 */
export function isPublicId(path: string, text: unknown, type?: string): boolean {
  return typeof text === "string" && idsAt(path, type).some(({ shape }) => shape.test(text));
}

/** Whether the shape of this place's ids is known, so that any other text there is not one. */
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
