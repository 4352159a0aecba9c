import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { createInterface } from "node:readline";
import { Client, Pool } from "pg";
import { createSeededDatabase } from "./database";
import { freePort } from "./free-port";

const managementApi = "https://default.logto.app/api";

export interface LogLine {
  level: string;
  message?: string;
  method?: string;
  path?: string;
  status?: number;
  [field: string]: unknown;
}

export interface Answer {
  status: number;
  headers: Headers;
  /** Parsed where it is JSON; text else, and nothing where the answer is empty. */
  body: unknown;
}

export interface Credential {
  clientId: string;
  clientSecret: string;
}

export interface Options {
  databaseUrl?: string;
  /** Serve the tenant `admin` as well. */
  withAdmin?: boolean;
  port?: number;
  /** Where its mail goes; see test/support/outbox.ts. Default: nowhere. */
  mailServer?: { port: number; certificate: string; timeLimit?: number };
}

/**
 * A sandbox in a process of its own, on a seeded database of its own and a free port. Jest cannot require
 * the ES modules that it uses, and a process is how it runs in earnest.
 */
export class Sandbox {
  private readonly pool: Pool;
  private credential: Promise<Credential> | undefined;
  private accessToken: Promise<string> | undefined;

  constructor(
    readonly endpoint: string,
    readonly adminEndpoint: string | undefined,
    readonly databaseUrl: string,
    private readonly process: ChildProcess,
    private readonly output: string[],
    private readonly directory: string,
  ) {
    this.pool = new Pool({ connectionString: databaseUrl, max: 2 });
    // Tests take Postgres away; the pool makes new connections by itself.
    this.pool.on("error", () => undefined);
  }

  get pid(): number {
    return this.process.pid as number;
  }

  /** What it has written to its log until now. */
  log(): LogLine[] {
    return this.output.map((line) => JSON.parse(line) as LogLine);
  }

  /** The log as it was written, to look for what must not be in it. */
  logText(): string {
    return this.output.join("\n");
  }

  /** The requests to the Management API that could have changed something. */
  writes(): LogLine[] {
    return this.log().filter(
      ({ method, path: requested }) =>
        method !== undefined && method !== "GET" && requested?.startsWith("/api") === true,
    );
  }

  /** The credential of a machine-to-machine application with all rights, made on first use. */
  managementCredential(): Promise<Credential> {
    this.credential ??= insertManagementApplication(this.databaseUrl);
    return this.credential;
  }

  /** A token for the Management API, the same one for the life of the sandbox. */
  token(): Promise<string> {
    this.accessToken ??= this.managementCredential().then((credential) =>
      requestToken(this.endpoint, credential),
    );
    return this.accessToken;
  }

  /** A request to the Management API; with the token "none" without any. A body that is a string is sent as it is. */
  async request(
    method: string,
    pathAndQuery: string,
    body?: unknown,
    token?: string,
  ): Promise<Answer> {
    const bearer = token ?? (await this.token());
    return send(`${this.endpoint}${pathAndQuery}`, method, body, {
      ...(bearer !== "none" && { authorization: `Bearer ${bearer}` }),
    });
  }

  /** Statements on its database, as its owner. */
  async query<Row>(statement: string, values: unknown[] = []): Promise<Row[]> {
    const { rows } = await this.pool.query(statement, values);
    return rows as Row[];
  }

  async stop(): Promise<void> {
    await this.pool.end();
    if (this.process.exitCode === null && this.process.signalCode === null) {
      const ended = new Promise((resolve) => this.process.once("exit", resolve));
      this.process.kill("SIGTERM");
      await ended;
    }
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function startSandboxProcess(options: Options = {}): Promise<Sandbox> {
  const databaseUrl = options.databaseUrl ?? (await createSeededDatabase());
  const endpoint = `http://127.0.0.1:${options.port ?? (await freePort())}`;
  const adminEndpoint = options.withAdmin ? `http://127.0.0.1:${await freePort()}` : undefined;
  const directory = mkdtempSync(path.join(os.tmpdir(), "logto-stack-sandbox-"));
  const configuration = path.join(directory, "config.json");
  const { mailServer } = options;
  writeFileSync(
    configuration,
    JSON.stringify({ databaseUrl, endpoint, adminEndpoint, mailServer }),
    { mode: 0o600 },
  );
  const { child, output, errors } = runSandbox(configuration);
  const sandbox = new Sandbox(endpoint, adminEndpoint, databaseUrl, child, output, directory);
  await new Promise<void>((resolve, reject) => {
    child.once("exit", () =>
      reject(new Error(`The sandbox ended: ${[...output, ...errors].join("\n")}`)),
    );
    createInterface({ input: child.stdout as NodeJS.ReadableStream }).on("line", (line) => {
      if (line.includes('"listening"')) resolve();
    });
  });
  return sandbox;
}

/** Starts the program with a configuration file, and collects what it writes line by line. */
export function runSandbox(configuration?: string): {
  child: ChildProcess;
  output: string[];
  errors: string[];
} {
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      path.resolve("sandbox/start.cjs"),
      ...(configuration === undefined ? [] : [configuration]),
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const output: string[] = [];
  const errors: string[] = [];
  createInterface({ input: child.stdout }).on("line", (line) => output.push(line));
  createInterface({ input: child.stderr }).on("line", (line) => errors.push(line));
  return { child, output, errors };
}

/** A request as it goes over the wire. A body that is a string is sent as it is. */
export async function send(
  url: string,
  method: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const response = await fetch(url, {
    method,
    headers: { ...(body !== undefined && { "content-type": "application/json" }), ...headers },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("application/json") ?? false;
  return {
    status: response.status,
    headers: response.headers,
    body: isJson ? JSON.parse(text) : text || undefined,
  };
}

/** A request to the token endpoint, by client_secret_basic. */
export function askForToken(
  endpoint: string,
  { clientId, clientSecret }: Credential,
  parameters: Record<string, string> = {},
): Promise<Answer> {
  const form = new URLSearchParams({
    grant_type: "client_credentials",
    resource: managementApi,
    scope: "all",
    ...parameters,
  });
  return send(`${endpoint}/oidc/token`, "POST", form.toString(), {
    "content-type": "application/x-www-form-urlencoded",
    authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
  });
}

export async function requestToken(endpoint: string, credential: Credential): Promise<string> {
  const { status, body } = await askForToken(endpoint, credential);
  if (status !== 200) {
    throw new Error(`No token for the tests: ${status} ${JSON.stringify(body)}`);
  }
  return (body as { access_token: string }).access_token;
}

/** The rows that let a program of ours into the Management API without any other program's help. */
export async function insertManagementApplication(
  databaseUrl: string,
  clientId = "infrastructure",
): Promise<Credential> {
  const clientSecret = randomBytes(16).toString("hex");
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    await client.query("begin");
    await client.query(
      `insert into applications (tenant_id, id, name, secret, type, oidc_client_metadata)
       values ('default', $1, 'Infrastructure', $2, 'MachineToMachine',
               '{"redirectUris":[],"postLogoutRedirectUris":[]}')`,
      [clientId, `#internal:${randomBytes(16).toString("hex")}`],
    );
    await client.query(
      `insert into application_secrets (tenant_id, application_id, name, value)
       values ('default', $1, 'Default secret', $2)`,
      [clientId, clientSecret],
    );
    await client.query(
      `insert into applications_roles (tenant_id, id, application_id, role_id)
       select 'default', $1, $2, id from roles
       where tenant_id = 'default' and name = 'Logto Management API access'`,
      [randomBytes(10).toString("hex"), clientId],
    );
    await client.query("commit");
  } finally {
    await client.end();
  }
  return { clientId, clientSecret };
}
