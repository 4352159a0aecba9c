import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import { readText } from "../infra/text-file";
import { type EmailTemplate, emailTemplate } from "../infra/logto/email-template-schema";
import { type EmailUsageType, requiredUsageTypes, usageTypes } from "../infra/logto/email-usage";

/** The e-mail templates of a folder, or all that is wrong with them, a line each with the file's name. */
export type TemplatesRead = { templates: EmailTemplate[] } | { problems: string[] };

const contentTypes = new Map<string, EmailTemplate["type"]>([
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
 */
export function readTemplates(folder: string): TemplatesRead {
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    return { problems: [`${folder}: expected a folder of e-mail templates`] };
  }
  const read = readdirSync(folder)
    .filter((name) => !name.startsWith(".") && name !== "README.md")
    .toSorted()
    .map((name) => readTemplate(folder, name));
  const problems = read.flatMap((file) => file.problems);
  const named = read.flatMap(({ usageType }) => usageType ?? []);
  for (const usageType of requiredUsageTypes) {
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
  template?: EmailTemplate;
  problems: string[];
}

function readTemplate(folder: string, name: string): FileRead {
  const file = `${folder}/${name}`;
  const { name: base, ext } = path.parse(name);
  const usageType = usageTypes.find((candidate) => candidate === base);
  const type = contentTypes.get(ext);
  if (usageType === undefined || type === undefined) {
    const types = usageTypes.join(", ");
    return { problems: [`${file}: expected the name to be one of ${types}, and .html or .txt`] };
  }
  const { lines, content } = split(readText(file));
  const problems: string[] = [];
  const subjects: string[] = [];
  for (const line of lines ?? []) {
    const [, key, rest] = /^([^\s:#][^:]*):(?:\s(.*))?$/.exec(line) ?? [];
    if (line.trim() === "" || line.startsWith("#")) continue;
    if (key === undefined) {
      problems.push(`${file}: expected a line such as "subject: Your code" between the two of ---`);
    } else if (key.trim() === "subject") {
      subjects.push(rest?.trim() ?? "");
    } else {
      problems.push(`${file}: ${key.trim()}: unknown key, expected only subject`);
    }
  }
  const [written = ""] = subjects;
  const subject = withoutQuotes(written);
  if (subject === undefined) {
    problems.push(`${file}: subject: expected it without quotes, as it is the rest of its line`);
  } else if (problems.length === 0 && (subjects.length !== 1 || subject === "")) {
    problems.push(
      `${file}: subject: expected ${subjects.length > 1 ? "one" : "a text between the two lines of --- at the top"}`,
    );
  }
  const template = { usageType, type, subject: subject ?? "", content: `${content.trim()}\n` };
  for (const issue of emailTemplate.safeParse(template).error?.issues ?? []) {
    const isOfSubject = issue.path[0] === "subject";
    // What is wrong with a missing subject was said above.
    if (isOfSubject && template.subject === "") continue;
    problems.push(`${file}: ${isOfSubject ? "subject: " : ""}${issue.message}`);
  }
  return { usageType, problems, ...(problems.length === 0 && { template }) };
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
 * A subject without its quotes, which YAML needed for some; `undefined` if it is written in quotes with something
 * escaped, which this does not read.
 */
function withoutQuotes(subject: string): string | undefined {
  const [, quote, inside = ""] = /^(["'])(.*)\1$/.exec(subject) ?? [];
  if (quote === undefined) return subject;
  if (quote === '"' ? inside.includes("\\") : inside.includes("''")) return undefined;
  return inside.includes(quote) ? subject : inside.trim();
}
