import { AsyncLocalStorage } from "node:async_hooks";
import { setTimeout as pause } from "node:timers/promises";
import * as pulumi from "@pulumi/pulumi";
import type { StackContent } from "../../tools/review/secrets";
import { hasChanges, refresh, type Run, type Tracked, up } from "./engine";
import { newProviderOf } from "./provider";
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

/** Where the warnings of the call that is under way go: each Logto's own, if a test has several at work. */
const warningsOfCall = new AsyncLocalStorage<string[]>();

/** @param options.through what stands between the resources and the sandbox, by its address */
export async function startLogtoForTests({
  through = (endpoint) => Promise.resolve(endpoint),
  ...options
}: Options & { through?: (endpoint: string) => Promise<string> } = {}): Promise<LogtoForTests> {
  const warnings: string[] = [];
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    (warningsOfCall.getStore() ?? warnings).push(message);
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
  /** What `work` does in a run of its own: the engine evaluates a provider once in it. */
  const inRun = <Result>(type: string, work: (run: Run) => Promise<Result>): Promise<Result> =>
    warningsOfCall.run(warnings, () =>
      work(newProviderOf<Properties, Properties>(type, configuration)),
    );

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
    up: (type, news, tracked) => inRun(type, (run) => up(run, news, tracked)),
    refresh: (type, tracked) => inRun(type, (run) => refresh(run, tracked)),
    destroy: (type, { id, state }) => inRun(type, (run) => run.delete(id, state)),

    upAll: (type, all, tracked = []) =>
      inRun(type, (run) => Promise.all(all.map((news, index) => up(run, news, tracked[index])))),
    refreshAll: (type, tracked) =>
      inRun(type, (run) => Promise.all(tracked.map((one) => refresh(run, one)))),
    async destroyAll(type, tracked) {
      await inRun(type, (run) =>
        Promise.all(tracked.map(({ id, state }) => run.delete(id, state))),
      );
    },

    hasChanges: (type, news, tracked) => inRun(type, (run) => hasChanges(run, news, tracked)),

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
