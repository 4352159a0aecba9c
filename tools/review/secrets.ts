import { isDeepStrictEqual } from "node:util";
import { runtime } from "@pulumi/pulumi";
import { isCredentialName } from "../../policies/secrets/credential-names";
import { isObject } from "../../infra/properties";
import { isCommonText, isPublicPart } from "../../policies/secrets/public-parts";
import { userError } from "../../infra/user-error";
import type { PulumiResult, Tools } from "../engine/tools";
import { exitCodes, withExitCode } from "./exit-codes";
import { isUrl } from "../../infra/url";
import { bytesOf, lettersAndDigits, listedCharacters, readingsOf } from "./decoded-texts";

/** A secret of the stack, and its place. */
export interface Secret {
  /** Names only, such as `logto:clientSecret` or `bookstore, clientSecret`. */
  place: string;
  value: string;
}

/** Shorter secrets would be found in every text by chance. */
const shortest = 4;
/** Minimum length for searching a single line of a secret, or a password in an address. */
const shortestPart = 8;
/** Minimum length for searching decoded text: decoding ordinary text gives random characters. */
const shortestDecoded = 6;
/** Minimum length for searching half of a secret: shorter halves appear by chance. */
const shortestHalved = 16;

/** The key of the fingerprints by which changed secrets are noticed. */
export const fingerprintKey = "logto:fingerprintKey";

/** A stack with its secrets in plaintext. It is only held in memory and never written. */
export interface StackContent {
  /** The output of `pulumi stack export --show-secrets`. */
  state: unknown;
  /** The output of `pulumi config --json --show-secrets`. */
  configuration: Record<string, { value?: string; objectValue?: unknown; secret?: boolean }>;
}

export async function readStack(
  tools: Pick<Tools, "pulumi">,
  stack: string,
): Promise<StackContent> {
  const flags = ["--show-secrets", "--stack", stack, "--non-interactive"];
  const [exported, configuration] = await Promise.all([
    tools.pulumi(["stack", "export", ...flags]),
    tools.pulumi(["config", "--json", ...flags]),
  ]);
  requireStack(exported, stack);
  requireStack(configuration, stack);
  return {
    state: JSON.parse(exported.stdout) as unknown,
    configuration: JSON.parse(configuration.stdout) as StackContent["configuration"],
  };
}

/** Every secret in the stack's configuration and state, for {@link findSecrets}. */
export function secretsOf({ state, configuration }: StackContent): Secret[] {
  return [...secretsOfConfiguration(configuration), ...secretsOfState(state)];
}

export function noStateYet(stack: string): Error {
  return userError(
    `The stack ${stack} has no state yet, so there is nothing to compare with: run npm run up -- ${stack} first.`,
  );
}

/** The engine was asked for secrets, so its output is shown only if it is known to hold none. */
function requireStack({ failed, output }: PulumiResult, stack: string): void {
  if (!failed) return;
  if (output.includes("no stack named")) {
    throw noStateYet(stack);
  }
  const reason = /incorrect passphrase|passphrase must be set/.exec(output)?.[0];
  throw withExitCode(
    userError(
      `The secrets of the stack ${stack} cannot be read${reason === undefined ? "" : ` (${reason})`}, so no report could be searched for them: npm run pulumi -- config --stack ${stack} says why.`,
    ),
    exitCodes.unreachable,
  );
}

/** @param configuration the output of `pulumi config --json --show-secrets` */
export function secretsOfConfiguration(configuration: unknown): Secret[] {
  if (!isObject(configuration)) return [];
  return Object.entries(configuration).flatMap(([key, entry]) =>
    isObject(entry) && entry["secret"] === true
      ? textsOf(entry["objectValue"] ?? entry["value"])
          .filter((value) => !isCommonText(value))
          .map((value) => ({ place: key, value }))
      : [],
  );
}

/**
 * The secrets in a state. An object or list that is secret as a whole also holds plain texts, such as the path of a
 * file with secret content, or the templates that an adopted connector had. Of those, the following do not count: texts
 * that are public by their kind (see {@link isPublicPart}), texts that are short and not named like a credential,
 * and texts that stand in plaintext elsewhere in the state, at the same place of an object. A credential that happens
 * to equal a name elsewhere counts all the same.
 *
 * Numbers do not count: any report holds them by chance.
 *
 * @param state the output of `pulumi stack export --show-secrets`
 */
export function secretsOfState(state: unknown): Secret[] {
  const found: { place: Place; value: unknown }[] = [];
  /** The plaintext texts, each with its places. */
  const inClear = new Map<string, Place[]>();
  const walk = (value: unknown, place: Place): void => {
    if (isObject(value) && value[runtime.specialSigKey] === runtime.specialSecretSig) {
      const plain = value["plaintext"];
      found.push({ place, value: typeof plain === "string" ? JSON.parse(plain) : plain });
    } else if (Array.isArray(value)) {
      for (const held of value) walk(held, place);
    } else if (isObject(value)) {
      for (const [key, held] of Object.entries(value)) walk(held, [...place, key]);
    } else if (typeof value === "string") {
      inClear.set(value, [...(inClear.get(value) ?? []), place]);
    }
  };
  const deployment = isObject(state) ? state["deployment"] : undefined;
  const resources = isObject(deployment) ? deployment["resources"] : undefined;
  for (const resource of Array.isArray(resources) ? (resources as unknown[]) : []) {
    if (!isObject(resource)) continue;
    const name = String(resource["urn"]).split("::").at(-1) ?? "";
    walk(resource["inputs"], [name]);
    walk(resource["outputs"], [name]);
  }
  return found.flatMap(({ place, value }) => {
    const isPart = typeof value === "object";
    return placedTexts(value, [])
      .filter(({ text, at }) => !isPart || !isPublic(text, place, at, inClear.get(text)))
      .filter(({ text }) => !isCommonText(text))
      .map(({ text }) => ({ place: place.join(", "), value: text }));
  });
}

/** The keys that lead to a value, after the resource's name; indices of lists are left out. */
type Place = readonly string[];

/** Properties in which even a short text is likely a secret. */
const contents = ["content", "contentBase64", "data"];

function isPublic(text: string, place: Place, at: Place, inClear: readonly Place[] = []): boolean {
  const own = at.length > 0 ? at : place.slice(-1);
  const name = own.at(-1) ?? "";
  const isCredential = isCredentialName(variableIn(text) ?? name);
  return (
    isPublicPart(name, text) ||
    (text.length < shortestPart && !isCredential && !contents.includes(name)) ||
    // An entry of a list has no key of its own that tells what it is.
    ((at.length > 0 || !isCredential) &&
      inClear.some((one) => isDeepStrictEqual(one.slice(-own.length), own)))
  );
}

/** The name in `NAME=value`, as in a container's environment. */
function variableIn(text: string): string | undefined {
  return /^([a-z_]\w*)=/i.exec(text)?.[1];
}

/** The texts in a value, with the keys to each. The value itself, and entries of a list, have none. */
function placedTexts(value: unknown, at: Place): { text: string; at: Place }[] {
  if (typeof value === "string") return [{ text: value, at }];
  if (Array.isArray(value)) return value.flatMap((held) => placedTexts(held, at));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, held]) => placedTexts(held, [...at, key]));
}

/**
 * The places of secrets that any of the texts holds, in plaintext or encoded:
 *
 * - in plaintext, from 4 characters on;
 * - from 6 on also in the readings of {@link readingsOf}, decoded up to three times, reversed, and as a list of
 *   characters;
 * - from 16 on also half of a secret or more, in one piece, unless that is a word;
 * - a single line of a secret with several, and the password in a URL or a variable.
 */
export function findSecrets(texts: readonly string[], secrets: readonly Secret[]): string[] {
  const readings = [...new Set(texts.flatMap((text) => readingsOf(bytesOf(text))))];
  const lists = readings.map(listedCharacters).filter((list) => list !== "");
  const isIn = (part: string): boolean =>
    formsOf(part).some((form) => texts.some((text) => text.includes(form))) ||
    (part.length >= shortestDecoded && isInReadings(part, readings, lists));
  const places = secrets
    .filter(
      ({ value }) =>
        partsOf(value).some(isIn) ||
        chanceIn(value).some((whole) => readings.some((reading) => holdsHalf(reading, whole))),
    )
    .map(({ place }) => place);
  return [...new Set(places)].sort();
}

function isInReadings(
  part: string,
  readings: readonly string[],
  lists: readonly string[],
): boolean {
  const forms = encodedForms(part);
  const listed = lettersAndDigits(bytesOf(part));
  return (
    readings.some((reading) => forms.some((form) => reading.includes(form))) ||
    (listed.length >= shortestDecoded && lists.some((list) => list.includes(listed)))
  );
}

/** The text, forward and reversed, in UTF-8 and, if it is not plain ASCII, in UTF-16. */
function encodedForms(part: string): string[] {
  return [part, Array.from(part).reverse().join("")].flatMap((one) => {
    const inUtf8 = bytesOf(one);
    if (inUtf8 === one) return [one];
    const littleEndian = Buffer.from(one, "utf16le").toString("latin1");
    const bigEndian = Buffer.from(one, "utf16le").swap16().toString("latin1");
    return [
      inUtf8,
      ...[littleEndian, bigEndian].flatMap((form) => [
        form,
        bytesOf(form),
        form.replaceAll("\0", ""),
        bytesOf(form).replaceAll("\0", ""),
      ]),
    ];
  });
}

/** Long texts in one piece, half of which is telling. Half of an address, a path or a sentence is in any report. */
function chanceIn(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const whole =
    lines.length > 1 ? lines.filter((line) => /^[\w+/=-]+$/.test(line)) : partsOf(value);
  return whole
    .filter((part) => part.length >= shortestHalved && !/\s\S+\s|[<>]|:\/\/|^[./~]/.test(part))
    .filter((part) => !/^[a-z_]\w*=|^[\w.+-]+@[a-z\d.-]+$|^sha\d+:/i.test(part))
    .map(bytesOf);
}

/**
 * Looks for pieces, of which every half holds at least one, and then for how far the text is equal around them. The
 * time does not grow with the number of halves.
 */
function holdsHalf(text: string, whole: string): boolean {
  const half = Math.floor(whole.length / 2);
  const step = Math.floor((half + 1) / 2);
  for (let start = 0; start + step <= whole.length; start += step) {
    const piece = whole.slice(start, start + step);
    for (let at = text.indexOf(piece); at !== -1; at = text.indexOf(piece, at + 1)) {
      let before = 0;
      while (before < start && text[at - before - 1] === whole[start - before - 1]) before += 1;
      let after = step;
      while (start + after < whole.length && text[at + after] === whole[start + after]) after += 1;
      if (before + after >= half && !isWord(whole.slice(start - before, start + after)))
        return true;
    }
  }
  return false;
}

/**
 * Whether a text consists of words, such as `bookstore-production` and `VerificationCode`, times and numbers: half of
 * it would be in reports by chance.
 */
function isWord(text: string): boolean {
  const words = text.replace(/([a-z])([A-Z])/g, "$1 $2").split(/[\s._/:-]/);
  return (
    words.every((word) => /^(?:[A-Z]?[a-z]*|[A-Z]+)$/.test(word) && word.length !== 1) ||
    /^[\d\s.:/TZ+-]+$/.test(text) ||
    new Set(text).size < 4
  );
}

function textsOf(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

function partsOf(value: string): string[] {
  const lines = value.split(/\r?\n/).map((line) => line.trim());
  const parts = [
    ...(lines.length > 1 ? lines.filter((line) => !line.startsWith("-----")) : []),
    ...(isUrl(value) ? [decoded(new URL(value).password)] : []),
    // The value of a variable, as in a container's environment.
    ...(/^[A-Za-z_]\w*=(.+)$/s.exec(value)?.slice(1) ?? []),
  ];
  return [
    ...(value.length >= shortest ? [value] : []),
    ...parts.filter((part) => part.length >= shortestPart),
  ];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function formsOf(secret: string): string[] {
  const quoted = JSON.stringify(secret).slice(1, -1);
  const inUrl = encodeURIComponent(Buffer.from(secret).toString());
  const everyByte = [...Buffer.from(secret)]
    .map((byte) => `%${byte.toString(16).padStart(2, "0")}`)
    .join("");
  const forms = [
    secret,
    quoted,
    quoted.replaceAll("/", "\\/"),
    escapedBeyondAscii(quoted),
    JSON.stringify(quoted).slice(1, -1),
    inUrl,
    inUrl.replaceAll("%20", "+"),
    inUrl.replace(/%[\dA-F]{2}/g, (code) => code.toLowerCase()),
    new URLSearchParams({ a: secret }).toString().slice(2),
    everyByte,
    everyByte.toUpperCase(),
    ...[0, 1, 2].flatMap((offset) => base64Forms(secret, offset)),
  ];
  return [...new Set(forms)].filter((form) => form.length >= shortest);
}

function escapedBeyondAscii(text: string): string {
  return text.replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The base64 characters that stay the same whatever surrounds the secret: three bytes become four characters. */
function base64Forms(secret: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const length = Math.floor((bytes.length * 8) / 6);
  const text = bytes.toString("base64").slice(Math.ceil((offset * 8) / 6), length);
  // Fewer characters would be found by chance.
  return text.length < 6 ? [] : [text, text.replaceAll("+", "-").replaceAll("/", "_")];
}
