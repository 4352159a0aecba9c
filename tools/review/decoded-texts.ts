import { parseFragment } from "parse5";

/**
 * Enough for base64 of base64 in an address. A search cannot find what somebody hides on purpose in more
 * layers.
 */
const mostLayers = 3;

/**
 * All readings of a text, itself first: decoded from hexadecimal, base32, base64, escapes of URLs, JSON and HTML,
 * numbers, and UTF-16, also several on top of each other, and each reversed.
 *
 * All texts, also the given one, have one character per byte of UTF-8: see {@link bytesOf}. So the decoded bytes
 * around what is searched for need not be valid UTF-8.
 */
export function readingsOf(text: string): string[] {
  const readings = new Set([text, Array.from(text).reverse().join("")]);
  let latest = [...readings];
  for (let layer = 0; layer < mostLayers; layer += 1) {
    const next = new Set(latest.flatMap(decoded).filter((one) => !readings.has(one)));
    for (const one of next) readings.add(one);
    latest = [...next];
  }
  return [...readings];
}

/** The text with one character per byte of UTF-8. */
export function bytesOf(text: string): string {
  return Buffer.from(text).toString("latin1");
}

/** The single letters and digits that a text lists, such as `["a", "b"]` or `a-b`, joined. */
export function listedCharacters(text: string): string {
  const lists = text.match(/(?<![a-z\d])(?:[a-z\d][^a-z\d]{1,200}){5,}[a-z\d](?![a-z\d])/gi) ?? [];
  return lists.map(lettersAndDigits).join("\n");
}

export function lettersAndDigits(text: string): string {
  return text.replace(/[^a-z\d]/gi, "");
}

function decoded(text: string): string[] {
  const whole = [withoutEscapes, withoutUrlEscapes, withoutEntities, withoutZeros].map((decode) =>
    decode(text),
  );
  const runs = [fromBase64, fromBase32, fromHexadecimal, fromNumbers].flatMap((decode) =>
    decode(text),
  );
  return [...whole.filter((one) => one !== text), runs.filter(isText).join("\n")].filter(
    (one) => one !== "",
  );
}

/** Whether bytes look like text. Decoding an ordinary word gives noise, in which no further layer is searched. */
function isText(bytes: string): boolean {
  const shown = bytes.replace(/[^\t\n\r -~\u0080-\u00ff]/g, "").length;
  const plain = bytes.replace(/[^\t\n\r -~]/g, "").length;
  return bytes.length >= 4 && shown >= bytes.length * 0.9 && plain >= bytes.length * 0.6;
}

/** Resolves escapes of JSON, JavaScript and Markdown. */
function withoutEscapes(text: string): string {
  return text
    .replace(/(?:\\u[\da-f]{4})+/gi, (run) => {
      const units = Buffer.from(run.replaceAll(/\\u/gi, ""), "hex");
      return bytesOf(units.swap16().toString("utf16le"));
    })
    .replace(/\\x([\da-f]{2})/gi, (_, code: string) => character(code))
    .replace(/\\([^a-z\d])/gi, "$1")
    .replaceAll("\\n", "\n");
}

function withoutUrlEscapes(text: string): string {
  return text.replace(/%([\da-f]{2})/gi, (_, code: string) => character(code));
}

/** Resolves HTML's entities with a parser, which knows all names, inside an element that only holds text. */
function withoutEntities(text: string): string {
  if (!/&[#a-z]/i.test(text)) return text;
  const html = Buffer.from(text, "latin1").toString().replaceAll("<", "&lt;");
  const [area] = parseFragment(`<textarea>\n${html}`).childNodes;
  const [held] = area !== undefined && "childNodes" in area ? area.childNodes : [];
  return held !== undefined && "value" in held ? bytesOf(held.value) : text;
}

/** Removes the zero bytes that UTF-16 has between ASCII letters. */
function withoutZeros(text: string): string {
  return text.replaceAll("\0", "");
}

function fromBase64(text: string): string[] {
  // Mail and PEM break base64 into lines.
  const unbroken = text.replace(/(?<=[\w+/-]{60})\r?\n[ \t>]{0,20}/g, "");
  return runsOf(unbroken, /[\w+/-]{6,}/g, 4).map((run) =>
    withoutUtf16(Buffer.from(run, "base64").toString("latin1")),
  );
}

const base32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

function fromBase32(text: string): string[] {
  return runsOf(text, /[a-z2-7]{8,}/gi, 8).map((run) => {
    const bytes: number[] = [];
    let held = 0;
    let bits = 0;
    for (const letter of run.toUpperCase()) {
      held = ((held << 5) | base32.indexOf(letter)) & 0xfff;
      bits += 5;
      if (bits >= 8) {
        bits -= 8;
        bytes.push((held >> bits) & 0xff);
      }
    }
    return withoutUtf16(Buffer.from(bytes).toString("latin1"));
  });
}

function fromHexadecimal(text: string): string[] {
  const joined = text
    .replace(/\b0x([\da-f]{2})\b/gi, "$1")
    .replace(/\b([\da-f]{2})\b[\s:,;-]{1,40}(?=[\da-f]{2}\b)/gi, "$1");
  return runsOf(joined, /[\da-f]{8,}/gi, 2).map((run) =>
    withoutUtf16(Buffer.from(run.slice(0, run.length & ~1), "hex").toString("latin1")),
  );
}

/** The bytes of lists of numbers, such as a buffer in JSON. */
function fromNumbers(text: string): string[] {
  return (text.match(/(?<!\d)\d{2,3}(?:[\s,;]{1,40}\d{2,3}(?!\d)){5,}/g) ?? []).map((run) =>
    withoutUtf16(
      Buffer.from((run.match(/\d+/g) ?? []).map((number) => Number(number) & 0xff)).toString(
        "latin1",
      ),
    ),
  );
}

/** Each run from several starts: a letter has fewer bits than a byte, so the content may begin at any of them. */
function runsOf(text: string, form: RegExp, starts: number): string[] {
  return (text.match(form) ?? []).flatMap((run) =>
    Array.from({ length: starts }, (_, start) => run.slice(start)),
  );
}

/** Removes the zeros of UTF-16, if they are about half of the bytes. */
function withoutUtf16(bytes: string): string {
  const shorter = withoutZeros(bytes);
  return shorter.length <= bytes.length * 0.6 ? shorter : bytes;
}

function character(hexadecimal: string): string {
  return String.fromCharCode(Number.parseInt(hexadecimal, 16));
}
