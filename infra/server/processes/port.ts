import { wholeNumber } from "../../fields";

/** A port that a program may listen on without being root. */
export const port = wholeNumber(1024, 65535, "a port");
