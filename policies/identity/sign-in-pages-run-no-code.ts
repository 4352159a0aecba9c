import { find, parse, walk } from "css-tree";
import { resourceRule, type Subject } from "../rule";
import { logto } from "../types";
import { contentOf } from "./active-content";
import { readStyleSheet } from "./style-sheet";
import { withoutSkipped } from "./where-addresses-lead";
import { isUrl } from "../../infra/url";

/**
 * Checks that the pages on which users type passwords load nothing from others: a foreign style sheet can read
 * what is typed, letter by letter, and a script can send it.
 */
export const signInPagesRunNoCode = resourceRule({
  name: "sign-in-pages-run-no-code",
  description:
    "Checks that custom CSS and content of the sign-in pages import nothing of others, load over https and run nothing.",
  level: "mandatory",
  types: [logto.signInExperience],
  options: {
    styleSheetHosts: {
      type: "array",
      items: { type: "string" },
      default: ["fonts.googleapis.com", "fonts.bunny.net"],
      description: "The hosts whose style sheets custom CSS may import; the default is of fonts.",
    },
    frameHosts: {
      type: "array",
      items: { type: "string" },
      default: ["www.youtube.com", "www.youtube-nocookie.com", "player.vimeo.com"],
      description:
        "The hosts whose pages custom content may show in a frame; the default is of films.",
    },
  },
  *demands(subject, { styleSheetHosts, frameHosts }) {
    for (const css of subject.at("customCss")) {
      const sheet = memo(() => readStyleSheet(css.value as string));
      const foreign = () =>
        sheet().imports.filter((one) => leadsElsewhere(one) && !isOf(one, styleSheetHosts));
      yield {
        property: css.path,
        exception: { styleSheetHosts: "HOST" },
        must: "import no style sheet of another host: copy what it needs of it",
        isMet: () => foreign().length === 0,
      };
      yield {
        property: css.path,
        must: "load over https: http can be watched and changed on its way",
        isMet: () => sheet().loads.every(isSafeLoad),
      };
      yield {
        property: css.path,
        must: "hold no </style: what follows would be part of the page",
        isMet: () => !/<\/style/i.test(css.value as string),
      };
      yield {
        property: css.path,
        must: "load nothing by what is typed: remove addresses under selectors such as [value^=…]",
        isMet: () => !loadsByValue(css.value as string),
      };
      yield {
        property: css.path,
        must: "run nothing: remove expressions, bindings and scripts in addresses",
        isMet: () => sheet().code.length === 0 && !sheet().loads.some(isScript),
      };
    }
    yield* demandsOfContent(subject, { styleSheetHosts, frameHosts });
  },
});

interface Hosts {
  styleSheetHosts: readonly string[];
  frameHosts: readonly string[];
}

function* demandsOfContent({ at }: Subject, { styleSheetHosts, frameHosts }: Hosts) {
  for (const content of at("customContent.*")) {
    const read = memo(() => contentOf(withoutFrames(content.value as string, frameHosts)));
    yield {
      property: content.path,
      exception: { frameHosts: "HOST" },
      must: () =>
        `do without ${[...read().active, ...read().misleading].join(", ")}: users type their passwords here`,
      isMet: () => read().active.length + read().misleading.length === 0,
    };
    yield {
      property: content.path,
      exception: { styleSheetHosts: "HOST" },
      must: "load no style sheet of another host: copy what it needs of it",
      isMet: () =>
        read().styleSheets.every((one) => !leadsElsewhere(one) || isOf(one, styleSheetHosts)),
    };
    yield {
      property: content.path,
      must: "ask for no password: what is typed outside Logto's own fields goes elsewhere",
      isMet: () => !read().asksForPassword,
    };
    yield {
      property: content.path,
      must: () => `load over https or not at all in ${read().insecure.join(", ")}`,
      isMet: () => read().insecure.length === 0,
    };
  }
}

/** The content without frames of allowed video hosts; the rest is judged like a message. */
function withoutFrames(html: string, hosts: readonly string[]): string {
  return html.replace(/<iframe\s([^<>]*)>\s*<\/iframe>/gi, (frame, attributes: string) => {
    const source = /(?:^|\s)src\s*=\s*["']([^"']*)["']/i.exec(attributes)?.[1] ?? "";
    return isOf(source, hosts) && !/(?:^|\s)(?:on\w+|srcdoc)\s*=/i.test(attributes) ? "" : frame;
  });
}

function isOf(address: string, hosts: readonly string[]): boolean {
  return (
    isUrl(address) &&
    new URL(address).protocol === "https:" &&
    hosts.includes(new URL(address).host)
  );
}

/** Whether a rule loads a picture by a field's value: its host then learns what is typed, letter by letter. */
function loadsByValue(css: string): boolean {
  let isFound = false;
  walk(parse(css), (node) => {
    if (node.type !== "Rule" || isFound) return;
    const isByValue = find(
      node.prelude,
      (part) => part.type === "AttributeSelector" && part.name.name.toLowerCase() === "value",
    );
    isFound = isByValue !== null && find(node.block, (part) => part.type === "Url") !== null;
  });
  return isFound;
}

/** Whether an address leads anywhere but to this server's own files. */
function leadsElsewhere(address: string): boolean {
  return /^(?:[a-z][a-z\d+.-]{0,40}:|[\\/]{2})/i.test(withoutSkipped(address));
}

function isSafeLoad(address: string): boolean {
  const text = withoutSkipped(address);
  return isScript(address) || !/^(?:(?!https:|data:)[a-z][a-z\d+.-]{0,40}:|[\\/]{2})/i.test(text);
}

function isScript(address: string): boolean {
  const text = withoutSkipped(address).replace(/\s/g, "");
  return /^(?:javascript|vbscript):|^data:(?!image\/|font\/|application\/(?:x-)?font)/i.test(text);
}

function memo<Value>(read: () => Value): () => Value {
  let kept: { value: Value } | undefined;
  return () => (kept ??= { value: read() }).value;
}
