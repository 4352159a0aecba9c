import type { Provider } from "oidc-provider";

/**
 * Where a browser may be sent back to, as Logto compares it: the address has to be one of the declared
 * ones, both written as the URL standard writes them, so that `http://localhost:3000` is also
 * `http://localhost:3000/`. A declared `*` stands for something within one label of the host's name, or for
 * anything in the path. A native application's loopback address is good on every port (RFC 8252, 7.3).
 *
 * Source: Logto, `packages/core/src/oidc/redirect-uri`. Stricter than there: what a `*` lets through holds
 * no user name and password.
 */
export function compareRedirectUrisAsLogto({ Client }: Provider): void {
  Client.prototype.redirectUriAllowed = function (uri) {
    const { redirectUris = [], applicationType } = this;
    return (
      isDeclared(redirectUris, uri) ||
      (applicationType === "native" && isDeclaredOnAnotherPort(redirectUris, uri))
    );
  };
  Client.prototype.postLogoutRedirectUriAllowed = function (uri) {
    return isDeclared(this.postLogoutRedirectUris ?? [], uri);
  };
}

function isDeclared(declared: readonly string[], uri: string): boolean {
  const url = parse(uri);
  // Nobody is sent to a pattern, even if it is a declared one.
  if (url === undefined || uri.includes("*")) return false;
  return declared.some((candidate) =>
    candidate.includes("*") ? matches(candidate, url) : parse(candidate)?.href === url.href,
  );
}

const loopback = new Set(["localhost", "127.0.0.1", "[::1]"]);

function isDeclaredOnAnotherPort(declared: readonly string[], uri: string): boolean {
  const wanted = parse(uri);
  if (wanted?.protocol !== "http:" || !loopback.has(wanted.hostname)) return false;
  return declared.some((candidate) => {
    const url = parse(candidate);
    if (url === undefined) return false;
    url.port = wanted.port;
    return url.href === wanted.href;
  });
}

/** Whether a page of the origin could be one that a declared address is on. */
export function isOriginOf(declared: string, origin: string): boolean {
  const url = parse(origin);
  if (url === undefined) return false;
  if (!declared.includes("*")) return parse(declared)?.origin === url.origin;
  const pattern = parsePattern(declared);
  return pattern !== undefined && matchesOrigin(pattern, url);
}

interface Pattern {
  protocol: string;
  host: string;
  port: string;
  path: string;
  rest: string;
}

function matches(declared: string, url: URL): boolean {
  const pattern = parsePattern(declared);
  return (
    pattern !== undefined &&
    matchesOrigin(pattern, url) &&
    `${url.username}${url.password}` === "" &&
    fits(pattern.path, ".*", url.pathname) &&
    url.search + url.hash === pattern.rest
  );
}

function matchesOrigin({ protocol, host, port }: Pattern, url: URL): boolean {
  return url.protocol === protocol && url.port === port && fits(host, "[^.]+", url.hostname);
}

/** No `*` in scheme, port, query and hash, and none in the last two labels of the host's name. */
function parsePattern(declared: string): Pattern | undefined {
  const parts =
    /^(?<scheme>[a-z][a-z\d+.-]*):\/\/(?<host>[^/?#:@[\]]+)(?::\d+)?(?<path>[^?#]*)(?:[?#][^*]*)?$/i.exec(
      declared,
    )?.groups;
  const url = parse(declared.replaceAll("*", "x"));
  if (parts === undefined || url === undefined) return undefined;
  const { host = "", path = "" } = parts;
  if (host.includes("*") && !/\.[^.*]+\.[^.*]+$/.test(host)) return undefined;
  return {
    protocol: url.protocol,
    host: host.toLowerCase(),
    port: url.port,
    path: path || "/",
    rest: url.search + url.hash,
  };
}

function fits(pattern: string, wildcard: string, text: string): boolean {
  const parts = pattern.split("*").map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join(wildcard)}$`).test(text);
}

function parse(uri: string): URL | undefined {
  return URL.canParse(uri) ? new URL(uri) : undefined;
}
