import { isCredentialName } from "./credential-names";
import { isPathOfFile, isPublicKey } from "./credential-values";
import { type Word, argumentsOfPrograms, wordsOfCommand } from "./programs";

/** A credential that a text gives in clear, by the name that the text gives it. */
export interface NamedCredential {
  name: string;
  value: string;
}

/**
 * The credentials that a text names and gives: `PGPASSWORD=x`, `--password x`, `-c key=value`,
 * `Server=db;Password=x`, `{"password": "x"}`, `Authorization: Basic x`, `curl -u user:x`, `https://b/?token=x`.
 *
 * A reference is none: `$PASSWORD`, `$(cat file)`, `{{code}}`, `op://vault/item`. Each text is read in time
 * that grows with its length.
 *
 * @param isProse whether people read it, who are told of passwords too: then only what no prose says counts
 */
export function credentialsInText(text: string, isProse = false): NamedCredential[] {
  return [
    ...inJson(text),
    ...inHeaders(text),
    ...inAddresses(text),
    ...(isProse
      ? inSentences(text)
      : [...inAssignments(text), ...inLines(text), ...inArguments(wordsOfCommand(text))]),
  ].filter(
    ({ name, value }) => isGiven(value) && !isPublicKey(name, value) && !isLabelOf(name, value),
  );
}

/** In a program's words for people `"password": "Password"` is what a field is called. */
function isLabelOf(name: string, value: string): boolean {
  return value === `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/**
 * The credentials that words of a command line give, each with the number of the word that holds it:
 * of `--password x` the second.
 */
export function credentialsInWords(words: readonly string[]): (NamedCredential & { at: number })[] {
  return inArguments(words.map((text) => ({ text }))).filter(({ value }) => isGiven(value));
}

function inJson(text: string): NamedCredential[] {
  const start = text.trimStart()[0];
  if (start !== "{" && start !== "[") return [];
  try {
    return namedIn(JSON.parse(text) as unknown, "");
  } catch {
    return [];
  }
}

/** What an object holds by the name of a credential, in any depth, in text inside it too. */
export function namedIn(value: unknown, name: string): NamedCredential[] {
  if (typeof value === "string" || typeof value === "number") {
    const text = String(value);
    return isCredentialName(name) ? [{ name, value: text }] : inJson(text);
  }
  if (Array.isArray(value)) return value.flatMap((element) => namedIn(element, name));
  if (typeof value !== "object" || value === null) return [];
  const entries = Object.entries(value);
  const named = entryOf(value as Record<string, unknown>);
  return [
    ...entries.flatMap(([key, held]) =>
      // Of Docker's configuration: a user and a password in base 64.
      key === "auth" && typeof held === "string" && Buffer.from(held, "base64").includes(":")
        ? [{ name: key, value: held }]
        : namedIn(held, key),
    ),
    ...(named === undefined ? [] : namedIn(named.value, named.name)),
  ];
}

/** An object that is one entry of a map, such as `{ label: "db.password", value: "…" }`. */
export function entryOf(
  holder: Record<string, unknown>,
): { name: string; value: unknown } | undefined {
  const name = [
    holder["label"],
    holder["name"],
    holder["key"],
    holder["header"],
    holder["Name"],
  ].find((one) => typeof one === "string");
  const value = holder["value"] ?? holder["Value"];
  return name === undefined || value === undefined ? undefined : { name, value };
}

function inHeaders(text: string): NamedCredential[] {
  return [
    ...text.matchAll(
      /\b(authorization|proxy-authorization)\b(?:["']?\s*[:=]\s*["']?|\s{1,10}["'])(?:basic|bearer|digest|token|apikey)\s+([^\s"',;}]+)/gi,
    ),
  ].map(([, name = "", value = ""]) => ({ name, value }));
}

/** Of addresses the queries and fragments; a password in one is found by its shape. */
function inAddresses(text: string): NamedCredential[] {
  return [...text.matchAll(/[?&#;]([a-z][\w.-]{0,60})=([^\s"'<>&#;]+)/gi)]
    .map(([, name = "", value = ""]) => ({ name, value }))
    .filter(({ name }) => isCredentialName(name) || /^(?:sig|signature|sas|key)$/i.test(name))
    .filter(({ name, value }) => isCredentialName(name) || value.length >= 16);
}

function inAssignments(text: string): NamedCredential[] {
  return [
    ...text.matchAll(
      /(?<![\w.-])-{0,2}([a-z_][\w.-]{0,100})(?:\s?=\s?|["']?:\s?(?=["']))(?=(?:"""([^"]{1,500})"""|"([^"\n]{0,500})"|'([^'\n]{0,500})'|([^\s"'&|;,)}]{1,500})))/gi,
    ),
    // Of a header or a line of YAML: one word to the end.
    ...text.matchAll(/(?<![\w.-])([a-z_][\w.-]{0,100}):[ \t]*([^\s"',;{}]+)["']?(?=$|[\n"';,}])/gi),
    // Of ADO.NET and ODBC the names may have spaces.
    ...text.matchAll(/(?:^|;)\s?((?:user )?(?:pwd|password))\s?=\s?([^;\n]+)/gi),
  ]
    .map(([, name = "", ...values]) => ({
      name,
      value: (values as (string | undefined)[]).find((one) => one !== undefined) ?? "",
    }))
    .filter(({ name }) => isCredentialName(name));
}

/** What a line, an element or a call gives without a sign between name and value. */
const inOtherForms: readonly RegExp[] = [
  // Of SQL.
  /\b(password|identified(?: with \w{1,40})? by)\s{1,10}(?:'([^'\n]{1,500})'|"([^"\n]{1,500})")/gi,
  // Of XML.
  /<((?:[a-z]\w{0,20}:)?[a-z][\w.-]{0,60})>([^<>\s][^<>]{0,300})<\//gi,
  // Of Kubernetes and Compose.
  /\bname:[ \t]*["']?([\w.-]{1,100})["']?[ \t]*\n\s{0,40}value:[ \t]*(?:"([^"\n]{1,500})"|'([^'\n]{1,500})'|([^\s"']{1,500}))/g,
  // Of calls, as PHP defines constants.
  /\(\s{0,10}["']([\w.-]{1,100})["']\s{0,10},\s{0,10}(?:"([^"\n]{1,500})"|'([^'\n]{1,500})')/g,
  // Of netrc.
  /\blogin\s{1,10}\S{1,200}\s{1,10}(password)\s{1,10}(\S{1,500})/g,
  // Of configurations of one name and one value a line. An English word has no digit.
  /^[ \t]*(?:(?:env|arg|set|setenv|fastcgi_param|uwsgi_param)[ \t]{1,10})?([a-z_][\w.-]{0,100})[ \t]{1,10}["']?(?=[^\s"';]{0,200}\d)([^\s"';]{1,500})["']?[ \t]*;?$/gim,
];

function inLines(text: string): NamedCredential[] {
  return inOtherForms
    .flatMap((form) => [...text.matchAll(form)])
    .map(([, name = "", ...values]) => ({
      name: /^identified/i.test(name) ? "password" : name,
      value: (values as (string | undefined)[]).find((one) => one !== undefined) ?? "",
    }))
    .filter(({ name }) => isCredentialName(name));
}

/**
 * What people write for each other, such as `password: Summer2026!`. Words about a password follow it as well: what
 * is given has letters and digits.
 */
function inSentences(text: string): NamedCredential[] {
  return [
    ...text.matchAll(
      /(?<![\w.-])((?:[a-z]{2,12}[ _-])?[a-z][\w-]{1,30})["']?\s?(?::|=|\bis\b)\s{0,2}["']?([^\s"'<>(){}#,;&]{6,200})/gi,
    ),
  ]
    .map(([, name = "", value = ""]) => ({ name, value }))
    .filter(
      ({ name, value }) =>
        isCredentialName(name) &&
        /[a-z]/i.test(value) &&
        /\d/.test(value) &&
        // A measure, and where more is said.
        !/^\d{1,6}[+-]?[a-z]{0,12}$|:\/\//i.test(value),
    );
}

/** Flags that only say of what follows that it is one, as `pulumi config set --secret KEY` does. */
const flagsWithoutValue = new Set([
  "--secret",
  "--no-password",
  "--password-stdin",
  "--token-stdin",
]);

function inArguments(words: readonly Word[]): (NamedCredential & { at: number })[] {
  const ofFlags = words.flatMap(({ text }, index) => {
    const next = words[index + 1]?.text;
    const follows = next !== undefined && !/^-(?!-*$)[A-Za-z-]/.test(next) ? next : undefined;
    if (follows === undefined || flagsWithoutValue.has(text)) return [];
    const flag = /^--?([A-Za-z][\w.-]*)$/.exec(text)?.[1];
    // `aws configure set aws_secret_access_key x`
    const isSet = /^(?:set|--add)$/i.test(words[index - 1]?.text ?? "") && !text.startsWith("-");
    const name = flag ?? (isSet ? text : undefined);
    return name !== undefined && isCredentialName(name)
      ? [{ name, value: follows, at: index + 1 }]
      : [];
  });
  return [...ofFlags, ...argumentsOfPrograms(words)];
}

/** Whether the value is there in clear, and no reference to where it is. */
function isGiven(value: string): boolean {
  const bare = value.replace(/^["']+/, "").replace(/(?<!["'])["']+$/, "");
  return !(
    bare === "" ||
    /^(?:\$|`|%\w+%|\{\{|<)/.test(bare) ||
    // What a query or a format has filled in: `:password`, `:'password'`, `%L`.
    /^(?::['"]?[a-z_]\w*['"]?$|%[a-z][^\w]*$)/i.test(bare) ||
    /^(?:true|false|null|none|undefined|yes|no|on|off|\*+|\[secret\]|\.{3}|…)$/i.test(bare) ||
    // As a program says that it has none.
    /^(?:missing|required|unset|empty|invalid|expired|unknown|failed|forbidden)[.!]?$/i.test(
      bare,
    ) ||
    isPathOfFile(bare) ||
    /^(?:\/run\/secrets\/|\/dev\/(?:stdin|null|fd)|@\/|file:|env:|op:\/\/|vault:|arn:aws:(?:secretsmanager|ssm):)/.test(
      bare,
    ) ||
    /^process\.env\b/.test(bare)
  );
}
