import { readFileSync } from "node:fs";
import path from "node:path";

type Values = Record<string, unknown>;

export type PureMethod = "Check" | "Diff" | "CheckConfig";

/** Of what a plugin did on an engine. */
export interface StateCall {
  recording: string;
  type: string;
  name: string;
  request: { preview?: boolean; properties?: Values; inputs?: Values; olds?: Values; news?: Values };
  response?: { properties?: Values; inputs?: Values };
}

/** A call of the engine, as it went to a plugin. */
export interface Call {
  method: PureMethod;
  type: string;
  name: string;
  request: {
    id?: string;
    olds: Values;
    news: Values;
    oldInputs?: Values;
    ignoreChanges?: string[];
    randomSeed?: string;
  };
}

/** A plugin's answer, without what is empty in it. */
export interface Answer {
  response?: {
    inputs?: Values;
    failures?: { reason: string; property?: string }[];
    changes?: string;
    diffs?: string[];
    replaces?: string[];
    stables?: string[];
    deleteBeforeReplace?: boolean;
    detailedDiff?: Record<string, { kind?: string; inputDiff?: boolean }>;
    hasDetailedDiff?: boolean;
  };
  error?: { code: number; message: string };
}

/** The recorded calls of a plugin, with what it answered and the name of the recording. */
export function readRecordings(
  plugin: string,
  methods: readonly PureMethod[],
): (Call & Answer & { recording: string })[] {
  const file = path.join(__dirname, `${plugin}.json`);
  const { bases, recordings } = JSON.parse(readFileSync(file, "utf8")) as Packed;
  return recordings.flatMap(({ name: recording, calls }) =>
    calls
      .filter(({ method }) => (methods as readonly string[]).includes(method))
      .map((call) => {
        const request = unpack(call.request, bases, {});
        const response = call.response && unpack(call.response, bases, request);
        return { ...call, recording, request, response } as unknown as Call &
          Answer & { recording: string };
      }),
  );
}

/** The recorded calls of a plugin that left or read a state, but those of previews. */
export function readStates(plugin: string, method: "Create" | "Read" | "Update"): StateCall[] {
  const calls = readRecordings(plugin, [method as unknown as PureMethod]) as unknown as StateCall[];
  return calls.filter(({ request }) => request.preview !== true);
}

interface Packed {
  bases: Record<string, unknown>;
  recordings: {
    name: string;
    calls: { method: string; request: Values; response?: Values }[];
  }[];
}

/**
 * A request or an answer in full. In the file `{ $of: N, $not: names, …others }` is the base N with `others` and
 * without `names`, `$in` among the others changes an object of the base in the same way, and
 * `{ $as: name }` is the property of the request, or of the same part, that has that name.
 */
function unpack(packed: Values, bases: Record<string, unknown>, request: Values): Values {
  const whole = Object.fromEntries(
    Object.entries(packed).map(([name, value]) => {
      const base = referredTo(value, "$of");
      return [name, base === undefined ? value : withBase(bases[base], value as Values)];
    }),
  );
  return Object.fromEntries(
    Object.entries(whole).map(([name, value]) => {
      const other = referredTo(value, "$as");
      return [name, other === undefined ? value : (request[other] ?? whole[other])];
    }),
  );
}

function withBase(base: unknown, { $of: _, ...others }: Values): unknown {
  return Array.isArray(base) ? base : changed(base as Values, others);
}

function changed(base: Values, { $not = [], ...others }: Values): Values {
  const names = $not as string[];
  const made = Object.entries({ ...base, ...others }).map(([name, value]) => {
    const inner = name in others && isValues(value) ? value["$in"] : undefined;
    return [name, inner === undefined ? value : changed(base[name] as Values, inner as Values)];
  });
  return Object.fromEntries(made.filter(([name]) => !names.includes(String(name)))) as Values;
}

function isValues(value: unknown): value is Values {
  return typeof value === "object" && value !== null;
}

/** The name of what stands in the value's place. */
function referredTo(value: unknown, key: "$of" | "$as"): string | undefined {
  const name = isValues(value) ? value[key] : undefined;
  return typeof name === "string" || typeof name === "number" ? name.toString() : undefined;
}
