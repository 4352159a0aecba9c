import { defaultParallel } from "../../infra/logto/connection";
import { compareWithServer } from "../review/drift";
import { readStack } from "../review/secrets";
import { say, type Tools } from "../engine/tools";
import { bareClient } from "./bare-client";
import { EngineProject, type Measured, type Program, stack } from "./engine-project";
import { type Recorded, startRecordingProxy } from "./recording-proxy";
import type { BenchServer } from "./server";

/** The measured operations, in the order of a stack's life. */
export const operations = [
  "create",
  "no-op preview",
  "no-op with refresh",
  "drift check",
  "update all",
  "destroy",
] as const;
export type Operation = (typeof operations)[number];

/** The measurement of one operation with one number of applications. */
export interface Figure {
  operation: Operation;
  count: number;
  /** The number of rounds behind the figure. */
  rounds: number;
  seconds: number;
  /** Requests to the Management API. */
  requests: number;
  /** The most memory that the providers' process used. */
  megabytes?: number;
  /** Time of the engine with the same number of resources that do nothing. */
  idleSeconds?: number;
  /** Time of a bare client for the same requests, with equal concurrency. */
  bareSeconds: number;
  /** Like `idleSeconds`, but with a provider that the SDK serialises. */
  serialisedSeconds?: number;
}

const commands: Record<Exclude<Operation, "drift check">, string[]> = {
  create: ["up", "--yes", "--skip-preview"],
  "no-op preview": ["preview"],
  "no-op with refresh": ["preview", "--refresh"],
  "update all": ["up", "--yes", "--skip-preview"],
  destroy: ["destroy", "--yes", "--skip-preview"],
};

/** Operations whose time depends on what the state holds for each resource. */
const serialisedIn: readonly Operation[] = ["create", "no-op preview"];

export interface BenchmarkOptions {
  project: string;
  tools: Tools;
  server: BenchServer;
  /** Stops the measurement; everything that was declared is destroyed all the same. */
  signal: AbortSignal;
}

/**
 * Takes a stack with this many applications through its life and measures each step. Right before or after a step
 * it measures the floors on the same machine: the engine without work to do, and the work without the engine.
 *
 * At the end, also after a failure, everything that was declared is destroyed.
 */
export async function measureAll(options: BenchmarkOptions, count: number): Promise<Figure[]> {
  const { project, tools, server, signal } = options;
  const proxy = await startRecordingProxy(server.endpoint);
  const bare = bareClient(proxy.endpoint, server, defaultParallel);
  const secrets = [server.clientSecret];
  const projects = (["idle", "serialised", "applications"] as const).map(
    (program) => new EngineProject(project, tools, program, { secrets, signal }),
  );
  const [idle, serialised, applications] = projects as [
    EngineProject,
    EngineProject,
    EngineProject,
  ];
  const steps: { figure: Omit<Figure, "bareSeconds">; recorded: Recorded[] }[] = [];
  try {
    for (const one of projects) {
      await one.init(settingsFor(server, proxy.endpoint, count), {
        "logto:clientSecret": server.clientSecret,
        "logto:fingerprintKey": server.clientSecret,
      });
    }
    for (const operation of operations) {
      if (operation === "update all")
        for (const one of projects) await one.set("bench:revision", "2");
      const took = async (one: EngineProject) => {
        const measured = await measure(one, operation);
        say(`  ${operation}, ${count} × ${nouns[one.program]}: ${measured.seconds.toFixed(1)} s`);
        return measured;
      };
      const isOfEngine = operation !== "drift check";
      const idleSeconds = isOfEngine ? (await took(idle)).seconds : undefined;
      const serialisedSeconds = serialisedIn.includes(operation)
        ? (await took(serialised)).seconds
        : undefined;
      proxy.take();
      const { seconds, megabytes } = await took(applications);
      const recorded = proxy.take();
      const figure = {
        ...{ operation, count, rounds: 1, seconds, requests: recorded.length },
        ...(megabytes !== undefined && { megabytes }),
        ...(idleSeconds !== undefined && { idleSeconds }),
        ...(serialisedSeconds !== undefined && { serialisedSeconds }),
      };
      steps.push({ figure, recorded });
    }
    say("  the same requests by a bare client …");
    // It comes last, as it creates objects of its own and removes them again.
    const figures: Figure[] = [];
    for (const { figure, recorded } of steps) {
      const begun = performance.now();
      await bare(recorded);
      figures.push({ ...figure, bareSeconds: (performance.now() - begun) / 1000 });
    }
    return figures;
  } finally {
    const isLeft = steps.length < operations.length;
    if (isLeft) await applications.destroy().catch((error: unknown) => say(String(error)));
    for (const one of projects) one.remove();
    await proxy.close();
  }
}

const nouns: Record<Program, string> = {
  applications: "application",
  idle: "nothing",
  serialised: "nothing, serialised",
};

function settingsFor(
  { clientId, resource, isSandbox }: BenchServer,
  endpoint: string,
  count: number,
): Record<string, string> {
  return {
    "logto:endpoint": endpoint,
    "logto:clientId": clientId,
    "logto:resource": resource,
    "bench:count": String(count),
    "bench:revision": "1",
    "bench:isSandbox": String(isSandbox),
  };
}

async function measure(one: EngineProject, operation: Operation): Promise<Measured> {
  if (operation !== "drift check") return one.measure(commands[operation]);
  const begun = performance.now();
  await compareWithServer(await readStack(one.reader(), stack), stack);
  return { seconds: (performance.now() - begun) / 1000 };
}
