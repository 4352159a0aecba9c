import type { ZodIssue, ZodTypeAny } from "zod";

/** Something wrong with a key of the stack's configuration, and what is expected there. */
export interface Problem {
  key: string;
  message: string;
}

/** The value of a key: the engine hands everything over as text, an object as its JSON. */
export function valueOf(value: string | undefined, field: ZodTypeAny): unknown {
  if (value === undefined) return undefined;
  const isText = field.safeParse("").error?.issues[0]?.code !== "invalid_type";
  if (isText) return dateOfYaml("", value);
  try {
    return JSON.parse(value, dateOfYaml) as unknown;
  } catch {
    return value;
  }
}

/**
 * A date. YAML takes 2027-01-31 without quotes for one, and the engine hands it on as the midnight of its day. No
 * setting is a date, so each refuses it, and {@link problemsOf} can say why.
 */
function dateOfYaml(_key: string, value: unknown): unknown {
  return typeof value === "string" && /^\d{4}-\d{2}-\d{2}T00:00:00Z$/.test(value)
    ? new Date(value)
    : value;
}

/** What YAML takes a text without quotes for. A colour without them is a comment, and leaves nothing. */
const kindsOfYaml: Partial<Record<string, string>> = {
  number: "a number",
  nan: "a number",
  boolean: "true or false",
  null: "nothing, as # begins a comment",
  date: "a date",
};

/** The problems of what zod found, one for each key. */
export function problemsOf(issues: ZodIssue[]): Problem[] {
  return issues.flatMap((issue) => {
    if (issue.code === "unrecognized_keys") {
      const message = `unknown key: ${issue.message}`;
      return issue.keys.map((key) => ({ key: keyPath([...issue.path, key]), message }));
    }
    const kind =
      issue.code === "invalid_type" && issue.expected === "string"
        ? kindsOfYaml[issue.received]
        : undefined;
    const hint = kind === undefined ? "" : `; YAML reads what is there as ${kind}: quote it`;
    return [{ key: keyPath(issue.path), message: `${issue.message}${hint}` }];
  });
}

function keyPath(path: (string | number)[]): string {
  return path
    .map((key, index) => (typeof key === "number" ? `[${key}]` : `${index > 0 ? "." : ""}${key}`))
    .join("");
}

/** What the schema answers to a value that it refuses. */
export function answerOf(schema: ZodTypeAny, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message;
}
