import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { fingerprintBeside } from "../../fingerprint";
import { configured } from "../../provider/stack-configuration";
import { checkInputs } from "../../checks";
import { resourceProvider } from "../../provider/resource-provider";
import { parseDatabaseUrl } from "../database/database";
import { loopbackUrl } from "../loopback-url";
import { port } from "../processes/port";
import { projectDirectory } from "../processes/project-directory";
import {
  ensureRuns,
  isRunning,
  type ProjectProgram,
  readConfiguration,
  removeProgram,
} from "../processes/project-program";

interface DeclaredSandbox {
  /** Holds the configuration, the pid file and the log, from the project's root. Removed on delete. */
  directory: string;
  /** Address at which it answers, such as http://localhost:3001. Plain http and a name of this machine only. */
  endpoint: string;
  /** The address that it would have as the tenant `admin`. Default: none. */
  adminEndpoint?: string;
  /** Address of the database, as the role that owns it. */
  databaseUrl: string;
  /** The server that takes its mail in place of SendGrid: an {@link Outbox}. Default: none, and sending fails. */
  mailServer?: MailServer;
  /** The script that Node runs, from the project's root. Default: sandbox/start.cjs. */
  program?: string;
  /** Seconds until it must be healthy. Default: 60. */
  startLimit?: number;
}

interface MailServer {
  /** Port on this machine. The server there speaks TLS as api.sendgrid.com. */
  port: number;
  /** In PEM form. */
  certificate: string;
}

export type SandboxArgs = Arguments<DeclaredSandbox>;

type Inputs = DeclaredSandbox & {
  program: string;
  startLimit: number;
  /** Shows in a diff that the database's password changed. */
  databaseUrlFingerprint?: string;
};

const shape = z.object({
  directory: projectDirectory,
  endpoint: loopbackUrl,
  adminEndpoint: loopbackUrl.optional(),
  databaseUrl: z.string(),
  mailServer: z.object({ port, certificate: z.string() }).strict().optional(),
  program: z.string().default("sandbox/start.cjs"),
  startLimit: z.number().positive("expected seconds, more than 0").default(60),
  databaseUrlFingerprint: z.string().optional(),
});

const stack = configured();

export const provider = resourceProvider<Inputs, object>([], {
  configure: (configuration) => stack.configure(configuration),

  check(news) {
    const print = fingerprintBeside("databaseUrl", stack.get("logto:fingerprintKey"), news);
    return checkInputs<Inputs>({ ...(news as object), ...print }, shape);
  },

  replaces: (before, wanted) => (before.directory === wanted.directory ? [] : ["directory"]),
  // Two sandboxes cannot listen on one port.
  deleteBeforeReplace: true,

  isUp: (inputs) => isRunning(programOf(inputs)),

  async create(inputs) {
    await ensureRuns(programOf(inputs));
    return { id: inputs.directory, outputs: {} };
  },

  read: (_id, prior) =>
    Promise.resolve(readConfiguration(prior.inputs.directory) === undefined ? undefined : prior),

  async update(_id, _past, inputs) {
    await ensureRuns(programOf(inputs));
    return {};
  },

  delete: (_id, { inputs }) => removeProgram(programOf(inputs)),
});

function programOf(inputs: Inputs): ProjectProgram {
  const { directory, program, startLimit, databaseUrl, endpoint, adminEndpoint, mailServer } =
    inputs;
  return {
    name: "sandbox",
    directory,
    script: program,
    configuration: { databaseUrl, endpoint, adminEndpoint, mailServer },
    ports: [
      {
        port: Number(new URL(endpoint).port || 80),
        otherwise: "name another port in logto:endpoint",
      },
    ],
    health: `${endpoint}/api/status`,
    startLimit,
    secrets: () => [databaseUrl, parseDatabaseUrl(databaseUrl).password],
  };
}

/**
 * The sandbox, this project's stand-in for a Logto server, as a background process of this machine.
 *
 * It runs on when `up` ends, and the next `up` starts it again if it was killed or the machine was rebooted. A
 * changed setting restarts it, and so does a mail server that moved; changed code of the sandbox does not: end the
 * process whose pid is in sandbox.pid, and the next `up` starts the new code. Its log grows from start to start.
 * Deleting it stops it, by force after 10 seconds, and removes its folder.
 *
 * Errors: a port that is taken; a process that ends or does not get healthy, with its last log line.
 */
export class Sandbox extends DynamicResource {
  constructor(name: string, args: SandboxArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:Sandbox",
      name,
      { ...args, databaseUrl: pulumi.secret(args.databaseUrl) },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["databaseUrl"] }),
    );
  }
}
