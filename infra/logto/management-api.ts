import { setTimeout as pause } from "node:timers/promises";
import type { Got } from "got";
import pLimit from "p-limit";
import { z, type ZodType, type ZodTypeDef } from "zod";
import {
  adviceOnDistrust,
  connectionFailure,
  httpClient,
  json,
  mayHaveArrived,
  tooLarge,
} from "../http-client";
import { patience } from "../patience";
import { withoutSecrets } from "../redact";
import { configured, type StackConfiguration } from "../provider/stack-configuration";
import { userError } from "../user-error";
import { type Connection, defaultParallel, readConnection } from "./connection";
import { type LogtoError, readable, readLogtoError } from "./logto-error";

/** One call of the Management API. */
export interface Call<Result> {
  /** What is being done and to what, for the message of a failure: `create the application "Bookstore"`. */
  purpose: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Path below the endpoint, as in `api/applications`. */
  path: string;
  body?: unknown;
  /** The statuses that are no failure, each with the shape of its body. */
  accept: Partial<Record<number, ZodType<Result, ZodTypeDef, unknown>>>;
  /** Values that must not appear in an error, whatever the server echoes. */
  secrets?: readonly string[];
}

/**
 * Logto's Management API with one token, retries and errors that a person can act on.
 *
 * - The token is fetched once for all resources of a process, renewed before it ends, and once more when
 *   the server answers 401.
 * - No more requests are under way at once than the connection says; the others wait. A request that is tried again
 *   keeps its place, so a server that asks for patience gets it from all.
 * - What may be tried again is, see {@link httpClient}; redirects are not followed.
 *
 * @see https://docs.logto.io/integrate-logto/interact-with-management-api
 */
export interface ManagementApi {
  readonly connection: Connection;
  /** The accepted answer's body. Any other answer, or none, is a user error. */
  call<Result>(call: Call<Result>): Promise<Result>;
  /** The same for a page of a list: `total` is how many objects all pages hold together, if the answer says so. */
  callForPage<Result>(call: Call<Result>): Promise<{ body: Result; total: number | undefined }>;
  /**
   * A POST that creates an object which must not exist twice. If the connection breaks or the server fails in the
   * middle, the POST may have been carried out: `find` looks for the object before the POST is sent again, and once
   * more if that is refused.
   */
  createOnce<Result>(call: Call<Result>, find: () => Promise<Result | undefined>): Promise<Result>;
}

/** For an answer whose body does not matter. */
export const anything = z.unknown().transform(() => undefined);

const opened = new Map<string, ManagementApi>();

/** The API of that connection: one for all resources of the process, so that they share the token. */
export function managementApi(connection: Connection): ManagementApi {
  const key = JSON.stringify(connection);
  const api = opened.get(key) ?? open(connection);
  opened.set(key, api);
  return api;
}

/** The stack's configuration, and the API of the Logto that it names. */
export interface ConfiguredApi extends StackConfiguration {
  /** @param limits others than those of the configuration. Default: none */
  api(limits?: Pick<Connection, "tries" | "timeLimit">): ManagementApi;
}

/** What the provider of each kind of the Management API starts with. */
export function configuredApi(): ConfiguredApi {
  const stack = configured();
  return {
    ...stack,
    api: (limits = {}) => managementApi({ ...readConnection(stack.required()), ...limits }),
  };
}

function open(connection: Connection): ManagementApi {
  const { tries, timeLimit } = connection;
  const http = httpClient(connection.endpoint, {
    ...(tries !== undefined && { tries }),
    ...(timeLimit !== undefined && { timeLimit }),
    isRepeatable: (url) => url.endsWith(tokenPath),
  });
  const limited = pLimit(connection.parallel ?? defaultParallel);
  const token = tokenSource(connection, http);

  async function call<Result>(request: Call<Result>): Promise<Result> {
    const { body } = await callForPage(request);
    return body;
  }

  async function callForPage<Result>(
    request: Call<Result>,
  ): Promise<{ body: Result; total: number | undefined }> {
    const send = async (bearer: string) =>
      limited(() =>
        http(request.path, {
          method: request.method,
          headers: { authorization: `Bearer ${bearer}` },
          ...(request.body === undefined ? {} : { json: request.body }),
        }),
      ).catch((error: unknown) => {
        throw unreachable(error, request.purpose, connection.endpoint);
      });

    let bearer = await token.get(request.purpose);
    let response = await send(bearer);
    if (response.statusCode === 401) {
      token.discard(bearer);
      bearer = await token.get(request.purpose);
      response = await send(bearer);
    }
    const secrets = [connection.clientSecret, bearer, ...(request.secrets ?? [])];
    const what = `${request.method} ${connection.endpoint}/${request.path} answered ${response.statusCode}`;
    const shape = request.accept[response.statusCode];
    if (shape === undefined) {
      const error = readLogtoError(response.body);
      throw failure(
        withoutSecrets(
          `Could not ${request.purpose}: ${what}${explanation(error, secrets)}${adviceOnRefusal(error, connection)}`,
          secrets,
        ),
        response.statusCode,
      );
    }
    const body = shape.safeParse(json(response.body));
    if (!body.success) {
      throw failure(
        `Could not ${request.purpose}: ${what} with a body that is not Logto's (${response.headers["content-type"] ?? "no content type"}); is ${connection.endpoint} a Logto?`,
        response.statusCode,
      );
    }
    return { body: body.data, total: totalOf(response.headers["total-number"]) };
  }

  async function createOnce<Result>(
    request: Call<Result>,
    find: () => Promise<Result | undefined>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(request);
      } catch (error) {
        if (!isAmbiguous(error)) {
          // The first POST may have been carried out after the search, and this one is refused because of that.
          const late = attempt > 1 ? await find() : undefined;
          if (late !== undefined) return late;
          throw error;
        }
        await pause(attempt * patience.firstPause);
        const found = await find();
        if (found !== undefined) return found;
        const { status = 0 } = error as Failure;
        if (attempt === patience.tries || status === 500 || isSuccess(status)) throw error;
      }
    }
  }

  return { connection, call, callForPage, createOnce };
}

function totalOf(header: string | string[] | undefined): number | undefined {
  return typeof header === "string" && /^\d+$/.test(header) ? Number(header) : undefined;
}

const tokenPath = "oidc/token";
const tokenAnswer = z.object({
  access_token: z.string().min(1),
  expires_in: z.number().positive(),
});

interface Token {
  value: string;
  renewAt: number;
}

/** One token for all callers: those that come while it is fetched wait for the same one. */
function tokenSource(connection: Connection, http: Got) {
  let held: Token | undefined;
  let fetching: Promise<Token> | undefined;

  async function fetch(purpose: string): Promise<Token> {
    const response = await http
      .post(tokenPath, {
        username: connection.clientId,
        password: connection.clientSecret,
        form: { grant_type: "client_credentials", resource: connection.resource, scope: "all" },
      })
      .catch((error: unknown) => {
        throw unreachable(error, purpose, connection.endpoint);
      });
    const answer = tokenAnswer.safeParse(json(response.body));
    if (response.statusCode !== 200 || !answer.success) {
      const error: LogtoError = response.ok ? { text: "" } : readLogtoError(response.body);
      const secrets = [connection.clientSecret];
      throw failure(
        withoutSecrets(
          `Could not ${purpose}: ${connection.endpoint} gave no token to the client "${connection.clientId}", POST ${connection.endpoint}/${tokenPath} answered ${response.statusCode}${response.ok ? " with a body that is not Logto's" : explanation(error, secrets)}; ${adviceOnNoToken(error, connection)}`,
          secrets,
        ),
        response.statusCode,
      );
    }
    const { access_token: value, expires_in: seconds } = answer.data;
    return { value, renewAt: Date.now() + seconds * 900 };
  }

  return {
    async get(purpose: string): Promise<string> {
      if (held !== undefined && Date.now() < held.renewAt) return held.value;
      fetching ??= fetch(purpose).finally(() => {
        fetching = undefined;
      });
      held = await fetching;
      return held.value;
    },
    /** Forgets that token, unless another caller has renewed it already. */
    discard(value: string): void {
      if (held?.value === value) held = undefined;
    },
  };
}

/**
 * What to change, by OAuth's code. The status does not tell: an unknown client and a wrong resource both give 400,
 * a wrong secret gives 401.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-5.2
 */
function adviceOnNoToken({ oauth, text }: LogtoError, { resource }: Connection): string {
  switch (oauth) {
    case "invalid_client":
      return "check logto:clientId and logto:clientSecret: they must be those of a machine-to-machine application of this Logto";
    case "unauthorized_client":
    case "unsupported_grant_type":
      return adviceOnOtherType;
    case "invalid_request":
      // Logto has no code of its own for an expired secret, so the text must tell.
      if (/secret has expired/i.test(text)) {
        return "check logto:clientSecret: make a new secret of that application in Logto's console and set it";
      }
      return /grant type/i.test(text) ? adviceOnOtherType : adviceOnAll;
    case "invalid_target":
      return `check logto:resource (${resource}): it must be the indicator of this Logto's Management API`;
    case "invalid_scope":
    case "access_denied":
      return adviceOnRole;
    default:
      return adviceOnAll;
  }
}

const adviceOnOtherType =
  "check logto:clientId: it must be that of a machine-to-machine application, and this one is of another type";
const adviceOnRole =
  "check logto:clientId: that application must have a role with access to the Management API";
const adviceOnAll = "check logto:endpoint, logto:clientId, logto:clientSecret and logto:resource";

/** What to change, by Logto's code. A refusal without a code is not Logto's. */
function adviceOnRefusal({ code }: LogtoError, { clientId, resource }: Connection): string {
  switch (code) {
    case "auth.unauthorized":
    case "auth.jwt_sub_missing":
      return `; check logto:resource (${resource}): tokens for it are not taken here, so it is not the indicator of this Logto's Management API`;
    case "auth.authorization_header_missing":
    case "auth.authorization_token_type_not_supported":
      return "; check logto:endpoint: something between here and Logto takes the Authorization header away";
    case "auth.forbidden":
      return `; check logto:clientId: the application "${clientId}" must have a role with access to the Management API`;
    default:
      return "";
  }
}

/** What the error of a failed {@link Call} says of it besides its message. */
export interface Failure extends Error {
  /** The status of the answer, if one came. */
  status?: number;
  /** Why none came, such as ETIMEDOUT. */
  code?: string;
}

function failure(message: string, status: number): Failure {
  return Object.assign(userError(message), { status });
}

/** Whether the object may have been created although the POST failed. */
function isAmbiguous(error: unknown): boolean {
  const { status, code } = error as Failure;
  if (status === undefined) return code !== undefined && mayHaveArrived(code);
  return status >= 500 || isSuccess(status);
}

/** A 2xx response with an unreadable body. */
function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The user error for a request without an answer; any other error as it is. */
export function unreachable(error: unknown, purpose: string, endpoint: string): Error {
  const code = connectionFailure(error);
  if (code === undefined) return error as Error;
  if (code === tooLarge) {
    return Object.assign(
      userError(
        `Could not ${purpose}: the answer was broken off, as it is larger than any of Logto's; is ${endpoint} a Logto?`,
      ),
      { code },
    );
  }
  return Object.assign(
    userError(
      `Could not ${purpose}: Logto at ${endpoint} does not answer (${code}); ${adviceOnDistrust(code) ?? "is it running, and is logto:endpoint right?"}`,
    ),
    { code },
  );
}

/** Logto's code and message, or in brackets what something else said in Logto's place. */
function explanation(
  { code, oauth, text, isForeign }: LogtoError,
  secrets: readonly string[],
): string {
  const line = readable(text, secrets);
  if (isForeign) return line === "" ? "" : ` (${line})`;
  const name = code ?? oauth;
  return `${name === undefined ? "" : ` ${name}`}${line === "" ? "" : `: ${line}`}`;
}
