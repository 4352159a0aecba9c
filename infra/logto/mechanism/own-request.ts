import type { Live } from "./live";

/** How Logto is told the value of a column that it takes with a request of its own, and in no other. */
export interface OwnRequest {
  method: "PATCH" | "POST" | "PUT";
  /** Its path, by that of the object, such as `api/users/ID`. */
  path: (object: string) => string;
  body: (value: unknown, live: Live) => unknown;
}

export type OwnRequests = Readonly<Record<string, OwnRequest>>;
