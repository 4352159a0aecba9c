import { bodyParser } from "@koa/bodyparser";
import type { Middleware } from "koa";

/** A body that is no JSON. Logto answers it without a code. */
export class MalformedBody extends Error {}

/** Reads JSON and form bodies into `context.request.body`. */
export function parseBody(): Middleware {
  return bodyParser({
    enableTypes: ["json", "form"],
    parsedMethods: ["POST", "PUT", "PATCH"],
    onError(error, context) {
      if (error instanceof SyntaxError) {
        const text = (error as { body?: unknown }).body;
        throw new MalformedBody(withLineAndColumn(error.message, String(text)));
      }
      context.throw((error as { status?: number }).status ?? 400, error.message);
    },
  }) as Middleware;
}

/** Node 20's parser names the position only; Node 22's, which Logto runs on, the line and column too. */
function withLineAndColumn(message: string, text: string): string {
  const position = /at position (\d+)$/.exec(message)?.[1];
  if (position === undefined) return message;
  const lines = text.slice(0, Number(position)).split("\n");
  return `${message} (line ${lines.length} column ${(lines.at(-1) ?? "").length + 1})`;
}
