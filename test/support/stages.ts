import { type FaultProxy, startFaultProxy } from "./fault-proxy";
import { type PlayedKind, playedKinds } from "./kinds";
import { type LogtoForTests, startLogtoForTests } from "./logto";

/** A Logto behind a proxy that does to requests what networks and servers do, with what the kinds' values refer to. */
export interface Stage {
  logto: LogtoForTests;
  proxy: FaultProxy;
  kinds: PlayedKind[];
}

/**
 * Stages for tests that run at once: each has one to itself while it plays, and leaves it to the next one if it did not
 * fail. There are no more than tests run at once.
 */
export function stages() {
  const free: Stage[] = [];

  return {
    async play<Result>(work: (stage: Stage) => Promise<Result>): Promise<Result> {
      const stage = free.pop() ?? (await open());
      try {
        const result = await work(stage);
        free.push(stage);
        return result;
      } catch (error) {
        await close(stage);
        throw error;
      }
    },
    async stop() {
      await Promise.all(free.splice(0).map(close));
    },
  };
}

async function open(): Promise<Stage> {
  let proxy: FaultProxy | undefined;
  const logto = await startLogtoForTests({
    through: async (endpoint) => {
      proxy = await startFaultProxy(endpoint);
      return proxy.endpoint;
    },
  });
  return { logto, proxy: proxy as unknown as FaultProxy, kinds: await playedKinds(logto) };
}

async function close({ logto, proxy }: Stage): Promise<void> {
  await logto.stop();
  await proxy.stop();
}
