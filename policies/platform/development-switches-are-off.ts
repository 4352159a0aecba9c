import { resourceRule } from "../rule";
import { variableOf } from "../secrets/credentials";
import { docker } from "../types";
import { commandOf } from "./container";

/** By variable, the values that do not switch anything on. Any of Logto's first four opens its API to everybody. */
const switches: Record<string, RegExp> = {
  INTEGRATION_TEST: /^(?:|0|false|no)$/i,
  DEV_FEATURES_ENABLED: /^(?:|0|false|no)$/i,
  DEVELOPMENT_USER_ID: /^$/,
  DEVELOPMENT_TENANT_ID: /^$/,
  OIDC_PROVIDER_SSRF_PROTECTION_DISABLED: /^(?:|0|false|no)$/i,
  NODE_TLS_REJECT_UNAUTHORIZED: /^(?:|1)$/,
  NODE_ENV: /^(?:|production)$/,
  NODE_OPTIONS: /^(?!.*--inspect)/,
  POSTGRES_HOST_AUTH_METHOD: /^(?:|scram-sha-256|md5|cert)$/,
};

/** Checks that nothing runs with what is there for tests: INTEGRATION_TEST alone turns off the API's authentication. */
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
    yield {
      property: "command",
      must: "do without a debugger's port, writes that may be lost and sign-in without a password",
      isMet: () => !/--inspect|fsync\s*=\s*off|--auth(?:-\w+)?=trust/.test(commandOf(subject)),
    };
  },
});
