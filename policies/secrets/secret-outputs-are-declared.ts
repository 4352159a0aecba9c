import { resourceRule } from "../rule";
import { kinds } from "../../infra/registry";
import { secretOutputsOf } from "../../infra/logto/mechanism/kind";
import { ownType, postgresql, randomPassword, sendGridPreflight, server } from "../types";

/** Secret outputs of a provider, by type. test/policies/secrets/secret-outputs.test.ts compares them with infra/. */
const secretOutputs: Record<string, readonly string[]> = {
  ...Object.fromEntries(kinds().map((kind) => [ownType(kind.type), secretOutputsOf(kind)])),
  [server.databaseRole]: ["databaseUrl", "password"],
  [server.embeddedPostgres]: ["superuserPassword"],
  [server.logtoDatabase]: ["password", "databaseUrl"],
  [server.managementAccess]: ["databaseUrl"],
  [server.sandbox]: ["databaseUrl"],
  [server.administrator]: ["databaseUrl"],
  [server.closedConsole]: ["databaseUrl"],
  [server.upgradeCheck]: ["databaseUrl"],
  [server.outbox]: ["apiKey"],
  [sendGridPreflight]: ["apiKey"],
  [postgresql.role]: ["password"],
  [randomPassword]: ["result", "bcryptHash"],
};

/** Checks that secret outputs are declared as such: the engine marks only those that came from a secret input. */
export const secretOutputsAreDeclared = resourceRule({
  name: "secret-outputs-are-declared",
  description: "Checks that a resource's secret outputs are among its additionalSecretOutputs.",
  level: "mandatory",
  types: Object.keys(secretOutputs),
  *demands({ type, options }) {
    for (const output of secretOutputs[type] ?? []) {
      yield {
        property: "the option additionalSecretOutputs",
        must: `name ${output}, or it is stored in clear`,
        isMet: () => options.additionalSecretOutputs.includes(output),
      };
    }
  },
});
