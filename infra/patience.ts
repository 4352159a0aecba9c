/**
 * Patience of an API's client with the server, all times in milliseconds. It is a module of its own so that a test
 * of several hundred faults can be less patient.
 */
export const patience = {
  /** How long one try may take. */
  timeLimit: 30_000,
  /** How often a request is sent at most. */
  tries: 5,
  /** The pause between the first two tries; each further pause is twice as long. */
  firstPause: 1_000,
  longestPause: 10_000,
  /** How long a server may ask to wait. */
  longestRetryAfter: 60_000,
};

/** Patience of a database's client, all times in milliseconds. */
export const databasePatience = {
  /** How long it may take to be connected. */
  connection: 10_000,
  /** How long an answer to a statement may take. */
  statement: 30_000,
  /** How long the end of a connection may take. */
  farewell: 2_000,
};
