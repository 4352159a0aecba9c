import phrases from "@logto/phrases";
import i18next from "i18next";
import type { ZodError } from "zod";

/** English first: it is the answer to a request that asks for no language. */
export const errorLanguages = ["en", ...Object.keys(phrases).filter((tag) => tag !== "en")];

const messages = i18next.createInstance();
void messages.init({
  lng: "en",
  fallbackLng: "en",
  ns: "errors",
  resources: Object.fromEntries(
    Object.entries(phrases).map(([tag, { errors }]) => [tag, { errors: { ...errors } }]),
  ),
  // Answers of an API, not HTML.
  interpolation: { escapeValue: false },
  initAsync: false,
});

/** The text that Logto gives for one of its codes, with the values that the text asks for. */
export function messageOf(code: string, values: Values = {}, language = "en"): string {
  return messages.t(`errors:${code}`, { ...values, lng: language });
}

/** Whether Logto has a text of its own for the code. */
export function hasMessage(code: string): boolean {
  return messages.exists(`errors:${code}`);
}

type Values = Record<string, unknown>;

interface Options {
  /** The HTTP status; Logto's default is 400. */
  status?: number;
  /** What the text of the code has placeholders for, where it differs by language for each of them. */
  values?: Values | ((language: string) => Values);
  /** Is sent along as it is. */
  data?: unknown;
}

/** A refusal in Logto's form: a code, its text, and sometimes data. */
export class LogtoError extends Error {
  readonly status: number;
  private readonly data: unknown;
  private readonly valuesIn: (language: string) => Values | undefined;

  constructor(
    readonly code: string,
    { status = 400, values, data }: Options = {},
  ) {
    const valuesIn = typeof values === "function" ? values : () => values;
    super(messageOf(code, valuesIn("en")));
    this.status = status;
    this.data = data;
    this.valuesIn = valuesIn;
  }

  /** As it is answered. The text is for people, so it is in their language where Logto has it. */
  bodyIn(language: string): Record<string, unknown> {
    return {
      code: this.code,
      message: messageOf(this.code, this.valuesIn(language), language),
      data: this.data,
      details: isZodError(this.data) ? describe(this.data) : undefined,
    };
  }
}

/** Throws the refusal unless the condition holds. */
export function ensure(condition: unknown, code: string, options?: Options): asserts condition {
  if (!condition) {
    throw new LogtoError(code, options);
  }
}

/** By its name: Logto's packages load zod as an ES module, whose classes are others than ours. */
function isZodError(data: unknown): data is ZodError {
  return data instanceof Error && data.name === "ZodError";
}

function describe({ issues }: ZodError): string {
  return issues
    .map((issue) => {
      const what =
        issue.code === "invalid_type"
          ? `Expected ${issue.expected} but received ${issue.received}.`
          : issue.message;
      return `Error in key path "${issue.path.join(".")}": (${issue.code}) ${what}`;
    })
    .join("\n");
}
