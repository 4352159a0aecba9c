import { z } from "zod";
import type { Values } from "../properties";
import { typesWithSecrets } from "./application-schema";
import { ownedList } from "./mechanism/child-list";
import type { Output } from "./mechanism/outputs";

/** The last time that a Date can hold, in milliseconds since 1970. */
const furthestTime = 8.64e15;

/** A secret of Logto's: it has no id and is addressed by its name, and its times are numbers. */
const liveSecret = z
  .object({
    name: z.string(),
    value: z.string(),
    expiresAt: z.number().min(-furthestTime).max(furthestTime).nullish(),
  })
  .transform(({ name, value, expiresAt }) => ({
    id: name,
    name,
    value,
    ...(expiresAt != null && { expiresAt: new Date(expiresAt).toISOString() }),
  }));

/** The client secrets of an application. Logto makes the first one together with it. */
export const applicationSecrets = ownedList("api/applications", "secrets", {
  noun: "secret",
  onlyFor: { type: typesWithSecrets },
  madeWithObject: [{ name: "Default secret" }],
  fixedFields: {
    expiresAt: (name) =>
      `Logto cannot change when "${name}" expires; add a secret of another name and remove this one later`,
  },
  isPaged: false,
  isKeyInAddress: true,
  shape: liveSecret,
  bodyOf: ({ name, expiresAt }) => ({
    name,
    ...(typeof expiresAt === "string" && { expiresAt: Date.parse(expiresAt) }),
  }),
});

/** The values of all secrets by name. */
export const secretValues: Output = {
  of: ({ lists: { secrets = [] } }) =>
    secrets.length === 0
      ? undefined
      : (Object.fromEntries(secrets.map(({ name, value }) => [name, value])) as Values),
  isSecret: true,
};

/** The value of the first one that is declared; if none is, of the first that there is. */
export const clientSecret: Output = {
  of: ({ inputs, lists: { secrets = [] } }) => {
    const [first] = applicationSecrets.entriesOf(inputs["secrets"]);
    const declared = secrets.find(({ name }) => name === first?.["name"]);
    return (declared ?? secrets[0])?.["value"];
  },
  isSecret: true,
};
