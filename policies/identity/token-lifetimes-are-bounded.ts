import { resourceRule } from "../rule";
import { logto } from "../types";
import { within } from "./bounds";

const secondsOfDay = 86_400;

/** Checks that a stolen token does not stay valid for long. */
export const tokenLifetimesAreBounded = resourceRule({
  name: "token-lifetimes-are-bounded",
  description: "Checks that tokens expire in time, and that browsers' refresh tokens are rotated.",
  level: "mandatory",
  types: [logto.application],
  options: {
    mostIdTokenSeconds: {
      type: "integer",
      default: secondsOfDay,
      description: "Seconds of an id token, at most; Logto's own are 3600.",
    },
    mostRefreshTokenDays: {
      type: "integer",
      default: 90,
      description: "Days of a refresh token, at most; Logto's own are 14.",
    },
  },
  *demands(subject, { mostIdTokenSeconds, mostRefreshTokenDays }) {
    yield* within(subject, "customClientMetadata.idTokenTtl", {
      least: 60,
      most: mostIdTokenSeconds,
      unit: "seconds",
      options: ["mostIdTokenSeconds"],
    });
    yield* within(subject, "customClientMetadata.refreshTokenTtl", {
      least: 60,
      most: mostRefreshTokenDays * secondsOfDay,
      unit: "seconds",
      options: ["mostRefreshTokenDays"],
    });
    yield* within(subject, "customClientMetadata.refreshTokenTtlInDays", {
      least: 1,
      most: mostRefreshTokenDays,
      unit: "days",
      options: ["mostRefreshTokenDays"],
    });
    for (const rotation of subject.at("customClientMetadata.rotateRefreshToken")) {
      yield {
        property: rotation.path,
        must: "be true for an application without a secret, so that a stolen refresh token shows",
        isMet: () =>
          rotation.value === true || !["SPA", "Native"].includes(subject.value("type") as string),
      };
    }
  },
});
