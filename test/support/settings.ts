import { parseSettings, type PlainSettings } from "../../stacks/settings";
import { readTemplates } from "../../stacks/templates";

export const secretKeys = [
  "logto:clientSecret",
  "logto:fingerprintKey",
  "logto-stack:sendgridApiKey",
  "logto-stack:administratorPassword",
];

/** A right stack, which each test breaks in one place. */
export function rightConfig(): Record<string, string> {
  return {
    "logto:endpoint": "http://localhost:3001",
    "logto:clientSecret": "hL2kP9xQ4vN7tR1wZ6yB3cD8",
    "logto:fingerprintKey": "mJ5gF0sA2eU8iO4pK7lV1nX6",
    "logto-stack:runtime": "embedded",
    "logto-stack:application": json({
      name: "Bookstore",
      redirectUris: ["http://localhost:3000/callback"],
      postLogoutRedirectUris: ["http://localhost:3000/"],
    }),
    "logto-stack:email": json({ fromEmail: "no-reply@bookstore.example", fromName: "Bookstore" }),
    "logto-stack:sendgridApiKey": "SG.canaryKeyOfTheTests.abcdefghijklmnop",
    "logto-stack:signInExperience": json({ signUpIdentifier: "email" }),
  };
}

export const json = (value: unknown) => JSON.stringify(value);

export interface Change {
  config?: Record<string, unknown>;
  without?: string[];
  plain?: string[];
  encrypted?: string[];
}

export function read({
  config = {},
  without = [],
  plain = [],
  encrypted = [],
}: Change): PlainSettings {
  const changed: Record<string, string> = rightConfig();
  for (const [key, value] of Object.entries(config)) {
    changed[key] = typeof value === "string" ? value : json(value);
  }
  const kept = Object.entries(changed).filter(([key]) => !without.includes(key));
  return parseSettings({
    stack: "local",
    config: Object.fromEntries(kept),
    secretKeys: new Set([...secretKeys.filter((key) => !plain.includes(key)), ...encrypted]),
    readTemplates,
  });
}

export function problemsOf(change: Change): string[] {
  try {
    read(change);
  } catch (error) {
    return (error as Error).message.split("\n");
  }
  return [];
}

export const application = (change: object): Change => ({
  config: {
    "logto-stack:application": {
      name: "Bookstore",
      redirectUris: ["http://localhost:3000/callback"],
      ...change,
    },
  },
});
export const email = (change: object): Change => ({
  config: { "logto-stack:email": { fromEmail: "no-reply@bookstore.example", ...change } },
});
export const experience = (change: object): Change => ({
  config: { "logto-stack:signInExperience": { signUpIdentifier: "email", ...change } },
});
export const dockerStack = (change: object, others: object = {}): Change => ({
  config: {
    "logto-stack:runtime": "docker",
    "logto-stack:docker": {
      logtoImage: "svhd/logto:1.43.0",
      postgresImage: "postgres:17-alpine",
      ...change,
    },
    ...others,
  },
});
export const proxied = {
  "logto:endpoint": "https://auth.bookstore.example",
  "logto:adminEndpoint": "https://admin.bookstore.example",
};
export const administratorPassword = "logto-stack:administratorPassword";
export const password = "Canary with milk 4711";
export const administered = {
  "logto:adminEndpoint": "http://localhost:3002",
  [administratorPassword]: password,
};
export const setting = (key: string, value: unknown): Change => ({ config: { [key]: value } });
