import { defaultTreeAdapter, type DefaultTreeAdapterTypes, parse } from "parse5";
import { readStyleSheet } from "./style-sheet";
import { misleadingParts, withoutSkipped } from "./where-addresses-lead";

/** What an HTML message does besides showing text, in words; each once. */
export interface Content {
  /** Scripts, handlers, frames, forms, refreshes. */
  active: string[];
  /** Addresses that it loads other than over https or from itself. */
  insecure: string[];
  /** Addresses that hold the code: the server there could read it. */
  leaking: string[];
  /** Links that do not lead to where they seem to. */
  misleading: string[];
  /** The style sheets that it loads, by link or import. */
  styleSheets: string[];
  /** Whether it has a field for a password. */
  asksForPassword: boolean;
}

/**
 * Reads an HTML message as mail programs do: they run no scripts, so what is in `noscript` is shown, and
 * Outlook shows what is in conditional comments.
 */
export function contentOf(html: string): Content {
  const found: Content = {
    ...{ active: [], insecure: [], leaking: [], misleading: [], styleSheets: [] },
    asksForPassword: false,
  };
  for (const element of elementsOf(parse(html, { scriptingEnabled: false }), 0)) {
    found.active.push(...activeIn(element));
    for (const { name, value } of element.attrs) {
      const place = `the attribute ${name} of ${element.tagName}`;
      const addresses = addressesIn(element, name, value);
      judgeAddresses(found, place, addresses, loads(element, name));
      if (name === "style") judgeStyle(found, place, value);
    }
    if (element.tagName === "style") judgeStyle(found, "the element style", textOf(element));
    found.styleSheets.push(...styleSheetsOf(element));
    found.asksForPassword ||=
      element.tagName === "input" &&
      attribute(element, "type")?.trim().toLowerCase() === "password";
  }
  return {
    ...found,
    active: unique(found.active),
    insecure: unique(found.insecure),
    leaking: unique(found.leaking),
    misleading: unique(found.misleading),
  };
}

function styleSheetsOf(element: Element): string[] {
  if (element.tagName === "style") return readStyleSheet(textOf(element)).imports;
  const isSheet =
    element.tagName === "link" &&
    /(?:^|\s)stylesheet(?:\s|$)/i.test(attribute(element, "rel") ?? "");
  return isSheet ? [attribute(element, "href") ?? ""] : [];
}

function unique(words: readonly string[]): string[] {
  return [...new Set(words)];
}

type Element = DefaultTreeAdapterTypes.Element;

const activeElements = new Set([
  ...[
    "script",
    "iframe",
    "frame",
    "frameset",
    "object",
    "embed",
    "applet",
    "form",
    "base",
    "portal",
  ],
  // These set attributes of other elements, such as a link's target.
  ...["animate", "set", "fencedframe", "param", "bgsound"],
]);

const activeAttributes = new Set([
  "srcdoc",
  "formaction",
  "action",
  "ping",
  "manifest",
  "codebase",
]);

function activeIn(element: Element): string[] {
  const isRefresh =
    element.tagName === "meta" &&
    attribute(element, "http-equiv")?.trim().toLowerCase() === "refresh";
  return [
    ...(activeElements.has(element.tagName) ? [`the element ${element.tagName}`] : []),
    ...(isRefresh ? ["a refresh"] : []),
    ...element.attrs.flatMap(({ name, value }) => [
      ...(name.startsWith("on") || activeAttributes.has(name) ? [`the attribute ${name}`] : []),
      ...(isCode(value, loads(element, name)) ? [`a script in the attribute ${name}`] : []),
    ]),
  ];
}

/** Whether an address is code, or an embedded document. Pictures and fonts that the text loads are neither. */
function isCode(value: string, isLoaded: boolean): boolean {
  const text = withoutSkipped(value).replace(/\s/g, "");
  if (/^(?:javascript|vbscript|livescript|mocha):/i.test(text)) return true;
  if (!/^data:/i.test(text)) return false;
  return !(isLoaded && /^data:(?:image|font)\//i.test(text));
}

/** Attributes whose address is loaded when the message is shown. */
const loadingAttributes = new Set([
  ...["src", "srcset", "imagesrcset", "background", "poster", "data", "dynsrc", "lowsrc", "icon"],
  ...["longdesc", "profile", "classid", "archive"],
]);

/** Whether the attribute loads its address. `href` does, except on links that users follow. */
function loads({ tagName }: Element, name: string): boolean {
  return (
    loadingAttributes.has(name) ||
    (/^(?:xlink:)?href$/.test(name) && !["a", "area"].includes(tagName)) ||
    // Outlook's own elements, such as v:fill.
    (tagName.includes(":") && /^(?:o:)?(?:href|src)$/.test(name))
  );
}

function addressesIn(element: Element, name: string, value: string): string[] {
  if (/srcset$/.test(name)) return value.split(/[\s,]+/).filter((part) => /[:/\\]/.test(part));
  if (loads(element, name) || /^(?:xlink:)?href$|^cite$/.test(name)) return [value];
  return [];
}

function judgeAddresses(
  found: Content,
  place: string,
  addresses: readonly string[],
  isLoaded: boolean,
): void {
  for (const address of addresses) {
    if (isLoaded ? !isLoadedSafely(address) : isWithoutScheme(address)) found.insecure.push(place);
    if (holdsCode(address)) found.leaking.push(place);
    if (misleadingParts(address).length > 0) found.misleading.push(place);
  }
}

function judgeStyle(found: Content, place: string, css: string): void {
  const { loads: addresses, code } = readStyleSheet(css);
  found.active.push(...code.map((word) => `${word} in ${place}`));
  for (const address of addresses) {
    if (isCode(address, true)) found.active.push(`a script in ${place}`);
  }
  judgeAddresses(found, place, addresses, true);
}

/** Whether it loads over https, from an attachment or from the text. Anchors and Logto's variables load nothing. */
function isLoadedSafely(address: string): boolean {
  const text = withoutSkipped(address);
  return (
    text === "" ||
    text.startsWith("#") ||
    /^(?:https|cid|data|mailto|tel):|^\{\{/i.test(text) ||
    // A path without a host leads nowhere from a mail.
    !/^(?:[a-z][a-z\d+.-]{0,40}:|[\\/]{2})/i.test(text)
  );
}

/** Whether it is `//host`: a mail program has no page to take the scheme from. */
function isWithoutScheme(address: string): boolean {
  return /^[\\/]{2}/.test(withoutSkipped(address));
}

/** Whether it holds the code itself, in the form that Logto replaces, or encoded. */
function holdsCode(address: string): boolean {
  return /\{\{\s*code\s*\}\}/.test(
    address.replace(/%7b/gi, "{").replace(/%7d/gi, "}").replace(/%20/g, " "),
  );
}

/** Nesting limit for comments in comments; no message that people made goes deeper. */
const deepest = 5;

function elementsOf(node: DefaultTreeAdapterTypes.Node, depth: number): Element[] {
  const elements: Element[] = [];
  const left: DefaultTreeAdapterTypes.Node[] = [node];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (defaultTreeAdapter.isElementNode(next)) elements.push(next);
    if ("childNodes" in next) left.push(...[...next.childNodes].reverse());
    if ("content" in next) left.push(next.content);
    if (defaultTreeAdapter.isCommentNode(next)) elements.push(...inConditional(next.data, depth));
  }
  return elements;
}

/** Content of `<!--[if mso]> … <![endif]-->`, which Outlook does not treat as a comment. */
function inConditional(comment: string, depth: number): Element[] {
  const start = comment.indexOf(">");
  if (depth >= deepest || start === -1 || !/^\s*\[if\b/i.test(comment)) return [];
  return elementsOf(parse(comment.slice(start + 1), { scriptingEnabled: false }), depth + 1);
}

function textOf(element: Element): string {
  return element.childNodes.map((child) => ("value" in child ? child.value : "")).join("");
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}
