import { existsSync, readdirSync, statSync } from "node:fs";
import path from "node:path";
import matter from "gray-matter";
import { readText } from "../infra/text-file";
import {
  type EmailTemplate,
  type EmailUsageType,
  requiredUsageTypes,
  usageTypes,
} from "../infra/logto/sendgrid-connector";

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
 *     subject: Your sign-in code
 *     ---
 *     <p>{{code}}</p>
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
  let parsed: { data: Record<string, unknown>; content: string };
  try {
    // With options, because gray-matter keeps what it has read without, even a file that failed.
    parsed = matter(readText(file), {});
  } catch {
    return { usageType, problems: [`${file}: expected YAML between the two lines of ---`] };
  }
  const { subject, ...others } = parsed.data;
  const content = parsed.content.trim();
  const problems = Object.keys(others).map(
    (key) => `${file}: ${key}: unknown key, expected only subject`,
  );
  if (typeof subject !== "string" || subject.trim() === "") {
    problems.push(`${file}: subject: expected a text between the two lines of --- at the top`);
  }
  const variable = usageType === "OrganizationInvitation" ? "link" : "code";
  if (!new RegExp(`\\{\\{\\s*${variable}\\s*\\}\\}`).test(content)) {
    problems.push(`${file}: expected {{${variable}}} in the content, or its readers get none`);
  }
  return problems.length > 0
    ? { usageType, problems }
    : {
        usageType,
        problems,
        template: { usageType, type, subject: (subject as string).trim(), content: `${content}\n` },
      };
}
