import { isCredentialName } from "./credential-names";
import { isPathOfFile, isPublicKey } from "./credential-values";
import { type Word, argumentsOfPrograms, wordsOfCommand } from "./programs";

/** A credential that a text holds in plaintext, with the name that the text gives it. */
export interface NamedCredential {
  name: string;
  value: string;
}

/**
 * The named credentials in a text: `PGPASSWORD=x`, `--password x`, `-c key=value`,
 * `Server=db;Password=x`, `{"password": "x"}`, `Authorization: Basic x`, `curl -u user:x`, `https://b/?token=x`.
 *
 * References do not count: `$PASSWORD`, `$(cat file)`, `{{code}}`, `op://vault/item`. Reading takes time
 * proportional to the text's length.
 *
 * @param isProse whether the text is for people, and may speak of passwords: only forms that no prose uses count then
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

/** Whether it is the label of a field, as in `"password": "Password"` of a user interface. */
function isLabelOf(name: string, value: string): boolean {
  return value === `${name.slice(0, 1).toUpperCase()}${name.slice(1)}`;
}

/**
 * The credentials in the words of a command line, each with the index of the word that holds it: for
 * `--password x` that of the second.
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

/** The values in an object under names of credentials, at any depth and inside texts too. */
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
      // Docker's configuration: a user and a password in base 64.
      key === "auth" && typeof held === "string" && Buffer.from(held, "base64").includes(":")
        ? [{ name: key, value: held }]
        : namedIn(held, key),
    ),
    ...(named === undefined ? [] : namedIn(named.value, named.name)),
  ];
}

/** The entry if an object is one of a map, such as `{ label: "db.password", value: "…" }`. */
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

/** Credentials in the queries and fragments of addresses. A password in an address is found by its shape. */
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
    // A header or a line of YAML: one word to the end.
    ...text.matchAll(/(?<![\w.-])([a-z_][\w.-]{0,100}):[ \t]*([^\s"',;{}]+)["']?(?=$|[\n"';,}])/gi),
    // ADO.NET and ODBC allow spaces in names.
    ...text.matchAll(/(?:^|;)\s?((?:user )?(?:pwd|password))\s?=\s?([^;\n]+)/gi),
  ]
    .map(([, name = "", ...values]) => ({
      name,
      value: (values as (string | undefined)[]).find((one) => one !== undefined) ?? "",
    }))
    .filter(({ name }) => isCredentialName(name));
}

/** Forms of a line, an element or a call with no sign between name and value. */
const inOtherForms: readonly RegExp[] = [
  // SQL.
  /\b(password|identified(?: with \w{1,40})? by)\s{1,10}(?:'([^'\n]{1,500})'|"([^"\n]{1,500})")/gi,
  // XML.
  /<((?:[a-z]\w{0,20}:)?[a-z][\w.-]{0,60})>([^<>\s][^<>]{0,300})<\//gi,
  // Kubernetes and Compose.
  /\bname:[ \t]*["']?([\w.-]{1,100})["']?[ \t]*\n\s{0,40}value:[ \t]*(?:"([^"\n]{1,500})"|'([^'\n]{1,500})'|([^\s"']{1,500}))/g,
  // Function calls, such as PHP's define().
  /\(\s{0,10}["']([\w.-]{1,100})["']\s{0,10},\s{0,10}(?:"([^"\n]{1,500})"|'([^'\n]{1,500})')/g,
  // netrc.
  /\blogin\s{1,10}\S{1,200}\s{1,10}(password)\s{1,10}(\S{1,500})/g,
  // Configurations with one name and one value a line. The value must have a digit, as English words have none.
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
 * Credentials in messages between people, such as `password: Summer2026!`. Plain words often follow "password" too,
 * so the value must have letters and digits.
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
        // A quantity, or a link to more.
        !/^\d{1,6}[+-]?[a-z]{0,12}$|:\/\//i.test(value),
    );
}

/** Flags that only mark the next argument as secret, as in `pulumi config set --secret KEY`. */
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

/** Whether the value stands there in plaintext, and is no reference to it. */
function isGiven(value: string): boolean {
  const bare = value.replace(/^["']+/, "").replace(/(?<!["'])["']+$/, "");
  return !(
    bare === "" ||
    /^(?:\$|`|%\w+%|\{\{|<)/.test(bare) ||
    // Placeholders that a query or a format fills in: `:password`, `:'password'`, `%L`.
    /^(?::['"]?[a-z_]\w*['"]?$|%[a-z][^\w]*$)/i.test(bare) ||
    /^(?:true|false|null|none|undefined|yes|no|on|off|\*+|\[secret\]|\.{3}|…)$/i.test(bare) ||
    // Words with which a program says that it has none.
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
