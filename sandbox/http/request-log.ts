import type { Middleware } from "koa";
import { logRequest } from "../log";

/** One line for each request, written when its answer is complete, or the client has gone. */
export function logRequests(): Middleware {
  return async (context, next) => {
    const start = performance.now();
    const path = context.path;
    context.res.once("close", () =>
      logRequest({
        method: context.method,
        path,
        status: context.res.statusCode,
        milliseconds: Math.round(performance.now() - start),
      }),
    );
    await next();
  };
}
