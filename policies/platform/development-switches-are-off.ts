import { resourceRule } from "../rule";
import { variableOf } from "../secrets/credentials";
import { docker } from "../types";
import { commandOf, variablesOfCommand } from "./container";

/** Values that leave a variable's switch off. Any of Logto's first four variables opens its API to everybody. */
const switches: Record<string, RegExp> = {
  INTEGRATION_TEST: /^(?:|0|false|no)$/i,
  DEV_FEATURES_ENABLED: /^(?:|0|false|no)$/i,
  DEVELOPMENT_USER_ID: /^$/,
  DEVELOPMENT_TENANT_ID: /^$/,
  OIDC_PROVIDER_SSRF_PROTECTION_DISABLED: /^(?:|0|false|no)$/i,
  NODE_TLS_REJECT_UNAUTHORIZED: /^(?:|1)$/,
  NODE_ENV: /^(?:|production)$/,
  NODE_OPTIONS: /^(?!.*--(?:inspect|tls-min-v1\.[01]\b))/,
  POSTGRES_HOST_AUTH_METHOD: /^(?:|scram-sha-256|md5|cert)$/,
  POSTGRES_INITDB_ARGS: /^(?!.*\btrust\b)/,
};

/**
 * Switches in a command: a debugger's port, and for Postgres sign-in without a password and settings that can
 * lose writes. Postgres accepts abbreviations of `off`.
 */
const switchesOfCommand = [
  /--inspect/,
  /(?:--auth(?:-\w+)?[=\s]\s*|-A\s*)trust\b/,
  /(?:fsync|full[_-]page[_-]writes|synchronous[_-]commit)(?:\s*=\s*|\s+)["']?(?:of|f|n|0)/i,
  // A line of pg_hba.conf.
  /\b(?:local|host(?:no)?(?:ssl|gssenc)?)\s+\S+\s+\S+(?:\s+[\d.:a-f/]+|\s+all)?\s+trust\b/,
];

/** Checks that no switches for tests are on: INTEGRATION_TEST alone turns off the API's authentication. */
export const developmentSwitchesAreOff = resourceRule({
  name: "development-switches-are-off",
  description: "Checks that containers run without the switches of development and tests.",
  level: "mandatory",
  types: [docker.container],
  *demands(subject) {
    for (const entry of subject.at("envs.*")) {
      const variable = () => variableOf(entry.value);
      yield {
        property: entry.path,
        must: () => `not set ${variable().name} as it does: remove it`,
        isMet: () => switches[variable().name]?.test(variable().value) ?? true,
      };
    }
    const set = subject.at(
      ...["command.*", "entrypoints.*", "healthcheck.tests.*"],
      ...["uploads.*.content", "uploads.*.contentBase64"],
    );
    for (const { path } of set) {
      const inCommand = () =>
        variablesOfCommand(subject).filter(
          (variable) =>
            variable.path === path && !(switches[variable.name]?.test(variable.value) ?? true),
        );
      yield {
        property: path,
        must: () =>
          `not set ${inCommand()
            .map(({ name }) => name)
            .join(", ")} as it does: remove it`,
        isMet: () => inCommand().length === 0,
      };
    }
    yield {
      property: "command",
      must: "do without a debugger's port, writes that may be lost and sign-in without a password",
      isMet: () => !switchesOfCommand.some((one) => one.test(commandOf(subject))),
    };
  },
});
