import { defaultTreeAdapter, type DefaultTreeAdapterTypes, parse } from "parse5";

/** What of an HTML message is more than text, pictures and links, in words; each once. */
export function activeContent(html: string): string[] {
  return found(html, (element) => [
    ...(activeElements.has(element.tagName) ? [`the element ${element.tagName}`] : []),
    ...(element.tagName === "meta" && attribute(element, "http-equiv")?.toLowerCase() === "refresh"
      ? ["a refresh"]
      : []),
    ...element.attrs.flatMap(({ name, value }) => [
      ...(name.startsWith("on") ? [`the attribute ${name}`] : []),
      // Browsers skip white space and control characters in a scheme.
      // eslint-disable-next-line no-control-regex
      ...(/^(?:javascript|vbscript|data:text\/html)/i.test(value.replace(/[\u0000-\u0020]/g, ""))
        ? [`a script in the attribute ${name}`]
        : []),
      ...(name === "srcdoc" ? ["the attribute srcdoc"] : []),
    ]),
  ]);
}

/** Where an HTML message loads pictures or styles over http; each once. */
export function insecureLoads(html: string): string[] {
  return found(html, (element) => [
    ...element.attrs.flatMap(({ name, value }) =>
      (loads(element, name) && /(?:^|[\s,])http:/i.test(value)) ||
      (name === "style" && loadsInStyle(value))
        ? [`the attribute ${name} of ${element.tagName}`]
        : [],
    ),
    ...(element.tagName === "style" && loadsInStyle(textOf(element)) ? ["the element style"] : []),
  ]);
}

type Element = DefaultTreeAdapterTypes.Element;

const activeElements = new Set([
  "script",
  "iframe",
  "frame",
  "object",
  "embed",
  "applet",
  "form",
  "base",
  "portal",
]);

const loadingAttributes = new Set(["src", "srcset", "background", "poster", "data"]);

function loads({ tagName }: Element, name: string): boolean {
  return (
    loadingAttributes.has(name) ||
    (["link", "image", "use"].includes(tagName) && /^(?:xlink:)?href$/.test(name))
  );
}

function loadsInStyle(style: string): boolean {
  return /url\(\s*["']?http:|@import\s+["']?http:/i.test(style);
}

function found(html: string, look: (element: Element) => string[]): string[] {
  return [...new Set(elementsOf(parse(html)).flatMap(look))];
}

function elementsOf(node: DefaultTreeAdapterTypes.Node): Element[] {
  const own = defaultTreeAdapter.isElementNode(node) ? [node] : [];
  const children = "childNodes" in node ? node.childNodes : [];
  const inTemplate = "content" in node ? elementsOf(node.content) : [];
  return [...own, ...children.flatMap(elementsOf), ...inTemplate];
}

function textOf(element: Element): string {
  return element.childNodes.map((child) => ("value" in child ? child.value : "")).join("");
}

function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((one) => one.name === name)?.value;
}
