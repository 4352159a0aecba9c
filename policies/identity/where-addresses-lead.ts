import { domainToUnicode } from "node:url";

/**
 * What makes an address look as if it led somewhere else, in words; empty if nothing does.
 *
 * A browser reads the text before an `@` as a user's name, and shows a host of another alphabet as letters
 * that look alike.
 */
export function misleadingParts(address: string): string[] {
  const text = withoutSkipped(address);
  const authority = /^[a-z][a-z\d+.-]{0,40}:[\\/]*([^\\/?#]*)/i.exec(text)?.[1];
  const isOfWeb = /^(?:https?|wss?|ftp):/i.test(text);
  if (authority === undefined || !isOfWeb) return [];
  const host = authority.split("@").at(-1) ?? "";
  return [
    ...(authority.includes("@") ? ["a user's name before its host"] : []),
    // Some programs end the host at a backslash, others read it as part of a user's name.
    ...(/^[a-z]+:\/\/[^?#]*\\/i.test(text) ? ["a backslash"] : []),
    ...(isMixed(unicodeOf(host)) ? ["a host in letters that look like others"] : []),
  ];
}

/** The address as a browser reads it: without line breaks and tabs, and without control characters around it. */
export function withoutSkipped(address: string): string {
  const kept = address.replace(/[\t\n\r]/g, "");
  const start = Array.from(kept).findIndex((character) => character > " ");
  return start === -1 ? "" : kept.slice(start).trimEnd();
}

function unicodeOf(host: string): string {
  const name = host.split(":")[0] ?? "";
  // A host that the URL standard rejects leads nowhere.
  return decodeURIComponentSafely(domainToUnicode(name) || name);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Alphabets that are commonly mixed in one word, also with Latin letters. */
const together = [
  ["Han", "Hiragana", "Katakana"],
  ["Han", "Hangul"],
  ["Han", "Bopomofo"],
];

const alphabets = [
  ...["Latin", "Cyrillic", "Greek", "Armenian", "Cherokee", "Georgian", "Hebrew", "Arabic"],
  ...["Devanagari", "Thai", "Coptic", "Lisu", "Han", "Hiragana", "Katakana", "Hangul", "Bopomofo"],
].map((name) => ({ name, letter: new RegExp(`\\p{Script=${name}}`, "u") }));

/** Letters of other alphabets that look like small Latin ones. */
const lookalikes = /^[аеорсухіјѕһԁԛԝьвнкмтгпиαορυνικτϲјᴀ-ᴢ\d-]+$/u;

/** Whether a label mixes alphabets, or consists of letters that look Latin below a Latin domain. */
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
