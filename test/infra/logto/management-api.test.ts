import { setTimeout as pause } from "node:timers/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { notFound } from "../../../infra/logto/logto-error";
import { anything, managementApi } from "../../../infra/logto/management-api";
import {
  type Exchange,
  type ScriptedServer,
  startScriptedServer,
} from "../../support/scripted-server";

const clientSecret = "canarysecret";
const thing = z.object({ id: z.string() });
const get = { method: "GET", path: "/api/things" } as const;
const read = {
  purpose: "read the thing",
  method: "GET",
  path: "api/things",
  accept: { 200: thing },
} as const;
const post = { method: "POST", path: "/api/things" } as const;
const create = {
  purpose: "create the thing",
  method: "POST",
  path: "api/things",
  body: { name: "thing" },
  accept: { 200: thing },
} as const;

let server: ScriptedServer;

async function api(exchanges: Exchange[], tokens: Exchange[] = []) {
  server = await startScriptedServer(exchanges, tokens);
  return managementApi({
    endpoint: server.endpoint,
    clientId: "infrastructure",
    clientSecret,
    resource: "https://default.logto.app/api",
  });
}

const lines = () => server.requests.map(({ line }) => line);
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

afterEach(() => server.close());

test("one token serves all calls, however many start at once", async () => {
  const client = await api([1, 2, 3].map(() => ({ ...get, body: { id: "a" } })));
  await Promise.all([client.call(read), client.call(read)]);
  await client.call(read);
  expect(lines().filter((line) => line === "POST /oidc/token")).toHaveLength(1);
  expect(server.requests[0]).toMatchObject({
    authorization: `Basic ${Buffer.from(`infrastructure:${clientSecret}`).toString("base64")}`,
    body: "grant_type=client_credentials&resource=https%3A%2F%2Fdefault.logto.app%2Fapi&scope=all",
  });
  expect(server.requests[1]?.authorization).toBe("Bearer token-1");
});

test("a token that is about to end is renewed", async () => {
  const short = { access_token: "short", expires_in: 0.001 };
  const client = await api(
    [1, 2].map(() => ({ ...get, body: { id: "a" } })),
    [{ method: "POST", path: "/oidc/token", body: short }],
  );
  await client.call(read);
  // The clock counts whole milliseconds, and an answer may come within one.
  await pause(5);
  await client.call(read);
  expect(server.requests.map(({ authorization }) => authorization?.split(" ")[1])).toEqual([
    expect.anything() as string,
    "short",
    expect.anything() as string,
    "token-1",
  ]);
});

test("a token that the server no longer takes is renewed once", async () => {
  const refused = {
    ...get,
    status: 401,
    body: { code: "auth.unauthorized", message: "Unauthorized." },
  };
  const client = await api([refused, { ...get, body: { id: "a" } }, refused, refused]);
  expect(await client.call(read)).toEqual({ id: "a" });
  expect(await messageOf(client.call(read))).toBe(
    `Could not read the thing: GET ${server.endpoint}/api/things answered 401 auth.unauthorized: Unauthorized.; check logto:resource (https://default.logto.app/api): tokens for it are not taken here, so it is not the indicator of this Logto's Management API`,
  );
});

test("a credential that is refused is named, with what to look at and without its secret", async () => {
  const client = await api(
    [],
    [
      {
        method: "POST",
        path: "/oidc/token",
        status: 401,
        body: {
          code: "oidc.invalid_client",
          message: `Client authentication failed: ${clientSecret}`,
        },
      },
    ],
  );
  expect(await messageOf(client.call(read))).toBe(
    `Could not read the thing: ${server.endpoint} gave no token to the client "infrastructure", POST ${server.endpoint}/oidc/token answered 401 oidc.invalid_client: Client authentication failed: [secret]; check logto:clientId and logto:clientSecret: they must be those of a machine-to-machine application of this Logto`,
  );
});

const checkClient = /check logto:clientId and logto:clientSecret: they must be those of a machine/;
test.each<[string, number, object | string, RegExp]>([
  [
    "an unknown client",
    400,
    { code: "oidc.invalid_client", error: "invalid_client", error_description: "invalid client x" },
    checkClient,
  ],
  ["a wrong secret", 401, { code: "oidc.invalid_client", error: "invalid_client" }, checkClient],
  [
    "a wrong resource",
    400,
    { code: "oidc.invalid_target", error: "invalid_target" },
    /check logto:resource \(https:\/\/default\.logto\.app\/api\): it must be the indicator/,
  ],
  [
    "a secret that has expired",
    400,
    { error: "invalid_request", error_description: "client secret has expired" },
    /check logto:clientSecret: make a new secret/,
  ],
  [
    "an application of another type",
    400,
    { error: "invalid_request", error_description: "requested grant type is not allowed" },
    /check logto:clientId: .* this one is of another type$/,
  ],
  [
    "an application of another type, as OAuth has it",
    400,
    { error: "unauthorized_client" },
    /check logto:clientId: .* this one is of another type$/,
  ],
  [
    "no role",
    400,
    { error: "invalid_scope" },
    /check logto:clientId: that application must have a role/,
  ],
  [
    "a page of a proxy with a status of Logto's",
    401,
    "<h1>Who are you?</h1>",
    /answered 401 \(Who are you\?\); check logto:endpoint, logto:clientId, logto:clientSecret and/,
  ],
])(
  "of a credential with %s the advice goes by the code of the answer",
  async (_, status, body, advice) => {
    const token = { method: "POST", path: "/oidc/token", status, body };
    const refusing = await api([], [token]);
    expect(await messageOf(refusing.call(read))).toMatch(advice);
  },
);

test.each<[string, number, object | string, RegExp]>([
  ["no role", 403, { code: "auth.forbidden", message: "Forbidden." }, /must have a role/],
  [
    "another reason of Logto's",
    403,
    { code: "role.internal_role_violation", message: "No." },
    /answered 403 role\.internal_role_violation: No\.$/,
  ],
  ["a firewall", 403, "<p>Blocked</p>", /answered 403 \(Blocked\)$/],
  [
    "a proxy that takes the token away",
    401,
    { code: "auth.authorization_header_missing", message: "Missing." },
    /check logto:endpoint: something between here and Logto takes the Authorization header away$/,
  ],
])(
  "of a call that is refused for %s the advice goes by the code, too",
  async (_, status, body, advice) => {
    const refused = { ...get, status, body };
    const refusing = await api(status === 401 ? [refused, refused] : [refused]);
    expect(await messageOf(refusing.call(read))).toMatch(advice);
  },
);

test.each([
  ["a page", "<h1>Not found</h1>"],
  ["Logto's answer to an unknown address", "Not Found"],
  ["another code of Logto's", { code: "session.not_found", message: "No." }],
])("%s with the status 404 does not count as an object that is gone", async (_, body) => {
  const client = await api([{ ...get, status: 404, body }]);
  expect(
    await messageOf(client.call<unknown>({ ...read, accept: { 200: thing, 404: notFound } })),
  ).toMatch(/answered 404 with a body that is not Logto's/);
});

test.each([429, 502, 503, 504])("a read is tried again after %i", async (status) => {
  const client = await api([
    { ...get, status },
    { ...get, body: { id: "a" } },
  ]);
  expect(await client.call(read)).toEqual({ id: "a" });
});

test("a read and a change are tried again after the connection broke", async () => {
  const change = { ...read, purpose: "change the thing", method: "PATCH" } as const;
  const client = await api([
    { ...get, break: true },
    { ...get, body: { id: "a" } },
    { ...get, break: true },
    { ...get, method: "PATCH", body: { id: "b" } },
  ]);
  expect(await client.call(read)).toEqual({ id: "a" });
  expect(await client.call(change)).toEqual({ id: "b" });
});

test.each([
  ["in seconds", () => "2"],
  ["as a date", () => new Date(Date.now() + 2_900).toUTCString()],
])("Retry-After is honoured %s", async (_, retryAfter) => {
  const headers = {
    // A date is one of when it is answered.
    get "retry-after"() {
      return retryAfter();
    },
  };
  const client = await api([
    { ...get, status: 429, headers },
    { ...get, body: { id: "a" } },
  ]);
  await client.call(read);
  const [first, second] = server.requests.slice(1).map(({ at }) => at) as [number, number];
  // Less than the two seconds asked for would be our own first pause, of one second and a bit.
  expect(second - first).toBeGreaterThan(1_500);
});

test("a POST that was refused for haste is sent again", async () => {
  const client = await api([
    { ...post, status: 429 },
    { ...post, body: { id: "a" } },
  ]);
  expect(await client.call(create)).toEqual({ id: "a" });
});

test.each<[string, Exchange]>([
  ["the connection breaks", { ...post, break: true }],
  ["a gateway gives up", { ...post, status: 504 }],
  ["the server fails", { ...post, status: 500, body: { message: "Internal server error." } }],
])(
  "a POST that may have been carried out when %s is not sent twice: it is looked for",
  async (_, fault) => {
    const client = await api([fault]);
    expect(await client.createOnce(create, () => Promise.resolve({ id: "found" }))).toEqual({
      id: "found",
    });
  },
);

test("a POST whose object is not found is sent again", async () => {
  const client = await api([
    { ...post, break: true },
    { ...post, body: { id: "second" } },
  ]);
  expect(await client.createOnce(create, () => Promise.resolve(undefined))).toEqual({
    id: "second",
  });
});

test("a POST that is refused when it is sent again is looked for, as the first may have been carried out late", async () => {
  const refused = { ...post, status: 422, body: { code: "entity.x", message: "No." } };
  const late = jest.fn().mockResolvedValueOnce(undefined).mockResolvedValueOnce({ id: "first" });
  const client = await api([{ ...post, break: true }, refused]);
  expect(await client.createOnce(create, late)).toEqual({ id: "first" });
  const other = await api([{ ...post, break: true }, refused]);
  expect(await messageOf(other.createOnce(create, () => Promise.resolve(undefined)))).toContain(
    "answered 422 entity.x: No.",
  );
});

test("a POST that the server refuses is neither looked for nor sent again", async () => {
  const client = await api([{ ...post, status: 422, body: { code: "entity.x", message: "No." } }]);
  const find = jest.fn();
  expect(await messageOf(client.createOnce(create, find))).toBe(
    `Could not create the thing: POST ${server.endpoint}/api/things answered 422 entity.x: No.`,
  );
  expect(find).not.toHaveBeenCalled();
});

test("a refusal shows Logto's details in one line and no secret of the request", async () => {
  const client = await api([
    {
      ...post,
      status: 400,
      body: {
        code: "guard.invalid_input",
        message: "Invalid.",
        details: "first line with SG.canary\nsecond line",
      },
    },
  ]);
  expect(await messageOf(client.call({ ...create, secrets: ["SG.canary"] }))).toBe(
    `Could not create the thing: POST ${server.endpoint}/api/things answered 400 guard.invalid_input: Invalid. first line with [secret]; second line`,
  );
});

test("a redirect is not followed, so the token does not go along", async () => {
  const client = await api([{ ...get, status: 302, headers: { location: "http://127.0.0.1:1/" } }]);
  expect(await messageOf(client.call(read))).toMatch(/answered 302$/);
});

test.each<[string, unknown]>([
  ["a page", "<html>welcome</html>"],
  ["JSON that is not Logto's", { hello: "world" }],
  ["nothing", ""],
])("%s in the place of an answer is one clear error", async (_, body) => {
  const client = await api([{ ...get, body, headers: { "content-type": "text/x" } }]);
  expect(await messageOf(client.call(read))).toBe(
    `Could not read the thing: GET ${server.endpoint}/api/things answered 200 with a body that is not Logto's (text/x); is ${server.endpoint} a Logto?`,
  );
});

test("an accepted status without a body is no failure", async () => {
  const client = await api([{ ...get, status: 404, body: { code: "entity.not_found" } }]);
  const answer = await client.call<{ id: string } | undefined>({
    ...read,
    accept: { 200: thing, 404: anything },
  });
  expect(answer).toBeUndefined();
});

test("a server that is not there is one error that says where it was looked for", async () => {
  await api([]);
  const placeholder = createServer().listen(0, "127.0.0.1");
  await once(placeholder, "listening");
  const { port } = placeholder.address() as AddressInfo;
  placeholder.close();
  const gone = managementApi({
    endpoint: `http://127.0.0.1:${port}`,
    clientId: "infrastructure",
    clientSecret,
    resource: "https://default.logto.app/api",
  });
  expect(await messageOf(gone.call(read))).toBe(
    `Could not read the thing: Logto at http://127.0.0.1:${port} does not answer (ECONNREFUSED); is it running, and is logto:endpoint right?`,
  );
}, 60_000);
