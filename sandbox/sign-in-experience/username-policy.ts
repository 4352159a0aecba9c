import type { UsernamePolicy } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";

interface Conflicts {
  totalConflicts: number;
  samples: { usernameLower: string; userIds: string[] }[];
}

/** Usernames that differ by case only: people could not be told apart if case did not count. */
export async function findCaseConflicts(
  database: TenantDatabase,
  limit: number,
): Promise<Conflicts> {
  const conflicts = await database.query<Conflicts["samples"][number]>(
    `select lower(username) as "usernameLower", array_agg(id::text order by id) as "userIds"
     from users where tenant_id = $1 and username is not null
     group by lower(username) having count(*) > 1 order by lower(username)`,
    [database.tenantId],
  );
  return { totalConflicts: conflicts.length, samples: conflicts.slice(0, limit) };
}

/** Refuses to let case not count while that would make two people one. */
export async function checkUsernamePolicy(
  wanted: UsernamePolicy,
  current: UsernamePolicy,
  database: TenantDatabase,
): Promise<void> {
  if (wanted.caseSensitive || !current.caseSensitive) return;
  const conflicts = await findCaseConflicts(database, 20);
  ensure(
    conflicts.totalConflicts === 0,
    "sign_in_experiences.username_policy_case_conflicts_exist",
    { status: 409, data: conflicts },
  );
}
