import {
  type CustomUiCsp,
  CustomUiCspSourceValidationErrorCode as Reason,
  hasCustomUiCspSources,
  normalizeCustomUiCsp,
} from "@logto/core-kit";
import { ensure, LogtoError } from "../errors";

const reasons: Record<Reason, string> = {
  [Reason.EmptySource]: "Empty source",
  [Reason.SemicolonNotAllowed]: "Semicolons are not allowed",
  [Reason.CspKeywordNotSupported]: "CSP keywords are not supported",
  [Reason.MalformedUrl]: "Malformed URL",
  [Reason.DisallowedUrlParts]: "Credentials, query strings, and fragments are not allowed",
  [Reason.UnsupportedScheme]: "Unsupported scheme",
  [Reason.MalformedWildcardHost]: "Malformed wildcard host",
  [Reason.MalformedHost]: "Malformed host",
};

/** In the form that is stored. Malformed sources are refused before anything else is looked at. */
export function normalizedCustomUiCsp(policy: CustomUiCsp): CustomUiCsp {
  const { customUiCsp, errors } = normalizeCustomUiCsp(policy, { isProduction: true });
  const [error] = errors;
  if (error) {
    const { directive, source, code: validationErrorCode } = error;
    throw new LogtoError("request.invalid_input", {
      values: {
        details: `Invalid customUiCsp.${directive} source "${source}": ${reasons[validationErrorCode]}`,
      },
      data: { directive, source, validationErrorCode },
    });
  }
  return customUiCsp;
}

/** Pages of one's own are a feature of Logto Cloud, and so are their sources. */
export function refuseCustomUiCsp(policy: CustomUiCsp | undefined): void {
  ensure(!hasCustomUiCspSources(policy), "request.invalid_input", {
    values: { details: "Custom UI CSP configuration is not available" },
  });
}
