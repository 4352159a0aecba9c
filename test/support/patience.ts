import { AsyncLocalStorage } from "node:async_hooks";

/** How long a try may take in the work that is under way. */
const ownTimeLimit = new AsyncLocalStorage<number>();

/**
 * Patience of a test of several hundred faults, in the place of infra/patience.ts:
 *
 *     jest.mock("../../../infra/patience", () => jest.requireActual<object>("../../support/patience"));
 *
 * A healthy request may take its time on a busy machine.
 */
export const patience = {
  get timeLimit() {
    return ownTimeLimit.getStore() ?? 5_000;
  },
  tries: 4,
  firstPause: 10,
  longestPause: 40,
  longestRetryAfter: 100,
};

/** Does `work` with another limit, in milliseconds, and leaves it to what else goes on to have the usual one. */
export function withTimeLimit<Result>(limit: number, work: () => Promise<Result>): Promise<Result> {
  return ownTimeLimit.run(limit, work);
}
