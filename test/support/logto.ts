import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { StackContent } from "../../tools/review/secrets";
import { hasChanges, refresh, type Tracked, up } from "./engine";
import { evaluateProvider } from "./provider";
import { type Options, type Sandbox, startSandboxProcess } from "./sandbox";

type Properties = Record<string, unknown>;

/** A sandbox, and the engine's part played by hand on resources of it. */
export interface LogtoForTests {
  sandbox: Sandbox;
  /** Where it is and the credential for it, as the tools read them of a stack. */
  stackConfiguration: StackContent["configuration"];
  /** What the resources have warned of so far. */
  warnings: string[];
  /** GETs, as anybody with the credential sees it. */
  get(path: string): Promise<Properties>;
  send(method: string, path: string, body?: unknown): Promise<Properties>;
  /** The requests to the Management API so far. */
  settledRequests(): Promise<string[]>;
  /** The writes to the Management API that `work` makes. */
  writesDuring(work: () => Promise<unknown>): Promise<string[]>;
  up(type: string, inputs: object, tracked?: Tracked): Promise<Tracked>;
  /** The same of many in one run, all at once; those that are there go by their place in the list. */
  upAll(type: string, inputs: object[], tracked?: Tracked[]): Promise<Tracked[]>;
  /** What a refresh finds; `undefined` when the object is gone. */
  refresh(type: string, tracked: Tracked): Promise<Tracked | undefined>;
  refreshAll(type: string, tracked: Tracked[]): Promise<(Tracked | undefined)[]>;
  hasChanges(type: string, inputs: object, tracked: Tracked): Promise<boolean>;
  destroy(type: string, tracked: Tracked): Promise<void>;
  destroyAll(type: string, tracked: Tracked[]): Promise<void>;
  stop(): Promise<void>;
}

/** @param options.through what stands between the resources and the sandbox, by its address */
export async function startLogtoForTests({
  through = (endpoint) => Promise.resolve(endpoint),
  ...options
}: Options & { through?: (endpoint: string) => Promise<string> } = {}): Promise<LogtoForTests> {
  const warnings: string[] = [];
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    warnings.push(message);
    return Promise.resolve();
  });
  const sandbox = await startSandboxProcess(options);
  const { clientId, clientSecret } = await sandbox.managementCredential();
  const configuration = {
    "logto:endpoint": await through(sandbox.endpoint),
    "logto:clientId": clientId,
    "logto:clientSecret": clientSecret,
    "logto:fingerprintKey": "a-key-of-the-tests",
  };
  /** A run: the engine evaluates a provider once in it. */
  const newRun = (type: string) => evaluateProvider<Properties, Properties>(type, configuration);

  const send: LogtoForTests["send"] = async (method, path, body) => {
    const answer = await sandbox.request(method, path, body);
    if (answer.status >= 300) {
      throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    }
    return answer.body as Properties;
  };

  return {
    sandbox,
    warnings,
    stackConfiguration: Object.fromEntries(
      Object.entries(configuration).map(([key, value]) => [key, { value, secret: false }]),
    ),
    send,
    get: (path) => send("GET", path),

    async writesDuring(work) {
      const before = (await settledWrites(sandbox)).length;
      await work();
      return (await settledWrites(sandbox)).slice(before);
    },

    settledRequests: () => settledRequests(sandbox),
    up: (type, news, tracked) => up(newRun(type), news, tracked),
    refresh: (type, tracked) => refresh(newRun(type), tracked),
    destroy: (type, { id, state }) => newRun(type).delete(id, state),

    upAll(type, all, tracked = []) {
      const run = newRun(type);
      return Promise.all(all.map((news, index) => up(run, news, tracked[index])));
    },
    refreshAll(type, tracked) {
      const run = newRun(type);
      return Promise.all(tracked.map((one) => refresh(run, one)));
    },
    async destroyAll(type, tracked) {
      const run = newRun(type);
      await Promise.all(tracked.map(({ id, state }) => run.delete(id, state)));
    },

    hasChanges: (type, news, tracked) => hasChanges(newRun(type), news, tracked),

    stop: () => sandbox.stop(),
  };
}

let marks = 0;

/** The writes so far. */
export async function settledWrites(sandbox: Sandbox): Promise<string[]> {
  return (await settledRequests(sandbox)).filter((line) => !line.startsWith("GET"));
}

/** The log comes through a pipe, so this waits for a request of its own to show in it. */
async function settledRequests(sandbox: Sandbox): Promise<string[]> {
  const path = `/api/mark-${(marks += 1)}`;
  await sandbox.request("GET", path);
  const deadline = Date.now() + 5_000;
  while (!sandbox.log().some((line) => line.path === path)) {
    if (Date.now() > deadline) throw new Error(`${path} does not show in the sandbox's log`);
    await pause(10);
  }
  return sandbox
    .log()
    .filter((line) => line.path?.startsWith("/api") && !line.path.startsWith("/api/mark-"))
    .map((line) => `${line.method ?? ""} ${line.path ?? ""}`);
}
