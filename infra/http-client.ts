import dns from "node:dns";
import got, { CancelError, type Got, type OptionsInit, RequestError, type RetryObject } from "got";
import { patience } from "./patience";

interface Limits {
  /** How long one try may take, in milliseconds. Default: that of infra/patience.ts. */
  timeLimit?: number;
  /** How often a request is sent at most. Default: that of infra/patience.ts. */
  tries?: number;
  /** Whether a POST to this address may arrive twice, as nothing comes of it. Default: never. */
  isRepeatable?: (url: string) => boolean;
}

/** How large an answer may be, in bytes: a hundred times what a page of Logto's applications takes. */
const largestAnswer = 50 * 1024 * 1024;

/** How deep an answer's objects may be nested; Logto's are less than ten deep. */
const deepestAnswer = 500;

/**
 * The client of an API that is called with a credential.
 *
 * - Connection errors, 429 (with `Retry-After`, in seconds or as a date) and 502 to 504 are tried again, with
 *   growing and jittered pauses. A POST is tried again only if it certainly was not carried out.
 * - An answer with an error status is returned like any other.
 * - Redirects are not followed: the credential would go along.
 * - An answer of more than 50 MB is cut off, and not requested again.
 */
export function httpClient(
  endpoint: string,
  { timeLimit, tries = patience.tries, isRepeatable = () => false }: Limits = {},
): Got {
  return got.extend({
    prefixUrl: endpoint,
    followRedirect: false,
    throwHttpErrors: false,
    dnsLookup: lookup,
    retry: {
      limit: tries - 1,
      methods: ["GET", "POST", "PUT", "PATCH", "DELETE"],
      statusCodes: [429, 502, 503, 504],
      maxRetryAfter: patience.longestRetryAfter,
      backoffLimit: patience.longestPause / scale(),
      calculateDelay: (retry) => (isSafeToRepeat(retry, isRepeatable) ? jittered(retry) : 0),
    },
    handlers: [
      (options, next) => {
        options.timeout = { request: timeLimit ?? patience.timeLimit };
        const answer = next(options);
        if ("cancel" in answer) {
          void answer.on("downloadProgress", ({ transferred }) => {
            if (transferred > largestAnswer) answer.cancel();
          });
        }
        return answer;
      },
    ],
  });
}

/**
 * `localhost` and names below it lead to both loopback addresses, as in a browser. This machine's list of hosts may
 * have `localhost` for one family only, while a port may be published on the other.
 */
const lookup = ((hostname: string, options: dns.LookupAllOptions, done: LookupDone) => {
  if (!/^(.+\.)?localhost$/.test(hostname)) {
    dns.lookup(hostname, options, done);
    return;
  }
  const both = [
    { address: "127.0.0.1", family: 4 },
    { address: "::1", family: 6 },
  ];
  done(null, both);
}) as OptionsInit["dnsLookup"];

type LookupDone = (error: NodeJS.ErrnoException | null, addresses: dns.LookupAddress[]) => void;

const neverConnected = ["ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "ENETUNREACH", "EHOSTUNREACH"];

/** Whether a request may be sent again: a POST only if the server did not see it or refused it, all others always. */
function isSafeToRepeat({ error }: RetryObject, isRepeatable: (url: string) => boolean): boolean {
  return (
    error.options.method !== "POST" ||
    isRepeatable(error.options.url?.toString() ?? "") ||
    error.response?.statusCode === 429 ||
    neverConnected.includes(error.code)
  );
}

/** Ratio of our first pause to got's (1 s). */
function scale(): number {
  return patience.firstPause / 1_000;
}

/** Pauses vary by a quarter, so that clients that failed together do not come back together. */
function jittered({ computedValue, retryAfter }: RetryObject): number {
  const pause = computedValue * scale();
  return retryAfter === undefined ? pause * (0.75 + Math.random() / 2) : computedValue;
}

/** Pseudo error code: response exceeded the size limit. */
export const tooLarge = "answer too large";

/** Why no answer came, such as ECONNREFUSED; `undefined` for any other error. */
export function connectionFailure(error: unknown): string | undefined {
  if (error instanceof CancelError) return tooLarge;
  return error instanceof RequestError ? error.code : undefined;
}

const distrusted =
  /^(CERT_|DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(GET|VERIFY)_|ERR_TLS_CERT)/;

/** What to do if no answer came because of the server's certificate; `undefined` for any other cause. */
export function adviceOnDistrust(code: string): string | undefined {
  return distrusted.test(code)
    ? "this machine does not trust its certificate: if it is of an authority of your own, name that in NODE_EXTRA_CA_CERTS, a file in PEM form"
    : undefined;
}

/** Whether a request that got no answer may have been carried out. */
export function mayHaveArrived(code: string): boolean {
  return !neverConnected.includes(code);
}

/** A body as JSON; `undefined` if it is not JSON, or nested too deep for code that walks through it. */
export function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, deepestAnswer) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Whether a value is nested deeper than `levels`. It goes level by level: recursion would fail on such a value. */
function isDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels && level.length > 0; depth += 1) {
    level = level.flatMap((held): unknown[] =>
      typeof held === "object" && held !== null ? Object.values(held) : [],
    );
  }
  return level.length > 0;
}
