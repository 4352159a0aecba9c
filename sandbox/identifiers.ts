import { customAlphabet } from "nanoid";

const digits = "0123456789";
const small = "abcdefghijklmnopqrstuvwxyz";

/** The id of most things that Logto makes. */
export const newId = customAlphabet(digits + small, 21);

/** The id of a connector, or of a request. */
export const newShortId = customAlphabet(digits + small, 12);

/** A secret of an application. */
export const newSecret = customAlphabet(digits + small + small.toUpperCase(), 32);
