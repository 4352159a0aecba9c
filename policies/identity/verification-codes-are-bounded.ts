import { resourceRule } from "../rule";
import { logto } from "../types";
import { within } from "./bounds";

/** Checks that a code of six digits cannot be guessed while it is valid. */
export const verificationCodesAreBounded = resourceRule({
  name: "verification-codes-are-bounded",
  description: "Checks that verification codes are good for a short time and a few tries.",
  level: "mandatory",
  types: [logto.signInExperience],
  options: {
    mostSeconds: {
      type: "integer",
      default: 900,
      description: "Seconds that a code is good for, at most; Logto's own are 600.",
    },
    mostAttempts: {
      type: "integer",
      default: 10,
      description: "Wrong tries before a code is void, at most; 10 is Logto's own.",
    },
  },
  *demands(subject, { mostSeconds, mostAttempts }) {
    yield* within(subject, "verificationCodePolicy.expirationDuration", {
      least: 60,
      most: mostSeconds,
      unit: "seconds",
      options: ["mostSeconds"],
    });
    yield* within(subject, "verificationCodePolicy.maxRetryAttempts", {
      least: 1,
      most: mostAttempts,
      unit: "tries",
      options: ["mostAttempts"],
    });
  },
});
