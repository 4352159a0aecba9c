import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import path from "node:path";
import getPort from "get-port";
import { defaultResource } from "../../infra/logto/connection";
import { provider as accessProvider } from "../../infra/server/database/management-access";
import { provider as sandboxProvider } from "../../infra/server/embedded/sandbox";
import { databaseUrl, withDatabase } from "../../infra/server/database/database";
import {
  removeCluster,
  startCluster,
  superuser,
} from "../../infra/server/embedded/postgres-cluster";
import { seed } from "../../infra/server/embedded/seed";
import { userError } from "../../infra/user-error";
import { say } from "../engine/tools";

/** The Logto to measure, and the credentials for its Management API. */
export interface BenchServer {
  endpoint: string;
  clientId: string;
  clientSecret: string;
  resource: string;
  /** Whether it is the benchmark's own sandbox, on which anything may be declared. */
  isSandbox: boolean;
  close(): Promise<void>;
}

const names = ["BENCH_LOGTO_ENDPOINT", "BENCH_LOGTO_CLIENT_ID", "BENCH_LOGTO_CLIENT_SECRET"];

/**
 * The Logto that the environment names, or else a sandbox.
 *
 * `BENCH_LOGTO_ENDPOINT`, and `BENCH_LOGTO_CLIENT_ID` and `BENCH_LOGTO_CLIENT_SECRET` of a machine-to-machine
 * application with access to the Management API; `BENCH_LOGTO_RESOURCE` if its indicator is not the default.
 */
export async function benchServer(project: string, env: NodeJS.ProcessEnv): Promise<BenchServer> {
  const missing = names.filter((name) => !env[name]);
  if (missing.length === names.length) return startSandbox(project);
  if (missing.length > 0)
    throw userError(`${missing.join(", ")} must be set as well, or none of ${names.join(", ")}`);
  const [endpoint, clientId, clientSecret] = names.map((name) => env[name] ?? "");
  return {
    endpoint: String(endpoint).replace(/(?<!\/)\/+$/, ""),
    clientId: String(clientId),
    clientSecret: String(clientSecret),
    resource: env["BENCH_LOGTO_RESOURCE"] ?? defaultResource,
    isSandbox: false,
    close: () => Promise.resolve(),
  };
}

/** Starts a sandbox with the code of the stack `local`, without the engine. */
async function startSandbox(project: string): Promise<BenchServer> {
  say("Starting Postgres and a sandbox …");
  const folder = `.logto-stack/bench-${process.pid}`;
  const cluster = path.join(project, folder, "postgres");
  const clientId = "infrastructure";
  const clientSecret = randomBytes(16).toString("hex");
  const server = { host: "127.0.0.1", port: await getPort() };
  const password = randomBytes(16).toString("hex");
  const owner = { ...server, database: "logto", user: "logto", password };
  const endpoint = `http://127.0.0.1:${await getPort()}`;
  const checked = await sandboxProvider.check(
    {},
    { directory: `${folder}/sandbox`, endpoint, databaseUrl: databaseUrl(owner) },
  );
  const inputs = checked.inputs as Parameters<typeof sandboxProvider.create>[0];
  const close = async () => {
    await sandboxProvider.delete(inputs.directory, inputs);
    await removeCluster(cluster);
    rmSync(path.join(project, folder), { recursive: true, force: true });
  };
  try {
    await startCluster({ directory: cluster, port: server.port }, password);
    await withDatabase(
      { ...server, database: "postgres", user: superuser, password },
      async (client) => {
        const quoted = client.escapeLiteral(password);
        await client.query(`create role logto login createrole password ${quoted}`);
        await client.query("create database logto owner logto");
      },
    );
    await seed(databaseUrl(owner));
    await giveAccess({ url: databaseUrl(owner), clientId, clientSecret });
    await sandboxProvider.create(inputs);
  } catch (error) {
    await close();
    throw error;
  }
  return { endpoint, clientId, clientSecret, resource: defaultResource, isSandbox: true, close };
}

async function giveAccess(access: {
  url: string;
  clientId: string;
  clientSecret: string;
}): Promise<void> {
  const values: Record<string, string> = {
    "logto:clientSecret": access.clientSecret,
    "logto:fingerprintKey": randomBytes(16).toString("hex"),
  };
  const get = (key: string) => values[key];
  accessProvider.configure?.({ config: { get, require: (key) => String(get(key)) } });
  const { inputs } = await accessProvider.check(
    {},
    { databaseUrl: access.url, clientId: access.clientId },
  );
  await accessProvider.create(inputs as Parameters<typeof accessProvider.create>[0]);
}
