import { lintSource } from "@secretlint/core";
import { secretLintProfiler } from "@secretlint/profiler";
import { rules } from "@secretlint/secretlint-rule-preset-recommend";
import { decodeProtectedHeader } from "jose";
import { publicPem } from "./public-pem";

/**
 * What a text holds that has the shape of a credential, in words; nothing where it holds none.
 *
 * The shapes are those of secretlint's recommended rules, beside them what any parser tells (a token, an
 * address with a password, a private key) and text that looks like nothing but chance.
 */
export function credentialShapes(text: string): Promise<string[]> {
  const shapes = found.get(text) ?? shapesIn(text);
  found.set(text, shapes);
  return shapes;
}

/** By text: resources have most of theirs in common, and each is looked at once. */
const found = new Map<string, Promise<string[]>>();

async function shapesIn(text: string): Promise<string[]> {
  const shapes = [
    ...(await vendorShapes(text)),
    ...(hasPasswordInAddress(text) ? ["an address with a password"] : []),
    ...(hasToken(text) ? ["a JSON Web Token"] : []),
    ...(/-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----/.test(text) ? ["a private key"] : []),
  ];
  return shapes.length > 0 || !looksRandom(text) ? shapes : ["a random text"];
}

// It keeps a mark for each rule and text for ever, and nobody reads them.
secretLintProfiler.setEnabled(false);

const ruleOptions: Record<string, object> = {
  // The id of a key says whose it is, and is never without its secret.
  "@secretlint/secretlint-rule-aws": { enableIDScanRule: true },
};

const lintRules = rules
  // A comment in the text may not switch rules off.
  .filter(({ meta }) => meta.id !== "@secretlint/secretlint-rule-filter-comments")
  .map((rule) => ({ id: rule.meta.id, rule, options: ruleOptions[rule.meta.id] ?? {} }));

async function vendorShapes(content: string): Promise<string[]> {
  const { messages } = await lintSource({
    source: { content, filePath: "property.txt", ext: ".txt", contentType: "text" },
    options: { config: { rules: lintRules }, noPhysicFilePath: true },
  });
  const names = messages.map(({ ruleId }) => ruleId.replace(/^.*secretlint-rule-/, ""));
  return [...new Set(names)].map((name) => `a credential (${name})`);
}

function hasPasswordInAddress(text: string): boolean {
  return (text.match(/[a-z][a-z0-9+.-]*:\/\/[^\s"'<>]+/gi) ?? []).some(
    (address) => URL.canParse(address) && new URL(address).password !== "",
  );
}

function hasToken(text: string): boolean {
  return (text.match(/[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/g) ?? []).some((token) => {
    try {
      return decodeProtectedHeader(token).alg !== undefined;
    } catch {
      return false;
    }
  });
}

/** Long and random by design, and public. */
const publicShapes = [
  /\bsha(?:1|256|384|512)[:-][\w+/=-]+/gi,
  /\bdata:[\w/+.-]+;base64,[\w+/=]+/gi,
  publicPem,
  /\b(?:ssh|ecdsa)-[\w@.-]+ AAAA[\w+/=]+/g,
  /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/gi,
  // What an application is called at Google, GitHub and Amazon.
  /\b\d{6,21}-[0-9a-z]{32}\.apps\.googleusercontent\.com\b/g,
  /\b(?:Ov|Iv)23li[0-9A-Za-z]{14}\b/g,
  /\bamzn1\.application-oa2-client\.[0-9a-f]{32}\b/g,
  // An account and a messaging service of Twilio's. SK begins the id of a key, which is never without its secret.
  /\b(?:AC|MG)[0-9a-f]{32}\b/g,
];

function looksRandom(text: string): boolean {
  const rest = publicShapes.reduce((left, shape) => left.replace(shape, " "), text);
  return (rest.match(/[\w+/=-]{20,}/g) ?? []).some(isRandom);
}

/**
 * Words, and names made of words, stay in one kind of letter for a while and say things again; what a
 * generator made does neither. The bounds let through 1 random text in 20 at 32 characters, and no name of
 * this project's: test/policies/secrets/credential-shapes.test.ts measures both.
 */
function isRandom(token: string): boolean {
  const runs = token.match(/[A-Za-z0-9]+/g) ?? [];
  const pairs = runs.reduce((count, run) => count + run.length - 1, 0);
  const changes = runs.reduce((count, run) => count + changesOfKind(run), 0) / Math.max(pairs, 1);
  const digits = token.replace(/\D/g, "").length;
  const hasAllKinds = /[a-z]/.test(token) && /[A-Z]/.test(token);
  if (hasAllKinds) return digits >= 2 && changes >= 0.45 && entropy(token) >= 3.5;
  // One case only, as in hexadecimal and base 32.
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

/** Shannon's, in bits per character. */
function entropy(text: string): number {
  const counts = new Map<string, number>();
  for (const character of text) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / text.length;
    return sum - share * Math.log2(share);
  }, 0);
}
