import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { readText } from "../text-file";
import { missingPurpose, templateProblems } from "./email-content";
import { type EmailUsageType, usageTypes } from "./email-usage";

/** What can stand in front of a message, as `subject: Your code`. */
export type FrontKey = "subject" | "replyTo" | "sendFrom";

/** A message as its file holds it. */
export interface TemplateFile {
  usageType: EmailUsageType;
  type: "text/plain" | "text/html";
  subject: string;
  content: string;
  replyTo?: string;
  sendFrom?: string;
}

/** The messages of a folder, or all that is wrong with them, a line each with the file's name. */
export type TemplateFilesRead = { templates: TemplateFile[] } | { problems: string[] };

const contentTypes = new Map<string, TemplateFile["type"]>([
  [".html", "text/html"],
  [".txt", "text/plain"],
]);

/**
 * Reads a folder of e-mail templates: a file each, named for what Logto sends it for, such as
 * `SignIn.html` or `SignIn.txt`, with its subject in front:
 *
 *     ---
 *     subject: {{code}} is your sign-in code
 *     ---
 *     <p>{{code}}</p>
 *
 * The subject is the rest of its line, whatever it holds. What stands in front is no YAML and no other language: a
 * template comes with pull requests, and is data.
 *
 * Hidden files and README.md are passed over; any other file is a problem, as it may be a misspelt name.
 *
 * @param folder as it is named in messages, from the project's root
 * @param options.required the types for which there must be a file
 * @param options.keys what may stand in front
 * @param options.isOther which other names are passed over
 */
export function readTemplateFiles(
  folder: string,
  {
    required,
    keys,
    isOther = () => false,
  }: {
    required: readonly EmailUsageType[];
    keys: readonly FrontKey[];
    isOther?: (name: string) => boolean;
  },
): TemplateFilesRead {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    return { problems: [`${folder}: expected a folder of e-mail templates`] };
  }
  const read = readdirSync(folder)
    .filter((name) => !name.startsWith(".") && name !== "README.md" && !isOther(name))
    .toSorted()
    .map((name) => readTemplate(folder, name, keys));
  const problems = read.flatMap((file) => file.problems);
  const named = read.flatMap(({ usageType }) => usageType ?? []);
  for (const usageType of required) {
    if (!named.includes(usageType)) {
      problems.push(`${folder}/${usageType}.html (or .txt): is missing`);
    }
  }
  for (const usageType of new Set(named.filter((name, index) => named.indexOf(name) < index))) {
    problems.push(`${folder}/${usageType}: expected one file, either .html or .txt`);
  }
  return problems.length > 0
    ? { problems }
    : { templates: read.flatMap(({ template }) => template ?? []) };
}

interface FileRead {
  usageType?: EmailUsageType;
  template?: TemplateFile;
  problems: string[];
}

function readTemplate(folder: string, name: string, keys: readonly FrontKey[]): FileRead {
  const file = `${folder}/${name}`;
  const { name: base, ext } = path.parse(name);
  const usageType = usageTypes.find((candidate) => candidate === base);
  const type = contentTypes.get(ext);
  if (usageType === undefined || type === undefined) {
    const types = usageTypes.join(", ");
    return { problems: [`${file}: expected the name to be one of ${types}, and .html or .txt`] };
  }
  const { lines = [], content } = split(readText(file));
  const { front, problems } = readFront(lines, keys);
  const template = { usageType, type, subject: "", ...front, content: `${content.trim()}\n` };
  for (const { part, message } of [...missingPurpose(template), ...templateProblems(template)]) {
    problems.push(part === "content" ? message : `${part}: ${message}`);
  }
  return {
    usageType,
    problems: problems.map((problem) => `${file}: ${problem}`),
    ...(problems.length === 0 && { template }),
  };
}

type Front = Partial<Record<FrontKey, string>>;

function readFront(
  lines: string[],
  keys: readonly FrontKey[],
): { front: Front; problems: string[] } {
  const problems: string[] = [];
  const written = new Map<FrontKey, string[]>();
  for (const line of lines) {
    const [, name, rest] = /^([^\s:#][^:]*):(?:\s(.*))?$/.exec(line) ?? [];
    if (line.trim() === "" || line.startsWith("#")) continue;
    const key = keys.find((one) => one === name?.trim());
    if (name === undefined) {
      problems.push('expected a line such as "subject: Your code" between the two of ---');
    } else if (key === undefined) {
      problems.push(`${name.trim()}: unknown key, expected only ${keys.join(", ")}`);
    } else {
      written.set(key, [...(written.get(key) ?? []), rest?.trim() ?? ""]);
    }
  }
  const isWellFormed = problems.length === 0;
  const front: Front = {};
  for (const key of keys) {
    const [first = "", ...others] = written.get(key) ?? [];
    const value = withoutQuotes(first);
    const isNeeded = key === "subject" || written.has(key);
    if (value === undefined) {
      problems.push(`${key}: expected it without quotes, as it is the rest of its line`);
    } else if (isWellFormed && others.length > 0) {
      problems.push(`${key}: expected one`);
    } else if (isWellFormed && isNeeded && value === "") {
      problems.push(`${key}: expected a text between the two lines of --- at the top`);
    } else if (value !== "") {
      front[key] = value;
    }
  }
  return { front, problems };
}

/** The lines between the two `---` at the top, `undefined` if there are none, and what follows. */
function split(text: string): { lines?: string[]; content: string } {
  const [first = "", ...rest] = text.split("\n");
  const end = first.trimEnd() === "---" ? rest.findIndex((line) => line.trimEnd() === "---") : -1;
  return end === -1
    ? { content: [first, ...rest].join("\n") }
    : { lines: rest.slice(0, end), content: rest.slice(end + 1).join("\n") };
}

/**
 * A value without its quotes, which YAML needed for some; `undefined` if it is written in quotes with something
 * escaped, which this does not read.
 */
function withoutQuotes(value: string): string | undefined {
  const [, quote, inside = ""] = /^(["'])(.*)\1$/.exec(value) ?? [];
  if (quote === undefined) return value;
  if (quote === '"' ? inside.includes("\\") : inside.includes("''")) return undefined;
  return inside.includes(quote) ? value : inside.trim();
}
