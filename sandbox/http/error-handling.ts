import { ConnectorError } from "@logto/connector-kit";
import Koa, { type Middleware } from "koa";
import { LogtoError } from "../errors";
import { logUnexpected } from "../log";
import { MalformedBody } from "./body";
import { refusalOfDatabase } from "./database-errors";

/** Turns whatever a route throws into an answer of Logto's form. */
export function handleErrors(): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (thrown) {
      const error = translate(thrown);
      if (error instanceof LogtoError) {
        context.status = error.status;
        context.body = error.body;
      } else if (error instanceof MalformedBody) {
        context.status = 400;
        context.body = { message: error.message };
      } else if (error instanceof Koa.HttpError) {
        throw error;
      } else {
        logUnexpected(error, { method: context.method, path: context.path });
        context.status = 500;
        context.body = { message: "Internal server error." };
      }
    }
  };
}

function translate(error: unknown): unknown {
  if (error instanceof ConnectorError) {
    return new LogtoError(`connector.${error.code}`, { data: error.data });
  }
  return refusalOfDatabase(error) ?? error;
}
