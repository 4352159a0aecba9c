import { mkdirSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { type Figure, measureAll } from "../bench/benchmark";
import { pictureOf } from "../bench/picture";
import { type BenchmarkResult, tableOf } from "../bench/report";
import { summaryOf } from "../bench/rounds";
import { benchServer } from "../bench/server";
import { prepareTools, say } from "../engine/tools";
import { parsedArguments, usageOf } from "./usage";

/**
 * `npm run bench -- [--sizes 1,50,500] [--rounds N] [--json FILE] [--picture FILE]`: how long the engine takes
 * for applications, compared with empty resources and with a bare client that sends the same requests.
 *
 * A round is the whole life of a stack; the median of the rounds is shown. Without `--rounds` there are three, or
 * one for sizes that take minutes ({@link large}).
 *
 * It runs on a sandbox of its own, or on the Logto that {@link benchServer} finds in the environment. There it
 * creates applications and removes them again. Figures are comparable within a run, but not with those of another
 * machine, or of the same machine when it is busy.
 */
export async function main(args: string[]): Promise<number> {
  const project = process.cwd();
  const { sizes, rounds, json, picture } = parse(args);
  const tools = await prepareTools({ project, env: process.env, isThorough: false });
  const server = await benchServer(project, process.env);
  const result: BenchmarkResult = {
    environment: {
      node: process.version,
      engine: tools.engine.version,
      processors: os.availableParallelism(),
      server: server.isSandbox ? "sandbox" : "given",
      date: new Date().toISOString().slice(0, 10),
    },
    figures: [],
  };
  const interrupt = new AbortController();
  const abort = () => interrupt.abort();
  for (const signal of signals) process.on(signal, abort);
  try {
    for (const count of sizes) {
      const options = { project, tools, server, signal: interrupt.signal };
      const { figures } = result;
      const lives: Figure[][] = [];
      const total = rounds ?? (count < large ? 3 : 1);
      while (lives.length < total) {
        const round = total > 1 ? `, round ${lives.length + 1} of ${total}` : "";
        say(`${count} application${count === 1 ? "" : "s"}${round}:`);
        lives.push(await measureAll(options, count));
        result.figures = [...figures, ...summaryOf(lives)];
        // Written after each round, so that an interrupt loses no earlier figures.
        keep(project, json, `${JSON.stringify(result, null, 2)}\n`);
      }
    }
  } finally {
    await server.close();
    for (const signal of signals) process.off(signal, abort);
  }
  process.stdout.write(`${tableOf(result.figures)}\n`);
  say(`The figures are in ${json}.`);
  if (picture !== undefined) keep(project, picture, pictureOf(result));
  return 0;
}

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** With this number of applications or more, a round takes minutes. */
const large = 500;

interface Options {
  sizes: number[];
  /** Rounds per size. */
  rounds?: number;
  /** Path of the file for the figures, from the project's root. */
  json: string;
  picture?: string;
}

const usual = { sizes: "1,50,500", json: ".logto-stack/bench.json" };

const usage = usageOf("bench", "[--sizes 1,50,500] [--rounds N] [--json FILE] [--picture FILE]");

export function parse(args: string[]): Options {
  const text = { type: "string" } as const;
  const { values } = parsedArguments(
    { args, options: { sizes: text, rounds: text, json: text, picture: text } },
    usage,
  );
  const sizes = (values.sizes ?? usual.sizes).split(",").map(Number);
  const isSize = (size: number) => Number.isInteger(size) && size >= 1 && size <= 10_000;
  if (!sizes.every(isSize))
    throw usage(`--sizes ${values.sizes ?? ""}: expected numbers, 1 to 10000`);
  const rounds = Number(values.rounds ?? 1);
  if (!(Number.isInteger(rounds) && rounds >= 1 && rounds <= 99))
    throw usage(`--rounds ${values.rounds ?? ""}: expected a number, 1 to 99`);
  return {
    sizes,
    json: values.json ?? usual.json,
    ...(values.rounds !== undefined && { rounds }),
    ...(values.picture !== undefined && { picture: values.picture }),
  };
}

function keep(project: string, file: string, text: string): void {
  const place = path.resolve(project, file);
  mkdirSync(path.dirname(place), { recursive: true });
  writeFileSync(place, text);
}
