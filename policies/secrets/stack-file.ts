import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import {
  type Alias,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  parseAllDocuments,
  Parser,
} from "yaml";
import { type Key, pathOf } from "../property-path";

/** An unencrypted text of the stack's files. */
export interface PlaintextSetting {
  /** The name of its file. */
  file: string;
  /**
   * Its setting, with the path inside an object, as in `logto-stack:email.fromName`; outside `config` all keys on
   * the way. For a comment `the comment in line N`.
   */
  path: string;
  text: string;
  /** Whether it is a comment, which may itself name what it holds. */
  isComment: boolean;
  /** Whether it stands where the engine keeps encrypted values. */
  isSealed: boolean;
}

/**
 * Every unencrypted text of `Pulumi.<stack>.yaml`, if the stack has one, and of `Pulumi.yaml`, which all stacks
 * share: values and keys, inside `config` and outside it, in any of YAML's forms, and comments.
 *
 * The files lie in the folder that the variable LOGTO_STACK_JUDGED_FILES names; an offline review puts the change's
 * files there. Default: the project's root, the first folder from the pack's upwards with a
 * Pulumi.yaml.
 */
export function plaintextSettings(stack: string): PlaintextSetting[] {
  return filesOf(stack).flatMap(({ file, content }) => [
    ...documentsOf(content).flatMap((document) =>
      textsOf(document.contents, [], document).map(({ keys, ...one }) => ({
        ...one,
        path: named(keys, file),
        file,
        isComment: false,
      })),
    ),
    ...commentsIn(content).map((one) => ({ ...one, file, isComment: true, isSealed: false })),
  ]);
}

/** The plaintext value of a setting, as the engine resolves it: the stack's own, else that of all stacks. */
export function plainSetting(
  stack: string,
  key: string,
): { file: string; text: string } | undefined {
  return plaintextSettings(stack).find((one) => one.path === key && !one.isComment);
}

function documentsOf(content: string): Document.Parsed[] {
  const documents = parseAllDocuments(content, { logLevel: "silent" });
  return "empty" in documents ? [] : documents;
}

function filesOf(stack: string): { file: string; content: string }[] {
  const root = process.env["LOGTO_STACK_JUDGED_FILES"] ?? projectRoot(process.cwd());
  return [`Pulumi.${stack}.yaml`, "Pulumi.yaml"].flatMap((file) => {
    const at = path.join(root, file);
    return existsSync(at) ? [{ file, content: readFileSync(at, "utf8") }] : [];
  });
}

/** A setting declared in the project's file has its value, or its default, one key below. */
const declaration = /^([^.[]+)\.(?:value|default)(?=[.[]|$)/;

function projectRoot(folder: string): string {
  const parent = path.dirname(folder);
  return existsSync(path.join(folder, "Pulumi.yaml")) || parent === folder
    ? folder
    : projectRoot(parent);
}

/** The name of a text: for a setting its key alone, for anything else all keys to it. */
function named(keys: Key[], file: string): string {
  const [first, ...rest] = keys;
  const own = first === "config" && rest.length > 0 ? rest : keys;
  const name = pathOf(own);
  return file === "Pulumi.yaml" && own !== keys ? name.replace(declaration, "$1") : name;
}

type Found = Pick<PlaintextSetting, "text" | "isSealed"> & { keys: Key[] };

function textsOf(node: unknown, keys: Key[], document: Parameters<Alias["resolve"]>[0]): Found[] {
  if (isAlias(node)) {
    // The alias's target is also judged where it is defined, but here it may have a credential's name.
    const target = node.resolve(document);
    return isScalar(target) ? textsOf(target, keys, document) : [];
  }
  if (isSeq(node)) return node.items.flatMap((item, at) => textsOf(item, [...keys, at], document));
  if (isMap(node)) return node.items.flatMap((item) => textsOf(item, keys, document));
  if (isPair(node)) {
    const key = textOfScalar(node.key) ?? "?";
    const ofKey = isOdd(key) ? [{ keys: [...keys, "(a key)"], text: key, isSealed: false }] : [];
    return [
      ...ofKey,
      ...textsOf(node.value, [...keys, isOdd(key) ? "(its value)" : key], document),
    ];
  }
  const text = textOfScalar(node);
  if (text === undefined) return [];
  const isSealed = keys.at(-1) === "secure";
  return [{ keys: isSealed ? keys.slice(0, -1) : keys, text, isSealed }];
}

/** Whether a key does not look like a setting's, and so may itself hold a value. */
function isOdd(key: string): boolean {
  const runs = key.match(/[A-Za-z\d]{16,}/g) ?? [];
  return !/^[\w:.$-]{0,80}$/.test(key) || runs.some((run) => /\d/.test(run));
}

/** A text or number as text, or the decoded content of `!!binary`. */
function textOfScalar(node: unknown): string | undefined {
  if (!isScalar(node)) return typeof node === "string" ? node : undefined;
  const { value } = node;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("utf8");
  if (typeof value === "string" || typeof value === "number" || typeof value === "bigint") {
    // Numbers as written: people read 0123 with its zero.
    return typeof value === "string" ? value : (node.source ?? String(value));
  }
  return value instanceof Date ? value.toISOString() : undefined;
}

function commentsIn(content: string): { path: string; text: string }[] {
  const lines = new LineCounter();
  const tokens = [...new Parser(lines.addNewLine).parse(content)];
  return tokens.flatMap(commentTokens).map(({ source, offset }) => ({
    path: `the comment in line ${lines.linePos(offset).line}`,
    text: source.replace(/^#+/, "").trim(),
  }));
}

/** The comments of a token. They can be part of any other token. */
function commentTokens(token: unknown): CST.SourceToken[] {
  if (Array.isArray(token)) return token.flatMap(commentTokens);
  if (typeof token !== "object" || token === null) return [];
  return (token as CST.SourceToken).type === "comment"
    ? [token as CST.SourceToken]
    : Object.values(token).flatMap(commentTokens);
}
