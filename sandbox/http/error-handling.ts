import { ConnectorError, ConnectorErrorCodes } from "@logto/connector-kit";
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
    return refusalOfConnector(error);
  }
  return refusalOfDatabase(error) ?? error;
}

function refusalOfConnector({ code, data }: ConnectorError): LogtoError {
  const { errorDescription } = (data ?? {}) as { errorDescription?: unknown };
  return new LogtoError(`connector.${code}`, {
    status: statusOf(code),
    // Logto's text ends there where the connector has no description of its own: what went wrong is in `data`.
    values: {
      errorDescription: typeof errorDescription === "string" ? `\n${errorDescription}` : "",
    },
    data: isFailedRequest(data) ? { ...data, message: data.message } : data,
  });
}

function statusOf(code: ConnectorErrorCodes): number {
  switch (code) {
    case ConnectorErrorCodes.SocialAuthCodeInvalid:
    case ConnectorErrorCodes.SocialAccessTokenInvalid:
    case ConnectorErrorCodes.SocialIdTokenInvalid:
    case ConnectorErrorCodes.AuthorizationFailed:
      return 401;
    case ConnectorErrorCodes.RateLimitExceeded:
    case ConnectorErrorCodes.UsageLimitExceeded:
      return 429;
    case ConnectorErrorCodes.NotImplemented:
      return 501;
    default:
      return 400;
  }
}

/** A request that got no answer. Its message is lost in JSON, and is all that says what is wrong. */
function isFailedRequest(data: unknown): data is Error {
  return data instanceof Error && data.name === "RequestError";
}
