import dns from "node:dns";
import got, { CancelError, type Got, type OptionsInit, RequestError, type RetryObject } from "got";
import { patience } from "./patience";

interface Limits {
  /** How long one try may take, in milliseconds. Default: that of infra/patience.ts. */
  timeLimit?: number;
  /** How often a request is sent at most. Default: that of infra/patience.ts. */
  tries?: number;
  /** A POST that may arrive twice, by its address: nothing comes of it. Default: none. */
  isRepeatable?: (url: string) => boolean;
}

/** How large an answer may be, in bytes: a hundred times what a page of Logto's applications takes. */
const largestAnswer = 50 * 1024 * 1024;

/** How deep an answer's objects may lie in one another; Logto's are less than ten deep. */
const deepestAnswer = 500;

/**
 * The client of an API that is called with a credential.
 *
 * - Connection errors, 429 (with `Retry-After`, in seconds or as a date) and 502 to 504 are tried again,
 *   with growing and jittered pauses. A POST is tried again only where it certainly was not carried out.
 * - Any answer is an answer, whatever its status.
 * - Redirects are not followed: the credential would go along.
 * - An answer of more than 50 MB is broken off, and not asked for again.
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
 * Names of this machine lead to both of its own addresses, as in a browser. Its list of hosts may have `localhost` for one
 * family only, and what is published on this machine may be on the other.
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

/** Everything but a POST may arrive twice; a POST only where the server did not see it or refused it. */
function isSafeToRepeat({ error }: RetryObject, isRepeatable: (url: string) => boolean): boolean {
  return (
    error.options.method !== "POST" ||
    isRepeatable(error.options.url?.toString() ?? "") ||
    error.response?.statusCode === 429 ||
    neverConnected.includes(error.code)
  );
}

/** Of our pauses to the library's, whose first is a second. */
function scale(): number {
  return patience.firstPause / 1_000;
}

/** A quarter more or less, so that clients that failed together do not come back together. */
function jittered({ computedValue, retryAfter }: RetryObject): number {
  const pause = computedValue * scale();
  return retryAfter === undefined ? pause * (0.75 + Math.random() / 2) : computedValue;
}

/** In the place of a system's code: the answer was larger than any of Logto's. */
export const tooLarge = "answer too large";

/** Why no answer came, such as ECONNREFUSED; `undefined` where the error is another one. */
export function connectionFailure(error: unknown): string | undefined {
  if (error instanceof CancelError) return tooLarge;
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

/** A body as JSON; `undefined` where it is none, or too deep for whoever walks through it. */
export function json(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isDeeper(value, deepestAnswer) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Level by level, because a walk into the depth is what such a value breaks. */
function isDeeper(value: unknown, levels: number): boolean {
  let level = [value];
  for (let depth = 0; depth <= levels && level.length > 0; depth += 1) {
    level = level.flatMap((held): unknown[] =>
      typeof held === "object" && held !== null ? Object.values(held) : [],
    );
  }
  return level.length > 0;
}
