/**
 * How patient the client of an API is with a server, all times in milliseconds. They lie by themselves so
 * that a test of several hundred faults can be less so.
 */
export const patience = {
  /** How long one try may take. */
  timeLimit: 30_000,
  /** How often a request is sent at most. */
  tries: 5,
  /** Between the first two tries; each further pause is twice as long. */
  firstPause: 1_000,
  longestPause: 10_000,
  /** How long a server may ask to wait. */
  longestRetryAfter: 60_000,
};
