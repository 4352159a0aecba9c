import got, { type Got, RequestError, type RetryObject } from "got";

interface Limits {
  /** How long one try may take, in milliseconds. Default: 30 seconds. */
  timeLimit?: number;
  /** How often a request is sent at most. Default: 5. */
  tries?: number;
  /** A POST that may arrive twice, by its address: nothing comes of it. Default: none. */
  isRepeatable?: (url: string) => boolean;
}

export const defaultTries = 5;
export const defaultTimeLimit = 30_000;

/** How long a server may ask to wait, in milliseconds. */
const longestWait = 60_000;

/**
 * The client of an API that is called with a credential.
 *
 * - Connection errors, 429 (with `Retry-After`, in seconds or as a date) and 502 to 504 are tried again,
 *   with growing and jittered pauses. A POST is tried again only where it certainly was not carried out.
 * - Any answer is an answer, whatever its status.
 * - Redirects are not followed: the credential would go along.
 */
export function httpClient(
  endpoint: string,
  { timeLimit = defaultTimeLimit, tries = defaultTries, isRepeatable = () => false }: Limits = {},
): Got {
  return got.extend({
    prefixUrl: endpoint,
    followRedirect: false,
    throwHttpErrors: false,
    timeout: { request: timeLimit },
    retry: {
      limit: tries - 1,
      methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      statusCodes: [429, 502, 503, 504],
      maxRetryAfter: longestWait,
      backoffLimit: 10_000,
      calculateDelay: (retry) => (isSafeToRepeat(retry, isRepeatable) ? jittered(retry) : 0),
    },
  });
}

const neverConnected = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];

/** Everything but a POST may arrive twice; a POST only where the server did not see it or refused it. */
function isSafeToRepeat({ error }: RetryObject, isRepeatable: (url: string) => boolean): boolean {
  return (
    error.options.method !== "POST" ||
    isRepeatable(error.options.url?.toString() ?? "") ||
    error.response?.statusCode === 429 ||
    neverConnected.includes(error.code)
  );
}

/** A quarter more or less, so that clients that failed together do not come back together. */
function jittered({ computedValue, retryAfter }: RetryObject): number {
  return retryAfter === undefined ? computedValue * (0.75 + Math.random() / 2) : computedValue;
}

/** Why no answer came, such as ECONNREFUSED; `undefined` where the error is another one. */
export function connectionFailure(error: unknown): string | undefined {
  return error instanceof RequestError ? error.code : undefined;
}

const distrusted =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)_|ERR_TLS_CERT)/;

/** What to do about a server whose certificate is why no answer came; `undefined` where it is not. */
export function adviceOnDistrust(code: string): string | undefined {
  return distrusted.test(code)
    ? "this machine does not trust its certificate: where it is of an authority of your own, name that in NODE_EXTRA_CA_CERTS, a file in PEM form"
    : undefined;
}

/** Whether a request that got no answer may have been carried out. */
export function mayHaveArrived(code: string): boolean {
  return !neverConnected.includes(code);
}

/** A body as JSON; `undefined` where it is none. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
