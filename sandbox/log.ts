import { stripVTControlCharacters } from "node:util";

type Level = "info" | "error";

/** Writes one line of JSON to the standard output. Never give it bodies, headers or secrets. */
export function log(level: Level, message: string, fields: Record<string, unknown> = {}): void {
  write({ level, message, ...fields });
}

/** An unexpected error. A database error's detail can quote a row, so only its stack is kept. */
export function logUnexpected(error: unknown, fields: Record<string, unknown> = {}): void {
  const stack = error instanceof Error ? error.stack : String(error);
  write({ level: "error", message: "unexpected error", ...fields, stack });
}

/** One answered request. The path comes without its query, which can hold anything. */
export function logRequest(request: {
  method: string;
  path: string;
  status: number;
  milliseconds: number;
}): void {
  write({ level: "info", ...request });
}

/** Libraries warn through the console; the log holds lines of JSON and nothing else. */
export function logWhatLibrariesSay(): void {
  for (const method of ["log", "info", "warn", "error"] as const) {
    console[method] = (...parts: unknown[]) =>
      log(method === "error" ? "error" : "info", stripVTControlCharacters(parts.join(" ")));
  }
}

function write(line: Record<string, unknown>): void {
  process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), ...line })}\n`);
}
