import { domainToUnicode } from "node:url";

/**
 * What is wrong with where an address leads, in words; nothing where it leads to where it seems to.
 *
 * A browser reads what is before an `@` as a user's name, and shows a host of another alphabet as letters
 * that look like others.
 */
export function misleadingParts(address: string): string[] {
  const text = withoutSkipped(address);
  const authority = /^[a-z][a-z\d+.-]{0,40}:[\\/]*([^\\/?#]*)/i.exec(text)?.[1];
  const isOfWeb = /^(?:https?|wss?|ftp):/i.test(text);
  if (authority === undefined || !isOfWeb) return [];
  const host = authority.split("@").at(-1) ?? "";
  return [
    ...(authority.includes("@") ? ["a user's name before its host"] : []),
    // For some programs it ends the host, for others it is part of a user's name.
    ...(/^[a-z]+:\/\/[^?#]*\\/i.test(text) ? ["a backslash"] : []),
    ...(isMixed(unicodeOf(host)) ? ["a host in letters that look like others"] : []),
  ];
}

/** As a browser reads it: without breaks and tabs anywhere, and without control characters around it. */
export function withoutSkipped(address: string): string {
  const kept = address.replace(/[\t\n\r]/g, "");
  const start = Array.from(kept).findIndex((character) => character > " ");
  return start === -1 ? "" : kept.slice(start).trimEnd();
}

function unicodeOf(host: string): string {
  const name = host.split(":")[0] ?? "";
  // What is no host for the URL standard is none that leads anywhere.
  return decodeURIComponentSafely(domainToUnicode(name) || name);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Alphabets that are written together in one word, each with Latin letters beside them. */
const together = [
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Hangul"],
  ["Han", "Bopomofo"],
];

const alphabets = [
  ...["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Georgian", "Hebrew", "Arabic"],
  ...["Devanagari", "Thai", "Coptic", "Lisu", "Han", "Hiragana", "Katakana", "Hangul", "Bopomofo"],
].map((name) => ({ name, letter: new RegExp(`\\p{Script=${name}}`, "u") }));

/** Letters of other alphabets that read as small Latin ones. */
const lookalikes = /^[аеорсухіјѕһԁԛԝьвнкмтгпиαορυνικτϲјᴀ-ᴢ\d-]+$/u;

/** Whether a label mixes alphabets, or is only of letters that look Latin before a domain that is. */
function isMixed(host: string): boolean {
  const labels = host.split(".");
  const isLatinDomain = /^[a-z]+$/i.test(labels.at(-1) ?? "");
  return labels.some((label) => {
    const used = alphabets.filter(({ letter }) => letter.test(label)).map(({ name }) => name);
    const others = used.filter((name) => name !== "Latin");
    const isUsual =
      others.length === 0 || together.some((set) => others.every((name) => set.includes(name)));
    if (used.length > 1 && !isUsual) return true;
    return isLatinDomain && others.length === 1 && used.length === 1 && lookalikes.test(label);
  });
}
