/** Where the id of an application of Logto's stands: in resources, and in stack files. */
const places = ["clientId", "adoptId", "logto:clientId", "logto-stack:application.adoptId"];

/**
 * Whether the text is the id of an application in a place for one. OAuth makes it public, however random it
 * looks; a client secret is longer, and is none in these places either.
 *
 * Ids are 21 letters and digits. Today Logto makes them of small letters; applications of before it did keep theirs.
 */
export function isApplicationId(path: string, text: unknown): boolean {
  return places.includes(path) && typeof text === "string" && /^[A-Za-z0-9]{21}$/.test(text);
}
