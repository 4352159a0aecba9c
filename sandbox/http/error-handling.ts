import { ConnectorError, ConnectorErrorCodes } from "@logto/connector-kit";
import Koa, { type Middleware } from "koa";
import { errorLanguages, LogtoError } from "../errors";
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
        context.body = error.bodyIn(context.acceptsLanguages(...errorLanguages) || "en");
      } else if (error instanceof MalformedBody) {
        context.status = 400;
        context.body = { message: error.message };
      } else if (isHttpError(error)) {
        throw error;
      } else {
        logUnexpected(error, { method: context.method, path: context.path });
        context.status = 500;
        context.body = { message: "Internal server error." };
      }
    }
  };
}

/** By its form: libraries bring their own version of the class. */
function isHttpError(error: unknown): boolean {
  const { status, expose } = (error ?? {}) as { status?: unknown; expose?: unknown };
  return error instanceof Koa.HttpError || (typeof status === "number" && expose === true);
}

function translate(error: unknown): unknown {
  if (error instanceof ConnectorError) {
    return refusalOfConnector(error);
  }
  return refusalOfDatabase(error) ?? error;
}

function refusalOfConnector({ code, data }: ConnectorError): LogtoError {
  const shown = data instanceof Error && !hasIssues(data) ? withoutItsRequest(data) : data;
  const { errorDescription } = (data ?? {}) as { errorDescription?: unknown };
  return new LogtoError(`connector.${code}`, {
    status: statusOf(code),
    // What went wrong in the connector's words if it has any, and else all that it handed on.
    values: {
      errorDescription:
        typeof errorDescription === "string" ? errorDescription : JSON.stringify(shown),
    },
    data: shown,
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

/** A config that the connector's guard refused. */
function hasIssues(error: Error): boolean {
  return "issues" in error;
}

/**
 * A request that got no answer. As JSON an error loses its message, which is all that says what is wrong, and
 * may hold the request, whose headers no answer should.
 */
function withoutItsRequest(error: Error): Record<string, unknown> {
  return { name: error.name, code: (error as NodeJS.ErrnoException).code, message: error.message };
}
