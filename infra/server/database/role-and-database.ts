import * as postgresql from "@pulumi/postgresql";
import * as pulumi from "@pulumi/pulumi";
import { databaseUrl } from "./database";
import { DatabaseRole } from "./database-role";

/** A Postgres that a stack owns, as this machine reaches it. */
export interface OwnPostgres {
  host: pulumi.Input<string>;
  port: pulumi.Input<number>;
  superuserPassword: pulumi.Output<string>;
  /** The server's own resource. All that is in the server goes with it, so a destroy needs no running server. */
  deletedWith: pulumi.Resource;
  /** Resources that must exist before the server answers. Default: `deletedWith`'s outputs say so. */
  dependsOn?: pulumi.Resource;
}

export interface RoleAndDatabase {
  role: DatabaseRole;
  database: postgresql.Database;
}

/**
 * Logto's role, and the database that it owns.
 *
 * @param password password of the role
 * @param protect whether the engine refuses to delete the database. Default: the engine's own, false
 */
export function roleAndDatabase(
  { host, port, superuserPassword, deletedWith, dependsOn }: OwnPostgres,
  password: pulumi.Output<string>,
  protect?: boolean,
): RoleAndDatabase {
  const inPostgres = { deletedWith };
  const once = { ...inPostgres, ...(dependsOn && { dependsOn }) };
  const superuser = new postgresql.Provider(
    "postgres",
    { host, port, username: "postgres", password: superuserPassword, sslmode: "disable" },
    once,
  );
  const role = new DatabaseRole(
    "logto",
    {
      databaseUrl: pulumi
        .all([host, port, superuserPassword])
        .apply(([atHost, atPort, ofSuperuser]) =>
          databaseUrl({
            host: atHost,
            port: atPort,
            database: "postgres",
            user: "postgres",
            password: ofSuperuser,
          }),
        ),
      name: "logto",
      createRole: true,
      password,
    },
    once,
  );
  const database = new postgresql.Database(
    "logto",
    { name: "logto", owner: role.name },
    { ...inPostgres, provider: superuser, ...(protect !== undefined && { protect }) },
  );
  return { role, database };
}
