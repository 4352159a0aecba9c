import { setTimeout as pause } from "node:timers/promises";
import { evaluateProvider } from "./provider";
import { type Options, type Sandbox, startSandboxProcess } from "./sandbox";

type Properties = Record<string, unknown>;

/** A resource as the engine would keep it: its id and its state, which every step replaces. */
export interface Tracked {
  id: string;
  state: Properties;
}

/** A sandbox, and the engine's part played by hand: check, diff, then the one call that follows from it. */
export interface LogtoForTests {
  sandbox: Sandbox;
  /** GETs, as anybody with the credential sees it. */
  get(path: string): Promise<Properties>;
  send(method: string, path: string, body?: unknown): Promise<Properties>;
  /** The writes to the Management API that `work` makes. */
  writesDuring(work: () => Promise<unknown>): Promise<string[]>;
  up(module: string, inputs: object, tracked?: Tracked): Promise<Tracked>;
  /** What a refresh finds; `undefined` when the object is gone. */
  refresh(module: string, tracked: Tracked): Promise<Tracked | undefined>;
  hasChanges(module: string, inputs: object, tracked: Tracked): Promise<boolean>;
  destroy(module: string, tracked: Tracked): Promise<void>;
  stop(): Promise<void>;
}

export async function startLogtoForTests(options: Options = {}): Promise<LogtoForTests> {
  const sandbox = await startSandboxProcess(options);
  const { clientId, clientSecret } = await sandbox.managementCredential();
  const configuration = {
    "logto:endpoint": sandbox.endpoint,
    "logto:clientId": clientId,
    "logto:clientSecret": clientSecret,
    "logto:fingerprintKey": "a-key-of-the-tests",
  };
  const provider = (module: string) =>
    evaluateProvider<Properties, Properties>(module, configuration);
  const checked = async (module: string, news: object, olds: object) => {
    const { inputs, failures } = await provider(module).check(olds, news);
    expect(failures).toBeUndefined();
    return inputs as Properties;
  };

  const send: LogtoForTests["send"] = async (method, path, body) => {
    const answer = await sandbox.request(method, path, body);
    expect(answer.status).toBeLessThan(300);
    return answer.body as Properties;
  };

  return {
    sandbox,
    send,
    get: (path) => send("GET", path),

    async writesDuring(work) {
      const before = (await settledWrites(sandbox)).length;
      await work();
      return (await settledWrites(sandbox)).slice(before);
    },

    async up(module, news, tracked) {
      const inputs = await checked(module, news, tracked?.state ?? {});
      if (tracked === undefined) {
        const { id, outs } = await provider(module).create(inputs);
        return { id, state: stored(outs) };
      }
      const { changes, replaces } = await provider(module).diff(tracked.id, tracked.state, inputs);
      expect(replaces ?? []).toEqual([]);
      if (changes !== true) return tracked;
      const { outs } = await provider(module).update(tracked.id, tracked.state, inputs);
      return { id: tracked.id, state: stored(outs) };
    },

    async refresh(module, { id, state }) {
      const live = await provider(module).read(id, state);
      if (live.id === "") return undefined;
      expect(live.inputs).toBeDefined();
      return { id: live.id, state: stored(live.props as Properties) };
    },

    async hasChanges(module, news, { id, state }) {
      const inputs = await checked(module, news, state);
      return (await provider(module).diff(id, state, inputs)).changes === true;
    },

    destroy: (module, { id, state }) => provider(module).delete(id, state),
    stop: () => sandbox.stop(),
  };
}

let marks = 0;

/** The writes so far. The log comes through a pipe, so this waits for a request of its own to show in it. */
export async function settledWrites(sandbox: Sandbox): Promise<string[]> {
  const path = `/api/mark-${(marks += 1)}`;
  await sandbox.request("GET", path);
  const deadline = Date.now() + 5_000;
  while (!sandbox.log().some((line) => line.path === path)) {
    if (Date.now() > deadline) throw new Error(`${path} does not show in the sandbox's log`);
    await pause(10);
  }
  return sandbox.writes().map((line) => `${line.method ?? ""} ${line.path ?? ""}`);
}

/** What the engine's protocol makes of a state; it fails on `undefined`, so this does too. */
function stored(state: Properties): Properties {
  const hasGap = (value: unknown): boolean =>
    value === undefined ||
    (typeof value === "object" && value !== null && Object.values(value).some(hasGap));
  expect(hasGap(state)).toBe(false);
  return structuredClone(state);
}
