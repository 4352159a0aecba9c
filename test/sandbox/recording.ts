import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

/** Has the form of a real key, which is why none is written down anywhere. */
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

/** What a real Logto server was asked and answered over its Management API. */
export function recordedScenarios(
  namesBegin: string[],
  recording:
    "management-api.json" | "management-api-2.json" | "sso-idp.json" = "management-api.json",
): Scenario[] {
  const scenarios = read(recording) as Scenario[];
  return scenarios.filter(({ name }) => namesBegin.some((begin) => name.startsWith(begin)));
}

export interface SignInStep {
  step: string;
  request: Record<string, string>;
  status: number;
  headers: Record<string, string>;
  body: unknown;
}

export interface SignInRecording {
  flows: { flow: string; steps: SignInStep[] }[];
  /** The requests that the connector sent, one for each code in the flows. */
  mails: { method: string; path: string; headers: Record<string, string>; body: MailBody }[];
}

interface MailBody {
  personalizations: { to: { email: string }[] }[];
}

/** People's whole way through a real Logto server, and the mails that it sent for it. */
export function recordedSignIns(): SignInRecording {
  return read("sign-in.json") as SignInRecording;
}

/** Where the recorded identity provider listened, and where nothing did, as names. */
const recordedAddresses = {
  "http://127.0.0.1:15090": "${identityProvider}",
  "http://127.0.0.1:15091": "${noOne}",
};

/** The recording itself where it is, else our copy. */
function read(name: string): unknown {
  const original = path.resolve("../shared/recordings", name);
  const file = existsSync(original) ? original : path.resolve("test/recordings", name);
  const text = Object.entries({ ...recordedAddresses, "${apiKey}": apiKey }).reduce(
    (replaced, [recorded, ours]) => replaced.replaceAll(recorded, ours),
    readFileSync(file, "utf8"),
  );
  return JSON.parse(text);
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
  // What expires does so years after it was made.
  if (recorded === "<timestamp>" && where.endsWith(".expiresAt") && isLater(actual)) return [];
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
  return typeof actual === "string" && part.test(kind) && patternOf(kind).test(actual);
}

function isLater(actual: unknown): boolean {
  return typeof actual === "number" && actual > Date.now();
}

/** What stands in a text for a part of it that is another each time. */
const part =
  /<((?:id|secret):\d+|6 digits|html|value|appId|interaction|code|access_token|id_token|refresh_token)>/;

function patternOf(kind: string): RegExp {
  const pattern = kind
    .split(part)
    .map((text, index) => (index % 2 === 0 ? escape(text) : charactersOf(text)));
  return new RegExp(`^${pattern.join("")}$`, "s");
}

function charactersOf(name: string): string {
  const [what, length] = name.split(":");
  switch (what) {
    case "id":
      return `[0-9a-z]{${length}}`;
    case "secret":
      return `[0-9A-Za-z]{${length}}`;
    case "6 digits":
      return "\\d{6}";
    case "html":
      return "<!doctype html>.*";
    case "value":
      return ".+?";
    default:
      return "[\\w.-]+";
  }
}

function escape(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** Lists too: they are equal where they are as long, and equal item by item. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}
