import type { Values } from "../../properties";
import type { Live } from "./live";

/** How Logto is told the value of a column that it takes with a request of its own, and in no other. */
export interface OwnRequest {
  method: "PATCH" | "POST" | "PUT";
  /** Its path, by that of the object, such as `api/users/ID`. */
  path: (object: string) => string;
  body: (value: unknown, live: Live) => unknown;
  /**
   * Set if Logto never shows the value, such as a password. A create takes it along; another one that is declared later
   * is sent if the inputs say so, and does not count as a change if not. Default: Logto shows it.
   */
  isSentAgain?: (inputs: Values) => boolean;
}

export type OwnRequests = Readonly<Record<string, OwnRequest>>;
