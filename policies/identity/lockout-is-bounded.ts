import { resourceRule } from "../rule";
import { logto } from "../types";
import { within } from "./bounds";

/** Checks that passwords cannot be guessed for long, and that 0 attempts are not set: Logto then locks everyone out. */
export const lockoutIsBounded = resourceRule({
  name: "lockout-is-bounded",
  description:
    "Checks that users are locked out after a bounded number of failures, never after 0.",
  level: "mandatory",
  types: [logto.signInExperience],
  options: {
    mostAttempts: {
      type: "integer",
      default: 100,
      description: "Failures in an hour before a user is locked out, at most; 100 is Logto's own.",
    },
    leastMinutes: {
      type: "integer",
      default: 5,
      description: "Minutes of a lock-out, at least.",
    },
    mostMinutes: {
      type: "integer",
      default: 1440,
      description: "Minutes of a lock-out, at most.",
    },
  },
  *demands(subject, { mostAttempts, leastMinutes, mostMinutes }) {
    yield* within(subject, "sentinelPolicy.maxAttempts", {
      least: 1,
      most: mostAttempts,
      unit: "failures",
      options: ["mostAttempts"],
    });
    yield* within(subject, "sentinelPolicy.lockoutDuration", {
      least: leastMinutes,
      most: mostMinutes,
      unit: "minutes",
      options: ["leastMinutes", "mostMinutes"],
    });
  },
});
