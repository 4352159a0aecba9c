import type * as pulumi from "@pulumi/pulumi";
import { generatedPassword } from "../database/generated-password";
import { EmbeddedPostgres } from "./embedded-postgres";
import { LogtoDatabase } from "./logto-database";
import { ManagementAccess } from "../database/management-access";
import { roleAndDatabase } from "../database/role-and-database";
import { Outbox } from "./outbox";
import type { Server } from "../runtime";
import { Sandbox } from "./sandbox";

export interface EmbeddedArgs {
  /** Address at which the sandbox answers, such as http://localhost:3001. */
  endpoint: string;
  /** Address of the sandbox's tenant `admin`. Default: none. */
  adminEndpoint?: string;
  clientId: string;
  /** Below the project's root; git-ignored, because it holds data and a database password. */
  directory: string;
  /** Default: a free one, which is then kept. */
  postgresPort?: number;
  /** Port at which the outbox shows what the sandbox sent. Default: 3003. */
  outboxPort?: number;
  /** The key that the outbox accepts, as SendGrid would. Secret. */
  sendgridApiKey: pulumi.Output<string>;
}

/**
 * The runtime `embedded`: Postgres, Logto's schema in it, the sandbox on top and the outbox that takes its mail,
 * all on this machine, without Docker and without accounts.
 */
export function embeddedServer(args: EmbeddedArgs): Server {
  const postgres = new EmbeddedPostgres("postgres", {
    directory: `${args.directory}/postgres`,
    superuserPassword: generatedPassword("postgres-superuser-password"),
    ...(args.postgresPort !== undefined && { port: args.postgresPort }),
  });
  // What lies in the server goes with it: destroying the stack after a reboot needs no running database.
  const inPostgres = { deletedWith: postgres };

  const logtoPassword = generatedPassword("logto-database-password");
  const { role, database } = roleAndDatabase(
    {
      host: postgres.host,
      port: postgres.port,
      superuserPassword: postgres.superuserPassword,
      deletedWith: postgres,
    },
    logtoPassword,
  );

  const logto = new LogtoDatabase(
    "logto",
    {
      host: postgres.host,
      port: postgres.port,
      database: database.name,
      user: role.name,
      password: logtoPassword,
    },
    inPostgres,
  );
  const access = new ManagementAccess(
    "management-access",
    { databaseUrl: logto.databaseUrl, clientId: args.clientId },
    inPostgres,
  );
  const outbox = new Outbox("outbox", {
    directory: `${args.directory}/outbox`,
    port: args.outboxPort ?? 3003,
    apiKey: args.sendgridApiKey,
  });
  const sandbox = new Sandbox("sandbox", {
    directory: `${args.directory}/sandbox`,
    endpoint: args.endpoint,
    databaseUrl: logto.databaseUrl,
    mailServer: { port: outbox.sendGridPort, certificate: outbox.certificate },
    ...(args.adminEndpoint !== undefined && { adminEndpoint: args.adminEndpoint }),
  });
  return {
    endpoint: args.endpoint,
    outbox: outbox.url,
    ready: [access, sandbox],
  };
}
