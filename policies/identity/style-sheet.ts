import { ident, string, tokenize, tokenTypes, url } from "css-tree";

/** What a style sheet loads and runs. */
export interface StyleSheet {
  /** The addresses that it loads, with escapes decoded. */
  loads: string[];
  /** Those of `loads` that are style sheets. */
  imports: string[];
  /** What some program would run as code, in words. */
  code: string[];
}

/** Functions whose text is an address: `image-set("a.png" 1x)` loads as `url(a.png)` does. */
const loading = /^(?:url|url-prefix|src|image|(?:-[a-z]+-)?image-set|cross-fade)$/;

/** Properties with which old browsers run a script. */
const bindings = ["behavior", "-moz-binding"];

/**
 * Reads a style sheet or a style attribute by its tokens, as a browser does, so that comments, escapes and
 * broken rules hide nothing.
 */
export function readStyleSheet(css: string): StyleSheet {
  const sheet: StyleSheet = { loads: [], imports: [], code: [] };
  /** The functions and brackets that are open at this point. */
  const open: { name: string; end: number; isRead: boolean }[] = [];
  let isImport = false;
  const load = (address: string) => {
    sheet.loads.push(address);
    if (isImport) sheet.imports.push(address);
  };
  // The tokenizer treats a url() whose name has an escape as a function, and its content not as a string.
  const closed = (one: (typeof open)[number] | undefined, start: number) => {
    if (one !== undefined && /^(?:url|src)$/.test(one.name) && !one.isRead) {
      load(url.decode(`url(${css.slice(one.end, start)})`));
    }
  };
  tokenize(css, (type, start, end) => {
    const text = css.slice(start, end);
    switch (type) {
      case tokenTypes.AtKeyword:
        isImport = ident.decode(text.slice(1)).toLowerCase() === "import";
        break;
      case tokenTypes.Semicolon:
      case tokenTypes.LeftCurlyBracket:
        isImport = false;
        break;
      case tokenTypes.Ident:
        sheet.code.push(...bindings.filter((name) => name === ident.decode(text).toLowerCase()));
        break;
      case tokenTypes.Function: {
        const name = ident.decode(text.slice(0, -1)).toLowerCase();
        if (name === "expression") sheet.code.push(name);
        open.push({ name, end, isRead: false });
        break;
      }
      case tokenTypes.LeftParenthesis:
        open.push({ name: "", end, isRead: false });
        break;
      case tokenTypes.RightParenthesis:
        closed(open.pop(), start);
        break;
      case tokenTypes.Url:
        load(url.decode(text));
        break;
      case tokenTypes.BadUrl:
        load(text.slice(text.indexOf("(") + 1));
        break;
      case tokenTypes.String:
        if (isImport || loading.test(open.at(-1)?.name ?? "")) load(string.decode(text));
        for (const one of open) one.isRead = true;
        break;
      default:
    }
  });
  while (open.length > 0) closed(open.pop(), css.length);
  return sheet;
}
