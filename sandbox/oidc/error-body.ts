import type { Middleware } from "koa";
import { errors } from "oidc-provider";
import { hasMessage, messageOf } from "../errors";

/**
 * Gives the errors of `oidc-provider` the form of Logto's: `code` and `message` next to the `error` and
 * `error_description` of OAuth.
 */
export function describeOidcErrors(): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof errors.OIDCProviderError)) throw error;
      context.status = error.statusCode;
      context.body = { error: error.message, error_description: error.error_description };
    }
    const { body, status } = context as { body: unknown; status: number };
    if (status >= 400 && isOidcError(body)) {
      const code = isSessionNotFound(body) ? "session.not_found" : `oidc.${body.error}`;
      context.body = {
        code,
        message: hasMessage(code)
          ? messageOf(code, body)
          : messageOf("oidc.provider_error_fallback", { code }),
        ...(body.error === "invalid_grant" && {
          error_uri: "https://openid.sh/debug/invalid_grant",
        }),
        ...body,
      };
    }
  };
}

interface OidcErrorBody extends Record<string, unknown> {
  error: string;
}

function isOidcError(body: unknown): body is OidcErrorBody {
  return typeof body === "object" && body !== null && "error" in body;
}

/** Only the description tells it from other bad requests, where `oidc-provider` wrote the body itself. */
function isSessionNotFound({ error_description: description }: OidcErrorBody): boolean {
  return (
    typeof description === "string" &&
    (/\bsession\b.*\bnot found\b/.test(description) ||
      description.includes("authorization request has expired"))
  );
}
