import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { decodeProtectedHeader } from "jose";
import { publicPem } from "./public-pem";
import { isUrl } from "../../infra/url";

/**
 * The shapes of credentials that a text holds, in words; empty if there are none.
 *
 * They come from secretlint's recommended rules. Added are shapes that a parser finds (a token, an address with
 * a password, a private key) and text that looks random.
 */
export function credentialShapes(text: string): Promise<string[]> {
  const shapes = found.get(text) ?? shapesIn(text);
  found.set(text, shapes);
  return shapes;
}

/** Results by text: resources share most of theirs, so each is searched only once. */
const found = new Map<string, Promise<string[]>>();

/** Name for a text that looks random. In a place for public values this does not count as a sign. */
export const randomText = "a random text";

async function shapesIn(text: string): Promise<string[]> {
  const shapes = [
    ...(await vendorShapes(text)),
    ...(hasPasswordInAddress(text) ? ["an address with a password"] : []),
    ...(hasToken(text) ? ["a JSON Web Token"] : []),
    ...(passwordHash.test(text) ? ["a password's hash"] : []),
    ...(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/.test(text) ? ["a private key"] : []),
  ];
  return shapes.length > 0 || !looksRandom(text) ? shapes : [randomText];
}

/** Hashes in the forms of crypt, htpasswd and Postgres: passwords can be guessed offline. Compose doubles `$`. */
const passwordHash =
  /\${1,2}(?:2[abxy]|apr1|argon2(?:id|i|d)|scrypt|[156y])\${1,2}[\w./+=,-][\w./+=,$-]{19}|\bSCRAM-SHA-256\$\d{3,9}:/;

// The profiler would keep an unused mark for each rule and text for ever.
secretLintProfiler.setEnabled(false);

const ruleOptions: Record<string, object> = {
  // The id of a key tells whose it is, and usually comes with its secret.
  "@secretlint/secretlint-rule-aws": { enableIDScanRule: true },
};

const lintRules = rules
  // A comment in the text may not switch rules off.
  .filter(({ meta }) => meta.id !== "@secretlint/secretlint-rule-filter-comments")
  .map((rule) => ({ id: rule.meta.id, rule, options: ruleOptions[rule.meta.id] ?? {} }));

/** Length that no vendor's key exceeds. Longer texts are searched in overlapping pieces. */
const longestKey = 5_000;
const longestPiece = 50_000;

async function vendorShapes(text: string): Promise<string[]> {
  const names = await Promise.all(piecesOf(text).map(vendorNames));
  return [...new Set(names.flat())].map((name) => `a credential (${name})`);
}

/** Overlapping pieces of the text: the time of some vendors' rules grows with the square of the length. */
function piecesOf(text: string): string[] {
  const step = longestPiece - longestKey;
  return Array.from(
    { length: Math.max(Math.ceil((text.length - longestKey) / step), 1) },
    (_, at) => text.slice(at * step, at * step + longestPiece),
  );
}

async function vendorNames(content: string): Promise<string[]> {
  const { messages } = await lintSource({
    source: { content, filePath: "property.txt", ext: ".txt", contentType: "text" },
    options: { config: { rules: lintRules }, noPhysicFilePath: true },
  });
  return messages.map(({ ruleId }) => ruleId.split("secretlint-rule-").at(-1) ?? ruleId);
}

function hasPasswordInAddress(text: string): boolean {
  return (text.match(addresses) ?? []).some(
    (address) => isUrl(address) && new URL(address).password !== "",
  );
}

function hasToken(text: string): boolean {
  return (text.match(/[\w.-]+/g) ?? []).flatMap(threesOf).some((token) => {
    try {
      return decodeProtectedHeader(token).alg !== undefined;
    } catch {
      return false;
    }
  });
}

/** Each three consecutive parts of a dotted text: a token has three. */
function threesOf(text: string): string[] {
  const parts = text.split(".");
  return parts
    .slice(2)
    .map((_, at) => parts.slice(at, at + 3))
    .filter((three) => three.every(({ length }) => length >= 10))
    .map((three) => three.join("."));
}

/** Values that are long and random by design, and public. */
const publicShapes = [
  /\bsha(?:1|256|384|512)[:-][\w+/=-]+/gi,
  /\bdata:[\w/+.-]+;base64,[\w+/=]+/gi,
  publicPem,
  /\b(?:ssh|ecdsa)-[\w@.-]{1,60} AAAA[\w+/=]+/g,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi,
  // Client ids of applications at Google, GitHub and Amazon.
  /\b\d{6,21}-[0-9a-z]{32}\.apps\.googleusercontent\.com\b/g,
  /\b(?:Ov|Iv)23li[0-9A-Za-z]{14}\b/g,
  /\bamzn1\.application-oa2-client\.[0-9a-f]{32}\b/g,
  // An account and a messaging service at Twilio. SK begins the id of a key, which usually comes with its secret.
  /\b(?:AC|MG)[0-9a-f]{32}\b/g,
  // A git revision, if the text calls it one.
  /\b(?:commit|revision|rev|sha|ref|tree|blob|git|vcs)\b["']?[\s:=/@#-]{1,3}["']?[0-9a-f]{40,64}\b/gi,
  // Keys that pages show to everybody: Stripe's publishable ones, and the site keys of reCAPTCHA and Turnstile.
  /\bpk_(?:live|test)_\w+/g,
  /\b6L[\w-]{6}AAAAA[\w-]{27}\b/g,
  /\b0x4AAAAAA[\w-]{14,16}(?![\w-])/g,
  // Mapbox's tokens for maps in pages, PostHog's project keys, Google's place ids.
  /\bpk\.eyJ[\w-]{10,500}\.[\w-]+/g,
  /\bphc_\w+/g,
  /\bChIJ[\w-]{23}(?![\w-])/g,
  // A certificate in a provider's metadata.
  /<(?:\w{1,20}:)?X509Certificate\b[^<>]{0,200}>[\w+/=\s]+</g,
];

/** An address, with a scheme of at most 31 characters. */
const addresses = /(?<![a-z\d+.-])[a-z][a-z\d+.-]{0,30}:\/\/[^\s"'<>]+/gi;

/** Webhooks, whose path alone is a credential: knowing it is enough to post there. */
const hooks =
  /^https:\/\/(?:hooks\.|discord(?:app)?\.com\/api\/webhooks|api\.telegram\.org\/bot|[\w.-]+\.webhook\.office\.com|maker\.ifttt\.com)/i;

/** The text without web addresses, except webhooks: paths may look random and are no credentials. */
function withoutAddresses(text: string): string {
  return text.replace(addresses, (address) =>
    !/^https?:/i.test(address) || hooks.test(address) ? address : " ",
  );
}

/** The text without JSON Web Keys, if none of them has a private part. */
function withoutPublicKeys(text: string): string {
  return /"kty"/.test(text) && !/"(?:d|k|p|q|dp|dq|qi)"/.test(text)
    ? text.replace(/"(?:n|x|y|kid|x5t|x5t#S256)"\s{0,5}:\s{0,5}"[\w+/=-]+"/g, " ")
    : text;
}

function looksRandom(text: string): boolean {
  const rest = publicShapes.reduce(
    (left, shape) => left.replace(shape, " "),
    withoutPublicKeys(withoutAddresses(text)),
  );
  return (rest.match(/[\w+/=-]{20,}/g) ?? []).some(isRandom);
}

/**
 * Whether a token looks random. Words, and names made of words, keep one kind of letter for a while and repeat
 * themselves; generated text does neither. The bounds miss 1 random text in 20 at 32 characters, and match no name
 * of this project: test/policies/secrets/credential-shapes.test.ts measures both.
 */
function isRandom(token: string): boolean {
  const runs = token.match(/[A-Za-z0-9]+/g) ?? [];
  const pairs = runs.reduce((count, run) => count + run.length - 1, 0);
  const changes = runs.reduce((count, run) => count + changesOfKind(run), 0) / Math.max(pairs, 1);
  const digits = token.replace(/\D/g, "").length;
  const hasAllKinds = /[a-z]/.test(token) && /[A-Z]/.test(token);
  if (hasAllKinds) return digits >= 2 && changes >= 0.45 && entropy(token) >= 3.5;
  // Letters of one case only, as in hexadecimal and base 32.
  return runs.some(
    (run) =>
      run.length >= 32 &&
      /\d/.test(run) &&
      changesOfKind(run) / run.length >= 0.25 &&
      entropy(run) >= 3,
  );
}

function changesOfKind(run: string): number {
  const kinds = Array.from(run, (character) =>
    /\d/.test(character) ? "digit" : character === character.toLowerCase() ? "lower" : "upper",
  );
  return kinds.filter((kind, index) => index > 0 && kind !== kinds[index - 1]).length;
}

/** Shannon's entropy, in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length;
    return sum - share * Math.log2(share);
  }, 0);
}
