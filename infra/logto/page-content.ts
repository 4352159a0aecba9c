/**
 * What Logto's sign-in pages load, by the content security policy that Logto sends with them: pictures, styles and
 * frames from their own address or over https (pictures also as data in the address), and no media or embedded
 * objects from elsewhere. Logto stores the rest without a word, and browsers leave it out.
 *
 * Source: Logto, `packages/core/src/middleware/koa-security-headers.ts`.
 */

import { parse as parseCss, walk } from "css-tree";
import { type DefaultTreeAdapterTypes, defaultTreeAdapter, parseFragment } from "parse5";
import { isUrl, isWebUrl } from "../url";

/** The expectation for the address of a picture. */
export const pictureExpectation =
  "an https URL, such as https://bookstore.example/logo.svg, or the picture itself as data:image/…, as Logto's pages show no other";

/** Whether it is the address of a picture at all, or the picture itself. */
export function isPicture(address: string): boolean {
  return isWebUrl(address) || /^data:image\//i.test(address);
}

/**
 * Whether Logto's pages show a picture of this address.
 *
 * @param endpoint of Logto, whose own pictures show, also over http
 */
export function isShownOnPages(address: string, endpoint?: string): boolean {
  return /^data:image\//i.test(address) || isHttpsOrOwn(address, endpoint);
}

/** What the pages will not load in custom CSS, each once: `url(http://…)` and the like. */
export function blockedInCss(css: string, endpoint?: string): string[] {
  const blocked = new Set<string>();
  const look = (address: string, isStyleSheet: boolean) => {
    const isInline = /^data:/i.test(address);
    if (isInline ? isStyleSheet : !isHttpsOrOwn(address, endpoint)) blocked.add(shown(address));
  };
  walk(
    parseCss(css, { parseCustomProperty: true, onParseError: () => undefined }),
    function (node) {
      const isImport = this.atrule?.name.toLowerCase() === "import" && this.block === null;
      if (node.type === "Url") look(node.value, isImport);
      const isAddress =
        isImport ||
        (this.function !== null && /^(?:-webkit-)?image-set$/i.test(this.function.name));
      // In an image-set a picture's type is a text, too.
      if (
        node.type === "String" &&
        isAddress &&
        /[:/]/.test(node.value) &&
        !isMediaType(node.value)
      ) {
        look(node.value, isImport);
      }
    },
  );
  return [...blocked];
}

/** What the pages will not load or send in custom HTML, each once: `the src of img`. */
export function blockedInHtml(html: string, endpoint?: string): string[] {
  return [...new Set(elementsOf(parseFragment(html)).flatMap((one) => blockedIn(one, endpoint)))];
}

/** The message for custom content that would load `blocked`. */
export function loadsNothingElse(blocked: string[], where = ""): string {
  return `expected nothing${where} that Logto's pages do not load: ${blocked.join(", ")}; they load pictures, styles and frames over https, and no media, scripts or forms of elsewhere`;
}

type Element = DefaultTreeAdapterTypes.Element;

const never = ["object", "embed", "applet", "script"];
const withMedia = ["video", "audio", "track"];

function blockedIn(element: Element, endpoint: string | undefined): string[] {
  const { tagName, attrs } = element;
  if (never.includes(tagName)) return [`the element ${tagName}`];
  if (tagName === "style") return blockedInCss(textOf(element), endpoint);
  const inMedia =
    withMedia.includes(tagName) ||
    (element.parentNode !== null &&
      "tagName" in element.parentNode &&
      withMedia.includes(element.parentNode.tagName));
  return attrs.flatMap(({ name, value }) => {
    const isAllowed = (): boolean => {
      switch (true) {
        case name === "style":
          return blockedInCss(`a{${value}}`, endpoint).length === 0;
        case name === "srcset":
          return value
            .split(",")
            .every((one) => isShownOnPages(one.trim().split(/\s+/)[0] ?? "", endpoint));
        case name === "src" && inMedia:
        case ["action", "formaction"].includes(name) &&
          ["form", "button", "input"].includes(tagName):
        case name === "href" && tagName === "base":
          return isOwn(value, endpoint);
        case ["poster", "background"].includes(name):
        case name === "src" && tagName !== "iframe":
        case /^(?:xlink:)?href$/.test(name) && ["image", "use"].includes(tagName):
          return isShownOnPages(value, endpoint);
        case name === "src":
        case name === "href" && tagName === "link":
          return isHttpsOrOwn(value, endpoint);
        default:
          return true;
      }
    };
    return isAllowed() ? [] : [`the ${name} of ${tagName}`];
  });
}

function isHttpsOrOwn(address: string, endpoint: string | undefined): boolean {
  return /^https:/i.test(address.trim()) || isOwn(address, endpoint);
}

/** Whether an address has the origin of Logto's pages, as a relative one does. */
function isOwn(address: string, endpoint: string | undefined): boolean {
  const page = "https://page.invalid";
  if (!isUrl(address, page)) return true;
  const { origin } = new URL(address, page);
  const own = endpoint !== undefined && isUrl(endpoint) ? new URL(endpoint).origin : page;
  return origin === page || origin === own;
}

function isMediaType(text: string): boolean {
  return /^[a-z]+\/[\w.+-]+$/i.test(text);
}

/** An address as it can be shown: without what may be a credential in it, and not as long as a picture. */
function shown(address: string): string {
  const [withoutQuery = ""] = address.split(/[?#]/, 1);
  const line = withoutQuery.replace(/\/\/[^/@]*@/, "//").replace(/\s+/g, " ");
  return `url(${line.length > 80 ? `${line.slice(0, 80)}…` : line})`;
}

function elementsOf(node: DefaultTreeAdapterTypes.Node): Element[] {
  const own = defaultTreeAdapter.isElementNode(node) ? [node] : [];
  return [...own, ...("childNodes" in node ? node.childNodes.flatMap(elementsOf) : [])];
}

function textOf(element: Element): string {
  return element.childNodes.map((child) => ("value" in child ? child.value : "")).join("");
}
