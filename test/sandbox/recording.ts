import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Of the form of a real key, which is why none is written down anywhere. */
const apiKey = `SG.${"a".repeat(22)}.${"b".repeat(43)}`;

export interface Exchange {
  request: { method: string; path: string; body?: unknown; auth?: string };
  response: { status: number; headers?: Record<string, string>; body?: unknown };
  /** Names for values of the answer, by their path in it. */
  capture?: Record<string, string>;
}

export interface Scenario {
  name: string;
  steps: Exchange[];
}

/** What a real Logto server was asked and answered: the recording itself where it is, else our copy. */
export function recordedScenarios(namesBegin: string[]): Scenario[] {
  const original = path.resolve("../shared/recordings/management-api.json");
  const file = existsSync(original)
    ? original
    : path.resolve("test/recordings/management-api.json");
  const text = readFileSync(file, "utf8").replaceAll("${apiKey}", apiKey);
  const scenarios = JSON.parse(text) as Scenario[];
  return scenarios.filter(({ name }) => namesBegin.some((begin) => name.startsWith(begin)));
}

/** The names `${x}` of a scenario and what they stand for. */
export type Names = Map<string, unknown>;

export function withNames<Value>(value: Value, names: Names): Value {
  const { filled } = JSON.parse(
    JSON.stringify({ filled: value }, (_key, part: unknown) =>
      typeof part === "string" ? replaceNames(part, names) : part,
    ),
  ) as { filled: Value };
  return filled;
}

export function replaceNames(text: string, names: Names): string {
  return text.replaceAll(/\$\{(\w+)\}/g, (whole, name: string) =>
    names.has(name) ? String(names.get(name)) : whole,
  );
}

export function capture({ capture: wanted = {} }: Exchange, body: unknown, names: Names): void {
  for (const [name, where] of Object.entries(wanted)) {
    names.set(
      name,
      where.split(".").reduce<unknown>((part, key) => (part as never)[key], body),
    );
  }
}

/**
 * Where the answer differs from what was recorded, each difference by its path. Objects are equal key by
 * key whatever their order, lists keep theirs; what is in angle brackets stands for values of a kind.
 */
export function differences(actual: unknown, recorded: unknown, where = "body"): string[] {
  if (typeof recorded === "string" && isOfKind(actual, recorded)) return [];
  if (isObject(actual) && isObject(recorded) && Array.isArray(actual) === Array.isArray(recorded)) {
    const keys = new Set([...Object.keys(actual), ...Object.keys(recorded)]);
    return [...keys].flatMap((key) => differences(actual[key], recorded[key], `${where}.${key}`));
  }
  return Object.is(actual, recorded)
    ? []
    : [`${where}: recorded ${JSON.stringify(recorded)}, answered ${JSON.stringify(actual)}`];
}

function isOfKind(actual: unknown, kind: string): boolean {
  if (kind === "<any>") return actual !== undefined;
  if (kind === "<timestamp>") {
    return typeof actual === "number" && Math.abs(Date.now() - actual) < 3_600_000;
  }
  const [, what, length] = /^<(id|secret):(\d+)>$/.exec(kind) ?? [];
  if (what === undefined) return false;
  const letters = what === "id" ? "[0-9a-z]" : "[0-9A-Za-z]";
  return typeof actual === "string" && new RegExp(`^${letters}{${length}}$`).test(actual);
}

/** Lists too: they are equal where they are as long, and equal item by item. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
