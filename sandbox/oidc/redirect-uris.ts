import type { Provider } from "oidc-provider";
import { isUrl } from "../../infra/url";

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

/** What `oidc-provider` checks a client's metadata with, as far as it is changed here. */
interface ClientSchema {
  redirect_uris: string[];
  invalidate: (message: string) => never;
  redirectUris: (uris?: string[], label?: string) => void;
}

/**
 * Lets applications have the addresses that Logto lets them have. `oidc-provider` refuses an application with all its
 * sign-ins for one address that its type should not have: another scheme than http for a web application, plain http
 * to another machine for a native one. Logto's fork of it warns of those in the console instead, and looks only for
 * addresses that are none and for fragments.
 *
 * Source: Logto's fork, `logto-io/node-oidc-provider`, `lib/helpers/client_schema.js`.
 */
export function takeRedirectUrisAsLogto({ Client }: Provider): void {
  const { prototype } = (Client as unknown as { Schema: { prototype: ClientSchema } }).Schema;
  prototype.redirectUris = function (
    this: ClientSchema,
    uris = this.redirect_uris,
    label = "redirect_uris",
  ) {
    for (const uri of uris) {
      const url = parse(uri.replaceAll("*", "wildcard"));
      if (url === undefined) this.invalidate(`${label} must only contain valid uris`);
      else if (url.hash !== "") this.invalidate(`${label} must not contain fragments`);
    }
  };
}

function isDeclared(declared: readonly string[], uri: string): boolean {
  const url = parse(uri);
  // No one is sent to a pattern, even if it is a declared one.
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
    fits(pattern.path, url.pathname, 0) &&
    url.search + url.hash === pattern.rest
  );
}

function matchesOrigin({ protocol, host, port }: Pattern, url: URL): boolean {
  return url.protocol === protocol && url.port === port && fitsHost(host, url.hostname);
}

/** No `*` in scheme, port, query and hash, and none in the last two labels of the host's name. */
function parsePattern(declared: string): Pattern | undefined {
  const parts =
    /^(?<scheme>[a-z][a-z\d+.-]*):\/\/(?<host>[^/?#:@[\]]+)(?::\d+)?(?<path>(?:\/[^?#]*)?)(?:[?#][^*]*)?$/i.exec(
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

function fitsHost(pattern: string, hostname: string): boolean {
  const labels = hostname.split(".");
  const patterns = pattern.split(".");
  return (
    patterns.length === labels.length &&
    patterns.every((one, index) => fits(one, labels[index] as string, 1))
  );
}

/**
 * Whether the text is the pattern with something in the place of each `*`, of so many characters at least.
 * It goes through the text once: a regular expression of several `.*` can be kept busy for ever.
 */
function fits(pattern: string, text: string, atLeast: number): boolean {
  const [start = "", ...others] = pattern.split("*");
  const end = others.pop();
  if (end === undefined) return text === start;
  if (!text.startsWith(start)) return false;
  let position = start.length;
  for (const part of others) {
    const found = text.indexOf(part, position + atLeast);
    if (found === -1) return false;
    position = found + part.length;
  }
  return text.endsWith(end) && text.length - end.length >= position + atLeast;
}

function parse(uri: string): URL | undefined {
  return isUrl(uri) ? new URL(uri) : undefined;
}
