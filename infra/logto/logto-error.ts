import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { z } from "zod";
import { json } from "../http-client";
import { isObject } from "../properties";
import { withoutSecrets } from "../redact";

/**
 * What the body of a refusal says, in the form of Logto or of OAuth. Texts are as they came: see {@link readable}.
 */
export interface LogtoError {
  /** Logto's code, such as `entity.not_found`. */
  code?: string;
  /** OAuth's code, such as `invalid_client`. */
  oauth?: string;
  /** Message and details. */
  text: string;
  /** What the service that Logto asked answered. */
  answerOfService?: string;
  /** Why Logto got no answer from it, such as ECONNREFUSED. */
  connectionFailure?: string;
  /** Set if the body has another form, such as a proxy's page. */
  isForeign?: true;
}

const text = z.string().optional().catch(undefined);

const errorBody = z.object({
  code: text,
  error: text,
  error_description: text,
  message: text,
  details: text,
  data: z.object({ message: text, code: text, ssoErrorCode: text }).nullish().catch(undefined),
});

/** Reads the body of an answer that refuses a request. */
export function readLogtoError(body: string): LogtoError {
  const parsed = errorBody
    .refine(({ code, error, message }) => code ?? error ?? message)
    .safeParse(json(body));
  return parsed.success ? errorOf(parsed.data) : { text: body, isForeign: true };
}

/** The shape of a refusal with a code of Logto's. */
export const refusal = errorBody
  .required({ code: true })
  .extend({ code: z.string() })
  .transform(errorOf);

/**
 * The shape of a refusal that says that there is no such object. The status alone does not tell: it may be that of
 * a proxy, or of an address that is not Logto's, and an existing object would count as gone.
 */
export const notFound = z
  .object({ code: z.string().regex(/^entity\.(?:not_found|not_exists)/) })
  .transform(() => undefined);

function errorOf({ code, error, data, ...texts }: z.infer<typeof errorBody>): LogtoError {
  const { message, error_description: description, details } = texts;
  const isOauth = code?.startsWith("oidc.") === true;
  const oauth = error ?? (isOauth ? code.slice("oidc.".length) : undefined);
  // Logto's own message for an error of OAuth's only repeats the code.
  const said = isOauth && description !== undefined ? undefined : message;
  const failure =
    data?.code !== undefined && isConnectionFailure(data.code) ? data.code : undefined;
  return {
    ...(code !== undefined && { code }),
    ...(oauth !== undefined && { oauth }),
    // What an identity provider did wrong; `data.error` next to it may be the HTTP client's whole request.
    text: [said, description, details, data?.ssoErrorCode && data.message]
      .filter((one) => one)
      .join(" "),
    ...(data?.message !== undefined && { answerOfService: data.message }),
    ...(failure !== undefined && { connectionFailure: failure }),
  };
}

/** Characters of an error's text that are shown. */
const longestText = 400;

/**
 * A text of unknown origin as it can be shown: one line, bounded, without markup, control characters and
 * credentials. JSON in it, which may be an HTTP client's whole request, is reduced to what says what went wrong.
 */
export function readable(raw: string, secrets: readonly string[] = []): string {
  const lines = withoutMarkup(withoutJson(raw))
    // eslint-disable-next-line no-control-regex -- escape sequences would act on the reader's terminal
    .replace(/\u001b\[[\d;]*[A-Za-z]/g, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "");
  const plain = lines
    .map((line, index) =>
      lines[index + 1] === undefined || line.endsWith(":") ? line : `${line};`,
    )
    .join(" ")
    // eslint-disable-next-line no-control-regex -- as above
    .replace(/[\s\u0000-\u001f\u007f]+/g, " ")
    .trim();
  const line = withoutCredentials(withoutSecrets(plain, secrets));
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}

function withoutMarkup(raw: string): string {
  if (!/<(?:!doctype|[a-z][\w-]*[\s/>])/i.test(raw)) return raw;
  return textOf(parse(raw)).trim().replace(/\s+/g, " ");
}

/** What a reader of the page would see. */
function textOf(node: DefaultTreeAdapterTypes.Node): string {
  if (node.nodeName === "#text") return (node as DefaultTreeAdapterTypes.TextNode).value;
  if (["script", "style", "head"].includes(node.nodeName)) return "";
  return "childNodes" in node ? node.childNodes.map(textOf).join(" ") : "";
}

function withoutJson(raw: string): string {
  const start = raw.search(/\{\s*["}]|\[\s*[["{]/);
  if (start < 0) return raw;
  const said = saidIn(json(raw.slice(start).trim()));
  return `${raw.slice(0, start)}${said ?? "…"}`;
}

/** The part of a JSON error that is for people: why there was no answer, else its messages. */
function saidIn(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (Array.isArray(value)) {
    return value.flatMap((held) => saidIn(held) ?? []).join("; ") || undefined;
  }
  if (!isObject(value)) return undefined;
  const { code, message, error_description: description, error, errors } = value;
  if (isConnectionFailure(code)) return code;
  return [message, description, error, errors, code].map(saidIn).find((said) => said);
}

/** Whether it is a code that Node and its HTTP clients use if there is no answer. */
function isConnectionFailure(code: unknown): code is string {
  return typeof code === "string" && /^(?:E[A-Z_]{3,}|UND_ERR_\w+|ERR_\w+)$/.test(code);
}

/** Masks credentials of servers unknown to us: what a client shows of a request may hold them. */
function withoutCredentials(line: string): string {
  return line
    .replace(/\b(Bearer|Basic)\s+[\w.~+/=-]{8,}/gi, "$1 [secret]")
    .replace(/\bSG\.[\w-]{6,}\.[\w-]{6,}/g, "[secret]")
    .replace(/:\/\/[^\s/:@]*:[^\s/@]+@/g, "://[secret]@");
}
