import { X509Certificate } from "node:crypto";
import path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { generate } from "selfsigned";
import { z } from "zod";
import { sendGridApiKey } from "../../sendgrid/api-key";
import { checkInputs } from "../../checks";
import type { Arguments } from "../../deep-input";
import { DynamicResource } from "../../provider/dynamic-resource";
import { fingerprintBeside } from "../../fingerprint";
import { configured } from "../../provider/stack-configuration";
import { resourceProvider } from "../../provider/resource-provider";
import { freePort } from "../processes/free-port";
import { port } from "../processes/port";
import { inProject, projectDirectory } from "../processes/project-directory";
import {
  ensureRuns,
  isRunning,
  type ProjectProgram,
  readConfiguration,
  removeProgram,
} from "../processes/project-program";

interface DeclaredOutbox {
  /** Holds the configuration with the keys, the mails, the pid file and the log, from the project's root. */
  directory: string;
  /** Port of its page and its JSON on this machine, 1024 to 65535. */
  port: number;
  /** Port at which it takes mail as SendGrid does. Default: a free port, which is then kept. */
  sendGridPort?: number;
  /** The SendGrid API key that it accepts. Secret. Changing it restarts the outbox and keeps the mails. */
  apiKey: string;
  /** The script that Node runs, from the project's root. Default: sandbox/outbox/start.cjs. */
  program?: string;
  /** Seconds until it must be healthy. Default: 60. */
  startLimit?: number;
}

export type OutboxArgs = Arguments<DeclaredOutbox>;

type Inputs = Required<DeclaredOutbox> & {
  /** Shows in a diff that the key changed. */
  apiKeyFingerprint?: string;
};

interface Outputs {
  certificate: string;
}

const shape = z.object({
  directory: projectDirectory,
  port,
  sendGridPort: port,
  apiKey: sendGridApiKey,
  program: z.string().default("sandbox/outbox/start.cjs"),
  startLimit: z.number().positive("expected seconds, more than 0").default(60),
  apiKeyFingerprint: z.string().optional(),
});

const stack = configured();

export const provider = resourceProvider<Inputs, Outputs>(["certificate"], {
  configure: (configuration) => stack.configure(configuration),

  async check(news, olds) {
    const declared = news as Partial<Inputs>;
    const sendGridPort =
      declared.sendGridPort ?? olds.sendGridPort ?? (await freePort(declared.directory));
    const print = fingerprintBeside("apiKey", stack.get("logto:fingerprintKey"), news);
    return checkInputs<Inputs>({ ...declared, sendGridPort, ...print }, shape);
  },

  replaces: (before, wanted) => (before.directory === wanted.directory ? [] : ["directory"]),
  // Two outboxes cannot listen on one port.
  deleteBeforeReplace: true,

  isUp: async (inputs) => {
    const pair = readKeyPair(inputs.directory);
    return pair !== undefined && isRunning(programOf(inputs, pair));
  },

  async create(inputs) {
    return { id: inputs.directory, outputs: await ensure(inputs) };
  },

  read: (_id, prior) =>
    Promise.resolve(readConfiguration(prior.inputs.directory) === undefined ? undefined : prior),

  update: (_id, _past, inputs) => ensure(inputs),

  delete: (_id, { inputs }) => removeProgram(programOf(inputs)),
});

async function ensure(inputs: Inputs): Promise<Outputs> {
  const pair = readKeyPair(inputs.directory) ?? (await makeKeyPair());
  await ensureRuns(programOf(inputs, pair));
  return { certificate: pair.certificate };
}

function programOf(inputs: Inputs, pair?: KeyPair): ProjectProgram {
  const { directory, port: webPort, sendGridPort, apiKey, program, startLimit } = inputs;
  return {
    name: "outbox",
    directory,
    script: program,
    configuration: {
      port: webPort,
      sendGridPort,
      apiKey,
      ...pair,
      mailsFile: path.join(inProject(directory), "mails.json"),
    },
    ports: [
      {
        port: webPort,
        otherwise: "name another port in logto-stack:embedded.outboxPort",
      },
      { port: sendGridPort },
    ],
    health: `http://localhost:${webPort}/status`,
    startLimit,
    secrets: () => [apiKey, ...(pair ? [pair.privateKey] : [])],
  };
}

/** Both in PEM form. */
const keyPairShape = z.object({ certificate: z.string(), privateKey: z.string() });

type KeyPair = z.infer<typeof keyPairShape>;

/** The key pair that the outbox has; nothing if it has none, or one that soon expires. */
function readKeyPair(directory: string): KeyPair | undefined {
  try {
    const pair = keyPairShape.parse(JSON.parse(readConfiguration(directory) ?? ""));
    const { validTo } = new X509Certificate(pair.certificate);
    const inAMonth = Date.now() + 30 * 24 * 3600 * 1000;
    return Date.parse(validTo) > inAMonth ? pair : undefined;
  } catch {
    return undefined;
  }
}

/** The sandbox trusts this one certificate, and only for the name that Logto's connector sends to. */
async function makeKeyPair(): Promise<KeyPair> {
  const name = "api.sendgrid.com";
  const notAfterDate = new Date();
  notAfterDate.setFullYear(notAfterDate.getFullYear() + 10);
  const pair = await generate([{ name: "commonName", value: name }], {
    keyType: "ec",
    algorithm: "sha256",
    notAfterDate,
    extensions: [{ name: "subjectAltName", altNames: [{ type: 2, value: name }] }],
  });
  return { certificate: pair.cert, privateKey: pair.private };
}

/**
 * The outbox: takes the mail that the sandbox would send through SendGrid, and shows it on a page of this
 * machine, as a background process.
 *
 * It runs on when `up` ends, and the next `up` starts it again if it was killed or the machine was rebooted; the
 * mails, at most 200, are still there then. A changed setting restarts it; changed code does not: end the process
 * whose pid is in outbox.pid, and the next `up` starts the new code. Everyone who reaches this machine's loopback
 * address can read the page. Deleting it removes the mails.
 *
 * Errors: a port that is taken; a process that ends or does not get healthy, with its last log line.
 */
export class Outbox extends DynamicResource {
  /** Address of its page; the same as JSON at `/mails`. */
  readonly url: pulumi.Output<string>;
  /** Port that the sandbox sends to. */
  declare readonly sendGridPort: pulumi.Output<number>;
  /** The outbox's own certificate, in PEM form, which its senders trust. The private key lies in its folder only. */
  declare readonly certificate: pulumi.Output<string>;
  declare private readonly port: pulumi.Output<number>;

  constructor(name: string, args: OutboxArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "logto-server:Outbox",
      name,
      {
        sendGridPort: undefined,
        certificate: undefined,
        ...args,
        apiKey: pulumi.secret(args.apiKey),
      },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["apiKey"] }),
    );
    this.url = pulumi.interpolate`http://localhost:${this.port}`;
  }
}
