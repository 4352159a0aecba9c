import type { Values } from "../../infra/properties";
import { sendGridApiKey } from "../../infra/sendgrid/api-key";
import {
  administratorPasswordExpectation,
  clientSecretExpectation,
  fingerprintKeyExpectation,
  isAdministratorPassword,
  isClientSecret,
  isFingerprintKey,
} from "../../infra/server/database/credential";
import { isUrl } from "../../infra/url";
import { declaresAdministrator, neededSecrets, secretSettings } from "../secret-settings";
import { answerOf, type Problem } from "./configuration";

/** What is wrong with a secret, by its key; no answer holds the value. */
type Check = (value: string) => string | undefined;

const checkBy =
  (isRight: (value: string) => boolean, expectation: string): Check =>
  (value) =>
    isRight(value) ? undefined : expectation;

const checks = new Map<string, Check>([
  ["logto:clientSecret", checkBy(isClientSecret, clientSecretExpectation)],
  ["logto:fingerprintKey", checkBy(isFingerprintKey, fingerprintKeyExpectation)],
  ["logto-stack:sendgridApiKey", (value) => answerOf(sendGridApiKey, value)],
  [
    "logto-stack:redisUrl",
    checkBy(
      (value) => /^rediss?:\/\/[^\s']+$/.test(value) && isUrl(value),
      "expected a redis:// or rediss:// URL, with special characters of its password as %-codes",
    ),
  ],
  [
    "logto-stack:administratorPassword",
    checkBy(isAdministratorPassword, administratorPasswordExpectation),
  ],
]);

interface Source {
  stack: string;
  config: Readonly<Record<string, string>>;
  secretKeys: ReadonlySet<string>;
}

/** Secrets that are missing, stored in clear or misshapen, and secrets that this stack does not use. */
export function secretProblems(source: Source, values: Values): Problem[] {
  const { config, secretKeys, stack } = source;
  const needed = neededSecrets(values);
  const secrets = secretSettings.flatMap((setting): Problem[] => {
    const { key, purpose } = setting;
    const command = `npm run pulumi -- config set --secret ${key} --stack ${stack}`;
    const value = config[key];
    if (value === undefined && !needed.includes(setting)) return [];
    if (value === undefined) {
      return [{ key, message: `is missing: expected ${purpose}; set it with ${command}` }];
    }
    if (!secretKeys.has(key)) {
      return [
        {
          key,
          message: `is stored in plaintext. Treat it as leaked: rotate it, then store the new value with ${command}`,
        },
      ];
    }
    // The external server's credential is whatever that server made.
    const isOwn = key !== "logto:clientSecret" || config["logto-stack:runtime"] !== "external";
    const message = isOwn ? checks.get(key)?.(value) : undefined;
    return message === undefined ? [] : [{ key, message }];
  });
  return [...secrets, ...uselessSecrets(config, values)];
}

/** Keys that hold no secret and are stored as one. */
export function needlesslyEncrypted(keys: string[], secretKeys: Source["secretKeys"]): Problem[] {
  const message =
    "is stored encrypted, but is no secret and would be shown: expected it without --secret";
  return keys.filter((key) => secretKeys.has(key)).map((key) => ({ key, message }));
}

function uselessSecrets(config: Source["config"], values: Values): Problem[] {
  const rules = [
    {
      key: "logto-stack:redisUrl",
      isUsed: values["logto-stack:runtime"] === "docker",
      message: "expected none, as only the runtime docker sets up Logto's cache",
    },
    {
      key: "logto-stack:administratorPassword",
      isUsed: declaresAdministrator(values),
      message: "expected none, or logto-stack:docker.administrator as well, whose password it is",
    },
  ];
  return rules.filter(({ key, isUsed }) => config[key] !== undefined && !isUsed);
}
