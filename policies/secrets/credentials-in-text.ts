import { isCredentialName } from "./credential-names";

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
    ...(isProse ? [] : [...inAssignments(text), ...inArguments(wordsOfCommand(text))]),
  ].filter(({ value }) => isGiven(value));
}

/**
 * The credentials that words of a command line give, each with the number of the word that holds it:
 * of `--password x` the second.
 */
export function credentialsInWords(words: readonly string[]): (NamedCredential & { at: number })[] {
  return inArguments(words).filter(({ value }) => isGiven(value));
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
      key === "auth" && typeof held === "string"
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
  const name = [holder["label"], holder["name"], holder["key"], holder["header"]].find(
    (one) => typeof one === "string",
  );
  return name === undefined || holder["value"] === undefined
    ? undefined
    : { name, value: holder["value"] };
}

function inHeaders(text: string): NamedCredential[] {
  return [
    ...text.matchAll(
      /\b(authorization|proxy-authorization)\b["']?\s*[:=]\s*["']?(?:basic|bearer|digest|token|apikey)\s+([^\s"',;}]+)/gi,
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
      /(?<![\w.-])-{0,2}([a-z_][\w.-]{0,100})(?:\s?=\s?|["']?:\s?(?=["']))(?=(?:"([^"\n]{0,500})"|'([^'\n]{0,500})'|([^\s"'&|;,)}]{1,500})))/gi,
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

/** Flags that only say of what follows that it is one, as `pulumi config set --secret KEY` does. */
const flagsWithoutValue = new Set([
  "--secret",
  "--no-password",
  "--password-stdin",
  "--token-stdin",
]);

/** Short options that take a password, by program. */
const shortOptions: Record<string, RegExp> = {
  sshpass: /^-p(.*)$/,
  "redis-cli": /^-a(.*)$/,
  mysql: /^-p(.+)$/,
  mysqldump: /^-p(.+)$/,
  mariadb: /^-p(.+)$/,
  mongosh: /^-p(.*)$/,
  docker: /^-p(.*)$/,
  curl: /^(?:-u|--user|-U|--proxy-user)=?(.*)$/,
  ldapsearch: /^-w(.*)$/,
  openssl: /^-(?:pass|passin|passout|k)$/,
};

function inArguments(words: readonly string[]): (NamedCredential & { at: number })[] {
  const programs = new Set<string>();
  return words.flatMap((word, index) => {
    const program = word.split("/").at(-1) ?? "";
    if (shortOptions[program] !== undefined) programs.add(program);
    const next = words[index + 1];
    const follows = next !== undefined && !/^-(?!-*$)[A-Za-z-]/.test(next) ? next : undefined;
    const flag = /^--?([A-Za-z][\w.-]*)$/.exec(word)?.[1];
    if (flag !== undefined && isCredentialName(flag) && !flagsWithoutValue.has(word)) {
      return follows === undefined ? [] : [{ name: flag, value: follows, at: index + 1 }];
    }
    for (const one of programs) {
      const attached = shortOptions[one]?.exec(word);
      if (!attached) continue;
      // docker is many programs: only its login takes a password so.
      if (one === "docker" && !words.includes("login")) continue;
      const value = (attached[1] ?? "") === "" ? follows : attached[1];
      if (value === undefined || (one === "curl" && !/:./.test(value))) continue;
      const at = (attached[1] ?? "") === "" ? index + 1 : index;
      const password = one === "curl" ? value.slice(value.indexOf(":") + 1) : value;
      return [{ name: word.slice(0, 2), value: password.replace(/^pass:/, ""), at }];
    }
    return [];
  });
}

function wordsOfCommand(text: string): string[] {
  return [...text.matchAll(/"([^"]*)"|'([^']*)'|([^\s"';|&()]+)/g)].map(
    ([, double, single, bare]) => double ?? single ?? bare ?? "",
  );
}

/** Whether the value is there in clear, and no reference to where it is. */
function isGiven(value: string): boolean {
  const bare = value.replace(/^["']+/, "").replace(/(?<!["'])["']+$/, "");
  return !(
    bare === "" ||
    /^(?:\$|`|%\w+%|\{\{|<)/.test(bare) ||
    /^(?:true|false|null|none|undefined|yes|no|on|off|\*+|\[secret\]|\.{3}|…)$/i.test(bare) ||
    /^(?:\/run\/secrets\/|\/dev\/(?:stdin|null|fd)|@\/|file:|env:|op:\/\/|vault:|arn:aws:(?:secretsmanager|ssm):)/.test(
      bare,
    ) ||
    /^process\.env\b/.test(bare)
  );
}
