import type { RouterContext } from "@koa/router";
import type { Context } from "koa";
import type { z } from "zod";
import { LogtoError } from "../errors";

/** The request's body as the guard wants it: keys that the guard does not know are dropped. */
export function guardBody<Guard extends z.ZodTypeAny>(
  context: Context,
  guard: Guard,
): z.output<Guard> {
  return parse("body", guard, context.request.body ?? {});
}

/** The same for the query. A key given twice is a list. */
export function guardQuery<Guard extends z.ZodTypeAny>(
  context: Context,
  guard: Guard,
): z.output<Guard> {
  return parse("query", guard, context.query);
}

/** The same for what the path names. */
export function guardParams<Guard extends z.ZodTypeAny>(
  context: RouterContext,
  guard: Guard,
): z.output<Guard> {
  return parse("params", guard, context.params);
}

function parse<Guard extends z.ZodTypeAny>(
  type: string,
  guard: Guard,
  data: unknown,
): z.output<Guard> {
  const parsed = guard.safeParse(data);
  if (!parsed.success) {
    throw new LogtoError("guard.invalid_input", { values: { type }, data: parsed.error });
  }
  return parsed.data as z.output<Guard>;
}
