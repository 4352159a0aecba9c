import { randomInt } from "node:crypto";
import { isObject, type Values } from "../infra/properties";

/** How the server comes to be: `logto-stack:runtime` of the stack file. */
export const runtimes = ["embedded", "docker", "external"] as const;
export type RuntimeName = (typeof runtimes)[number];

/** A value of the stack's configuration that is only ever stored encrypted. */
export interface SecretSetting {
  /** As in `pulumi config set --secret KEY`. */
  key: string;
  /** What the user is told when asked for it. */
  purpose: string;
  /** The runtimes for which `npm run up` makes the value up on first use; for the others it asks. */
  generatedFor: readonly RuntimeName[];
  generate: () => string;
  /**
   * Whether a stack with this configuration, by its keys, must have it; if not, it is neither asked for nor made
   * up. Default: every stack must.
   */
  isNeeded?: (configuration: Values) => boolean;
}

/** Every secret that a stack has, in the order in which they are asked for. */
export const secretSettings: readonly SecretSetting[] = [
  {
    key: "logto:fingerprintKey",
    purpose: "the key of the fingerprints that show in a diff that a secret changed",
    generatedFor: runtimes,
    generate: () => alphanumeric(32),
  },
  {
    key: "logto:clientSecret",
    purpose: "the secret of the machine-to-machine application that calls the Management API",
    // If the stack owns the database, it writes the credential itself (infra/server/database/management-access.ts).
    generatedFor: ["embedded", "docker"],
    generate: () => alphanumeric(32),
  },
  {
    key: "logto-stack:sendgridApiKey",
    purpose: "the SendGrid API key, with the permission Mail Send",
    // The sandbox sends nothing to SendGrid: any key of the right shape does.
    generatedFor: ["embedded"],
    generate: () => `SG.${alphanumeric(22)}.${alphanumeric(43)}`,
  },
  {
    key: "logto-stack:redisUrl",
    purpose: "the URL of the Redis that is Logto's cache",
    generatedFor: [],
    generate: () => `redis://:${alphanumeric(32)}@redis:6379`,
    isNeeded: () => false,
  },
  {
    key: "logto-stack:administratorPassword",
    purpose: "the password of the administrator of Logto's console",
    generatedFor: ["docker"],
    generate: () => alphanumeric(32),
    isNeeded: declaresAdministrator,
  },
];

/** The secrets that a stack with this configuration must have. */
export function neededSecrets(configuration: Values): SecretSetting[] {
  return secretSettings.filter(({ isNeeded }) => isNeeded?.(configuration) ?? true);
}

/** Whether the configuration sets up a console, and names its administrator. */
export function declaresAdministrator({
  "logto-stack:runtime": runtime,
  "logto-stack:docker": docker,
}: Values): boolean {
  return runtime === "docker" && isObject(docker) && docker["administrator"] !== undefined;
}

/** Letters and digits only: Logto splits Basic credentials at a colon and holds at most 64 characters. */
function alphanumeric(length: number): string {
  const characters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  return Array.from({ length }, () => characters[randomInt(characters.length)]).join("");
}
