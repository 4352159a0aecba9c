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

/** A secret of the stack, and where it is. */
export interface Secret {
  /** Such as `logto:clientSecret` or `bookstore, clientSecret`: names only. */
  place: string;
  value: string;
}

/** Shorter ones are in every text by chance: searching for them would find nothing but that. */
const shortest = 4;
/** A line of a longer secret, or a password in an address, is one by itself from here on. */
const shortestPart = 8;
/** What is decoded is as good as random where nothing was encoded. */
const shortestDecoded = 6;
/** From here on a half is long enough to be told from chance. */
const shortestHalved = 16;

/** The key of the fingerprints by which a changed secret shows. */
export const fingerprintKey = "logto:fingerprintKey";

/** A stack with its secrets in clear: it is held in memory and goes nowhere. */
export interface StackContent {
  /** What `pulumi stack export --show-secrets` prints. */
  state: unknown;
  /** What `pulumi config --json --show-secrets` prints. */
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

/** Every secret of the stack, of its configuration and of its state: {@link findSecrets} searches for them. */
export function secretsOf({ state, configuration }: StackContent): Secret[] {
  return [...secretsOfConfiguration(configuration), ...secretsOfState(state)];
}

export function noStateYet(stack: string): Error {
  return userError(
    `The stack ${stack} has no state yet, so there is nothing to compare with: run npm run up -- ${stack} first.`,
  );
}

/** What the engine said is not shown where it is not known what it said: it was asked for secrets. */
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

/** @param configuration what `pulumi config --json --show-secrets` prints */
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
 * What is secret as a whole object or list holds plain things too, such as the path of a file whose content is
 * secret, or the templates that an adopted connector had. Of those, none is what is public by its kind (see
 * {@link isPublicPart}), what is too short to be told from chance and not called a credential, and what stands in
 * clear elsewhere in the state at the same place of an object. A key that happens to be a name somewhere is one
 * all the same.
 *
 * Numbers are none: any report holds one by chance.
 *
 * @param state what `pulumi stack export --show-secrets` prints
 */
export function secretsOfState(state: unknown): Secret[] {
  const found: { place: Place; value: unknown }[] = [];
  /** The texts that stand in clear, each with its places. */
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

/** The keys that lead to a value, the resource's name first; those of lists are left out. */
type Place = readonly string[];

/** Where a short text is as likely a secret as a long one. */
const contents = ["content", "contentBase64", "data"];

function isPublic(text: string, place: Place, at: Place, inClear: readonly Place[] = []): boolean {
  const own = at.length > 0 ? at : place.slice(-1);
  const name = own.at(-1) ?? "";
  const isCredential = isCredentialName(variableIn(text) ?? name);
  return (
    isPublicPart(name, text) ||
    (text.length < shortestPart && !isCredential && !contents.includes(name)) ||
    // An entry of a list has no key of its own that says what it is.
    ((at.length > 0 || !isCredential) &&
      inClear.some((one) => isDeepStrictEqual(one.slice(-own.length), own)))
  );
}

/** The name in `NAME=value`, as a container's environment has it. */
function variableIn(text: string): string | undefined {
  return /^([a-z_]\w*)=/i.exec(text)?.[1];
}

/** Each with the keys to it within the value; none for what is the value itself, or an entry of a list that is. */
function placedTexts(value: unknown, at: Place): { text: string; at: Place }[] {
  if (typeof value === "string") return [{ text: value, at }];
  if (Array.isArray(value)) return value.flatMap((held) => placedTexts(held, at));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, held]) => placedTexts(held, [...at, key]));
}

/**
 * The places of the secrets that are in any of the texts, in clear or encoded:
 *
 * - in plain, from 4 characters on;
 * - from 6 on also in what {@link readingsOf} decodes, up to three encodings on top of each other, from behind, and
 *   as a list of characters;
 * - from 16 on also half of it, or more, in one piece, unless that is a word;
 * - of several lines also by one of them, of a URL or a variable also by the password in it.
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

/** From the front and from behind: in the bytes of UTF-8, and in those of UTF-16 where of these not every other is a zero. */
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

/** What is long, and in one piece, so that half of it tells as much: no address, path or sentence, of which half is in any report. */
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
 * Looks for pieces that every half has one of, wherever it begins, and then how far the text is the same around
 * them: in a time that does not grow with the number of halves.
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
 * Words, such as `bookstore-production` and `VerificationCode`, times and numbers: half of what consists of them is in
 * reports by chance.
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
    // As a container's environment has it.
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

/** In base64 three bytes are four characters: what comes before and after changes those at the ends. */
function base64Forms(secret: string, offset: number): string[] {
  const bytes = Buffer.concat([Buffer.alloc(offset), Buffer.from(secret)]);
  const length = Math.floor((bytes.length * 8) / 6);
  const text = bytes.toString("base64").slice(Math.ceil((offset * 8) / 6), length);
  // Of less than this it would be chance.
  return text.length < 6 ? [] : [text, text.replaceAll("+", "-").replaceAll("/", "_")];
}
