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
import { begun } from "../resource-provider";
import { userError } from "../user-error";
import { type Connection, defaultParallel } from "./connection";

/** One call of the Management API. */
export interface Call<Result> {
  /** What is being done and to what, for the message of a failure: `create the application "Bookstore"`. */
  purpose: string;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Below the endpoint, as in `api/applications`. */
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
 * - No more requests are under way at once than the connection says; the others wait. One that is tried again
 *   keeps its place, so a server that asks for patience gets it from all.
 * - What may be tried again is, see {@link httpClient}; redirects are not followed.
 *
 * @see https://docs.logto.io/integrate-logto/interact-with-management-api
 */
export interface ManagementApi {
  readonly connection: Connection;
  /** The accepted answer's body. Any other answer, or none, is a user error. */
  call<Result>(call: Call<Result>): Promise<Result>;
  /**
   * A POST that creates an object which must not be there twice. Where the connection breaks or the
   * server fails in the middle, nobody knows whether it was carried out: `find` looks before it is
   * sent again.
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

function open(connection: Connection): ManagementApi {
  const http = httpClient(connection.endpoint, {
    isRepeatable: (url) => url.endsWith(tokenPath),
  });
  const limited = pLimit(connection.parallel ?? defaultParallel);
  const token = tokenSource(connection, http);

  async function call<Result>(request: Call<Result>): Promise<Result> {
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
      throw failure(
        withoutSecrets(
          `Could not ${request.purpose}: ${what}${explanation(response.body)}${adviceOnRefusal(response.statusCode, connection)}`,
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
    return body.data;
  }

  async function createOnce<Result>(
    request: Call<Result>,
    find: () => Promise<Result | undefined>,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await call(request);
      } catch (error) {
        if (!isAmbiguous(error)) throw error;
        await pause(attempt * patience.firstPause);
        const found = await find();
        if (found !== undefined) return found;
        const { status = 0 } = error as Failure;
        if (attempt === patience.tries || status === 500 || isSuccess(status)) throw error;
      }
    }
  }

  return { connection, call, createOnce };
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

/** One token for all callers: whoever comes while it is fetched waits for the same one. */
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
      throw failure(
        withoutSecrets(
          `Could not ${purpose}: ${connection.endpoint} gave no token to the client "${connection.clientId}", POST ${connection.endpoint}/${tokenPath} answered ${response.statusCode}${response.ok ? " with a body that is not Logto's" : explanation(response.body)}; ${adviceOnNoToken(response.statusCode, connection)}`,
          [connection.clientSecret],
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

/** What to change, as far as the status tells. */
function adviceOnNoToken(status: number, { resource }: Connection): string {
  switch (status) {
    case 400:
      return `check logto:resource (${resource}): it must be the indicator of this Logto's Management API`;
    case 401:
      return "check logto:clientId and logto:clientSecret: they must be those of a machine-to-machine application of this Logto";
    default:
      return "check logto:endpoint, logto:clientId, logto:clientSecret and logto:resource";
  }
}

function adviceOnRefusal(status: number, { clientId, resource }: Connection): string {
  switch (status) {
    case 401:
      return `; check logto:resource (${resource}): tokens for it are not taken here, so it is not the indicator of this Logto's Management API`;
    case 403:
      return `; check logto:clientId: the application "${clientId}" must have a role with access to the Management API`;
    default:
      return "";
  }
}

/** What the error of a failed {@link Call} says of it besides its message. */
export interface Failure extends Error {
  /** The status of the answer, where one came. */
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

/**
 * Whether a write that failed may have been carried out: all but a clear refusal. That the last try found no
 * server says nothing of those before it.
 */
function mayBeDone(error: unknown): boolean {
  const { status } = error as Failure;
  return status === undefined || status === 429 || status >= 500 || isSuccess(status);
}

/** What a create or an update throws of a write that failed: {@link begun}, unless it was clearly refused. */
export function begunIfDone(error: unknown, resource: Parameters<typeof begun>[1]): unknown {
  return mayBeDone(error) ? begun(error, resource) : error;
}

/** Of a failure: the answer says yes, and the rest of it cannot be read. */
function isSuccess(status: number): boolean {
  return status >= 200 && status < 300;
}

/** The user error where no answer came; any other error as it is. */
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

/** Logto's code, message and details, or the first line of what answered in its place. */
function explanation(text: string): string {
  const body = errorBody.safeParse(json(text));
  if (!body.success) {
    const line = text.trim().split("\n")[0]?.slice(0, 120) ?? "";
    return line === "" ? "" : ` (${line})`;
  }
  const { code, message, details } = body.data;
  return [code === undefined ? "" : ` ${code}`, message && `: ${message}`, details && ` ${details}`]
    .join("")
    .replaceAll("\n", "; ");
}

const errorBody = z.object({
  code: z.string().optional(),
  message: z.string().optional(),
  details: z.string().optional(),
});
