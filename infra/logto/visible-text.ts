import colorString from "color-string";
import { is } from "css-select";
import { type CssNode, generate, parse as parseCss } from "css-tree";
import {
  type ChildNode,
  type Document,
  type Element,
  isTag,
  isText,
  type ParentNode,
  type Text,
} from "domhandler";
import { parse } from "parse5";
import { adapter, type Htmlparser2TreeAdapterMap } from "parse5-htmlparser2-tree-adapter";

/** What an HTML message shows and loads, as a mail program reads it, which runs no scripts. */
export interface Message {
  /** The texts in their order, entities read. Those that CSS hides are included: inboxes preview them. */
  texts: string[];
  /** The attributes of shown elements that a mail program shows or loads. */
  attributes: string[];
  /** Whether the text stands where a reader can read it. */
  isLegible: (text: string) => boolean;
  /** Whether a visible link leads there. */
  isLinked: (text: string) => boolean;
}

/** Elements whose content is not shown. */
const unshown = new Set([
  ...["head", "title", "style", "script", "template", "noframes", "noembed", "iframe", "object"],
  ...["audio", "video", "canvas", "datalist", "metadata", "desc", "defs"],
]);

/** Attributes that show or load something. Others, such as a name, are for programs and are passed over. */
const shownAttributes = ["alt", "title", "href", "src", "background", "value", "placeholder"];

/** Contrast below which text is taken for hidden: 1 is one and the same colour. */
const leastContrast = 1.2;

type Color = readonly [red: number, green: number, blue: number];

/** The style that an element hands on to those inside it. */
interface Inherited {
  isVisible: boolean;
  /** Pixels. */
  fontSize: number;
  color: Color;
  /** `undefined` over a picture or another background that is no plain colour. */
  background: Color | undefined;
}

/** Reads an HTML message. */
export function readMessage(html: string): Message {
  const document: Document = parse<Htmlparser2TreeAdapterMap>(html, {
    treeAdapter: adapter,
    scriptingEnabled: false,
  });
  const texts: Text[] = [];
  const elements: Element[] = [];
  const sheets: string[] = [];
  // A list instead of recursion: elements may be nested as deep as a message is long.
  const ahead = document.children.toReversed();
  for (let node = ahead.pop(); node !== undefined; node = ahead.pop()) {
    if (isText(node)) texts.push(node);
    if (!isTag(node)) continue;
    if (node.name === "style") sheets.push(textContent(node));
    if (node.name === "head") sheets.push(...styleSheetsIn(node));
    if (unshown.has(node.name)) continue;
    elements.push(node);
    ahead.push(...node.children.toReversed());
  }
  const handedOn = inheritance(sheets.flatMap(rulesOf));
  return {
    texts: texts.map(({ data }) => data),
    attributes: elements.flatMap(({ attribs }) =>
      shownAttributes.flatMap((name) => attribs[name] ?? []),
    ),
    isLegible: (text) =>
      texts.some((node) => node.data.includes(text) && isLegible(handedOn(node.parent))),
    isLinked: (text) =>
      elements.some(
        (element) =>
          element.name === "a" &&
          element.attribs["href"]?.includes(text) === true &&
          handedOn(element)?.isVisible === true,
      ),
  };
}

function styleSheetsIn(head: Element): string[] {
  return head.children.flatMap((node) =>
    isTag(node) && node.name === "style" ? [textContent(node)] : [],
  );
}

function textContent(element: Element): string {
  return element.children.map((child) => (isText(child) ? child.data : "")).join("");
}

const page: Inherited = {
  isVisible: true,
  fontSize: 16,
  color: [0, 0, 0],
  background: [255, 255, 255],
};

/**
 * What elements hand on under the rules of a message's style sheets; `undefined` if nothing inside is shown. Only
 * the ancestors of the element in question are looked at: a message may be large.
 */
function inheritance(rules: StyleRule[]): (element: ParentNode | null) => Inherited | undefined {
  const known = new Map<ParentNode, Inherited | undefined>();
  return (element) => {
    const path: Element[] = [];
    let at = element;
    for (; at !== null && isTag(at) && !known.has(at); at = at.parent) path.push(at);
    let around = at !== null && known.has(at) ? known.get(at) : page;
    for (const one of path.toReversed()) {
      around = around && inheritedBy(one, styleOf(one, rules), around);
      known.set(one, around);
    }
    return around;
  };
}

function isLegible(inherited: Inherited | undefined): boolean {
  if (inherited === undefined) return false;
  const { isVisible, fontSize, color, background } = inherited;
  return (
    isVisible &&
    fontSize >= 2 &&
    (background === undefined || contrast(color, background) >= leastContrast)
  );
}

type Style = Map<string, string>;

/** What an element hands on, or `undefined` if neither it nor anything inside it is shown. */
function inheritedBy(element: Element, style: Style, around: Inherited): Inherited | undefined {
  if (
    "hidden" in element.attribs ||
    (element.name === "input" && element.attribs["type"]?.toLowerCase() === "hidden") ||
    (element.name === "dialog" && !("open" in element.attribs)) ||
    isOutOfSight(style)
  ) {
    return undefined;
  }
  const visibility = style.get("visibility");
  const color = colorOf(style.get("color") ?? element.attribs["color"], around.background);
  return {
    isVisible: visibility === undefined ? around.isVisible : visibility === "visible",
    fontSize: fontSizeOf(style, around.fontSize),
    color: color ?? around.color,
    background: backgroundOf(element, style, around.background),
  };
}

function isOutOfSight(style: Style): boolean {
  const numberOf = (name: string) => Number.parseFloat(style.get(name) ?? "");
  const isZero = (...names: string[]) => names.some((name) => numberOf(name) === 0);
  const isAway = (...names: string[]) => names.some((name) => numberOf(name) <= -99);
  const isPlaced = /^(?:absolute|fixed)$/.test(style.get("position") ?? "");
  const clips = [style.get("overflow"), style.get("overflow-x"), style.get("overflow-y")];
  return (
    style.get("display") === "none" ||
    numberOf("opacity") < 0.05 ||
    (clips.includes("hidden") && isZero("height", "max-height", "width", "max-width")) ||
    isAway("text-indent", "margin-left", "margin-top") ||
    (isPlaced && isAway("left", "top", "right", "bottom")) ||
    /^rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)$/.test(
      style.get("clip") ?? "",
    ) ||
    /^(?:inset\((?:50|100)%|circle\(0)/.test(style.get("clip-path") ?? "") ||
    /\bscale(?:3d|[XY])?\(0[,)]/i.test(style.get("transform") ?? "")
  );
}

const unitsInPixels: Record<string, number> = {
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 37.8,
  mm: 3.78,
};

function fontSizeOf(style: Style, around: number): number {
  // The shorthand `font` has the size before the family, or before a slash and the line height.
  const short = /(?:^|\s)([\d.]+(?:px|pt|em|rem|%|pc|in|cm|mm)|0)(?:\/|\s)/.exec(
    style.get("font") ?? "",
  );
  const written = style.get("font-size") ?? short?.[1];
  const [, number, unit = ""] = /^([\d.]+)([a-z%]*)$/i.exec(written ?? "") ?? [];
  if (number === undefined) return around;
  const value = Number(number);
  if (unit === "em" || unit === "%") return around * (unit === "%" ? value / 100 : value);
  return unit === "rem" ? 16 * value : value * (unitsInPixels[unit.toLowerCase()] ?? 1);
}

function backgroundOf(
  { attribs }: Element,
  style: Style,
  around: Color | undefined,
): Color | undefined {
  const written = style.get("background-color") ?? style.get("background") ?? attribs["bgcolor"];
  const isPicture = /url\(|gradient\(|image-set\(/i.test(
    `${style.get("background-image") ?? ""} ${style.get("background") ?? ""}`,
  );
  if (isPicture || (attribs["background"] ?? "") !== "") return undefined;
  return colorOf(written, around) ?? around;
}

/**
 * A colour as it looks on what is behind it; `undefined` if none is written, or one that only the mail program
 * knows.
 */
function colorOf(written: string | undefined, behind: Color | undefined): Color | undefined {
  const [red, green, blue, alpha] = colorString.get.rgb(written ?? "") ?? [];
  if (red === undefined || green === undefined || blue === undefined) return undefined;
  const share = alpha ?? 1;
  if (share === 1 || behind === undefined) return [red, green, blue];
  const mixed = (own: number, other: number) => own * share + other * (1 - share);
  return [mixed(red, behind[0]), mixed(green, behind[1]), mixed(blue, behind[2])];
}

/** @see https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio */
function contrast(one: Color, other: Color): number {
  const [dark = 0, light = 0] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

function luminance(color: Color): number {
  const [red = 0, green = 0, blue = 0] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

interface Declaration {
  property: string;
  value: string;
  isImportant: boolean;
}

interface StyleRule {
  selector: string;
  declarations: Declaration[];
}

/**
 * The declarations of an element, its own `style` last. A selector's weight is not considered: the later rule wins.
 */
function styleOf(element: Element, rules: StyleRule[]): Style {
  const own = parseCss(element.attribs["style"] ?? "", { context: "declarationList" });
  const declarations = [
    ...rules.flatMap((rule) => (matches(element, rule.selector) ? rule.declarations : [])),
    ...declarationsOf(own),
  ];
  const weak = declarations.filter(({ isImportant }) => !isImportant);
  const strong = declarations.filter(({ isImportant }) => isImportant);
  return new Map([...weak, ...strong].map(({ property, value }) => [property, value]));
}

/** The rules of a style sheet. Those inside @media and the like are passed over if only some programs apply them. */
function rulesOf(css: string): StyleRule[] {
  const sheet = parseCss(css.replace(/^\s*<!--/, "").replace(/-->\s*$/, ""));
  if (sheet.type !== "StyleSheet") return [];
  return rulesIn(sheet.children.toArray());
}

/**
 * The rules, also those within an `@media` that every screen meets. Of others it is not known whether they are met.
 */
function rulesIn(nodes: readonly CssNode[]): StyleRule[] {
  return nodes.flatMap((node) => {
    if (node.type === "Rule") {
      return [{ selector: generate(node.prelude), declarations: declarationsOf(node.block) }];
    }
    const isMet =
      node.type === "Atrule" &&
      node.name.toLowerCase() === "media" &&
      (node.prelude === null || /^(?:only )?(?:all|screen)$/i.test(generate(node.prelude).trim()));
    return isMet && node.block !== null ? rulesIn(node.block.children.toArray()) : [];
  });
}

function declarationsOf(list: CssNode): Declaration[] {
  if (list.type !== "DeclarationList" && list.type !== "Block") return [];
  return list.children.toArray().flatMap((node) =>
    node.type === "Declaration"
      ? [
          {
            property: node.property.toLowerCase(),
            value: generate(node.value).toLowerCase().trim(),
            isImportant: node.important !== false,
          },
        ]
      : [],
  );
}

/** A selector that cannot be read matches nothing, as in a mail program. */
function matches(element: Element, selector: string): boolean {
  try {
    return is<ChildNode, Element>(element, selector);
  } catch {
    return false;
  }
}
