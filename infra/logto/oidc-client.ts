import { validateRedirectUrl, validateUriOrigin } from "@logto/core-kit";
import { z } from "zod";
import { answer, number, text } from "../fields";
import { isUrl } from "../url";

/*
 * What Logto's OpenID Connect server accepts in an application's metadata. It reads all of it at every sign-in, and
 * one value that it does not accept makes every sign-in fail (400, `invalid_redirect_uri` or
 * `invalid_client_metadata`), though the Management API took that value with 200. So the settings, the resource and
 * the policies check these rules before anything is sent.
 *
 * Sources: `oidc-provider`, lib/helpers/client_schema.js, as Logto patches it (logto-io/node-oidc-provider,
 * PATCHES.md), and Logto, packages/core/src/oidc/{adapter,redirect-uri}.
 */

const redirectUriExpectation =
  "a URL, such as https://bookstore.example/callback or io.bookstore.app://callback";

/** Schemes that browsers run or open in place of an application; the server refuses them for every type. */
const forbiddenSchemes = /^(?:javascript|vbscript|data|blob|file|about):$/;

/**
 * What is wrong with an address that users are sent back to after sign-in or sign-out, or `undefined`.
 *
 * http, https and every scheme of an app are right for every type of application, as in Logto: its console only
 * warns of those that do not fit the type.
 */
export function redirectUriProblem(uri: string): string | undefined {
  // A `*` in the host is a pattern of Logto's, and the server parses it as part of a name.
  const url = isUrl(uri) ? new URL(uri) : undefined;
  if (url?.href.includes("#") === true) {
    return "expected a URL without a fragment (#…): with one Logto refuses every sign-in of the application";
  }
  if (
    url === undefined ||
    forbiddenSchemes.test(url.protocol) ||
    !(validateRedirectUrl(uri, "web") || validateRedirectUrl(uri, "mobile"))
  ) {
    return `expected ${redirectUriExpectation}`;
  }
  return uri.includes("*") && !isPatternThatMatches(uri)
    ? "expected * only in the path and in the host before its last two labels, as in https://*.bookstore.example/callback: Logto never matches another pattern"
    : undefined;
}

/**
 * Whether Logto's comparison lets any address through. It knows a `*` in the path and in the host, but not in
 * the host's last two labels, and compares the rest with an address in the URL standard's spelling.
 */
function isPatternThatMatches(uri: string): boolean {
  const [, start = "", host = "", path = ""] =
    /^([^:/?#]+:\/\/)([^/?#:@[\]]+)(?::\d+)?((?:\/[^?#]*)?)(?:\?[^*]*)?$/.exec(uri) ?? [];
  const example = uri.replaceAll("*", "x");
  if (start.includes("*") || host === "" || !isUrl(example)) return false;
  const { hostname, pathname } = new URL(example);
  const lastTwo = host.split(".").slice(-2);
  return (
    (!host.includes("*") || (lastTwo.length === 2 && !lastTwo.join(".").includes("*"))) &&
    hostname === host.replaceAll("*", "x").toLowerCase() &&
    (pathname || "/") === (path.replaceAll("*", "x") || "/")
  );
}

/** Whether the server takes it as an address of the web: a logo, a back-channel address. */
export function isWebUri(uri: string): boolean {
  return isUrl(uri) && /^https?:$/.test(new URL(uri).protocol);
}

/** A redirect or post sign-out URI. */
export const redirectUri = z
  .string({ errorMap: answer(redirectUriExpectation) })
  .superRefine((uri, context) => {
    const message = redirectUriProblem(uri);
    if (message !== undefined) context.addIssue({ code: "custom", message });
  });

/** An address that Logto itself calls or shows. */
export const webUri = (example: string) =>
  text(`an http or https URL, such as ${example}`, isWebUri);

/** An origin as a browser writes it into the header Origin: Logto compares letter by letter. */
export const corsOrigin = text(
  "an origin without a path, such as https://b.example",
  (value) => validateUriOrigin(value) || isOriginOfApp(value),
);

/** An app that shows web pages sends its own scheme, as in capacitor://localhost; the URL standard gives it no origin. */
function isOriginOfApp(value: string): boolean {
  return /^(?!https?:)[a-z][a-z\d+.-]*:\/\/[^\s/?#]+$/.test(value) && isUrl(value);
}

/**
 * Seconds that a token is valid. The server fails (500) if it is no whole number above zero, or if the token's end
 * lies beyond the last possible date.
 */
const mostSeconds = 8e12;
export const lifetime = number(
  `a positive number of seconds, at most ${mostSeconds}`,
  (seconds) => Number.isInteger(seconds) && seconds > 0 && seconds <= mostSeconds,
);
