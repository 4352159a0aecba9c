import { resourceRule } from "../rule";
import { docker } from "../types";
import { commandOf } from "./container";

/** Membership in any of these gives control of the database's machine, or of all its data. */
const rulers =
  /^(?:postgres|rds_superuser|cloudsqlsuperuser|azure_pg_admin|pg_(?:execute_server_program|read_server_files|write_server_files|read_all_data|write_all_data|signal_backend))$/i;

/**
 * Checks that Logto's database role gives an intruder Logto's tables and no more.
 *
 * It judges every resource with the properties of a role, no matter which plugin makes it.
 */
export const databaseRolesAreLimited = resourceRule({
  name: "database-roles-are-limited",
  description:
    "Checks that no database role is a superuser, passes row security or is one's member.",
  level: "mandatory",
  options: {
    roles: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "The names, as Pulumi knows them, of roles that may do more.",
    },
  },
  *demands(subject, { roles }) {
    if (roles.includes(subject.name)) return;
    const exception = { roles: subject.name };
    if (subject.type === docker.container) {
      yield {
        property: "command",
        exception,
        must: "make no superuser: Logto needs CREATEROLE and no more",
        isMet: () =>
          !/\b(?:create|alter)\s+(?:role|user)\b[^;]*(?<!no)\b(?:superuser|bypassrls|replication)\b|\bcreateuser\b[^;]*\s(?:-s|--superuser)\b/i.test(
            commandOf(subject),
          ),
      };
      return;
    }
    if (!/role|database|access|grant/i.test(subject.type)) return;
    for (const right of subject.at(
      ...["superuser", "isSuperuser", "bypassRowLevelSecurity", "bypassRls", "replication"],
    )) {
      yield {
        property: right.path,
        exception,
        must: "be false: Logto needs to create roles and no more",
        isMet: () => right.value !== true && right.value !== "true",
      };
    }
    for (const member of subject.at("roles.*", "memberOf.*", "grantRole", "assumeRole")) {
      const isList = /^(?:roles|memberOf)\b/.test(member.path);
      if (!subject.type.startsWith("postgresql:") && !isList) continue;
      yield {
        property: member.path,
        exception,
        must: "not be a role that rules the database or its machine",
        isMet: () => !rulers.test(String(member.value)),
      };
    }
  },
});
