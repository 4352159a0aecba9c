import { decodeJwt, decodeProtectedHeader } from "jose";
import { type Answer, type Sandbox, send, startSandboxProcess } from "../support/sandbox";
import {
  addClient,
  addUser,
  askToken,
  type Client,
  postAs,
  redirectUri,
  refresh,
  signIn,
  type Tokens,
  tokensFor,
  userInfo,
} from "./oidc-client";

let sandbox: Sandbox;
let bookstore: Client;
let browserApplication: Client;
let ada: string;

const day = 24 * 3600;
const offline = { scope: "openid offline_access profile", prompt: "consent" };

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  bookstore = await addClient(sandbox);
  browserApplication = await addClient(sandbox, { type: "SPA" });
  ada = await addUser(sandbox, { name: "Ada" });
}, 60_000);

afterAll(() => sandbox.stop());

describe("a refresh token", () => {
  test("is given for offline_access together with prompt=consent, and not without", async () => {
    expect((await tokensFor(sandbox, bookstore, ada, offline)).refresh_token).toBeTruthy();
    const withoutPrompt = await tokensFor(sandbox, bookstore, ada, { scope: offline.scope });
    expect(withoutPrompt.refresh_token).toBeUndefined();
    expect(withoutPrompt.scope).toBe("openid profile");
  });

  test("is always given if the application says so", async () => {
    const client = await addClient(sandbox, {
      customClientMetadata: { alwaysIssueRefreshToken: true },
    });
    const tokens = await tokensFor(sandbox, client, ada);
    expect((await refresh(sandbox, client, tokens.refresh_token)).status).toBe(200);
  });

  test("gives new tokens with the claims of today", async () => {
    const user = await addUser(sandbox, { name: "Grace" });
    const tokens = await tokensFor(sandbox, bookstore, user, offline);
    await sandbox.query("update users set name = 'Grace H.' where id = $1", [user]);
    const { status, body } = await refresh(sandbox, bookstore, tokens.refresh_token);
    expect(status).toBe(200);
    const renewed = body as Tokens;
    expect(decodeJwt(renewed.id_token)).toMatchObject({ sub: user, name: "Grace H." });
    expect(await userInfo(sandbox, renewed.access_token)).toMatchObject({
      body: { name: "Grace H." },
    });
  });

  test("of an application with a secret stays the same until 70 % of its time are over", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada, offline);
    const early = await refresh(sandbox, bookstore, tokens.refresh_token);
    expect(refreshTokenOf(early)).toBe(tokens.refresh_token);

    await age(tokens.refresh_token, 10 * day);
    const late = await refresh(sandbox, bookstore, tokens.refresh_token);
    expect(refreshTokenOf(late)).not.toBe(tokens.refresh_token);
  });

  test("of an application with a secret stays the same to its end if the application says so", async () => {
    const client = await addClient(sandbox, {
      customClientMetadata: { rotateRefreshToken: false },
    });
    const tokens = await tokensFor(sandbox, client, ada, offline);
    await age(tokens.refresh_token, 13 * day);
    expect(refreshTokenOf(await refresh(sandbox, client, tokens.refresh_token))).toBe(
      tokens.refresh_token,
    );
  });

  test("of an application in the browser is a new one each time, and ends when the first one would", async () => {
    const tokens = await tokensFor(sandbox, browserApplication, ada, offline);
    await age(tokens.refresh_token, 5 * day);
    const next = refreshTokenOf(
      await refresh(sandbox, browserApplication, tokens.refresh_token),
    ) as string;
    expect(next).not.toBe(tokens.refresh_token);
    expect(await secondsLeft(next)).toBeCloseTo(9 * day, -2);
  });

  test("that was exchanged before takes all others back when it comes again", async () => {
    const tokens = await tokensFor(sandbox, browserApplication, ada, offline);
    const second = await refresh(sandbox, browserApplication, tokens.refresh_token);
    expectInvalidGrant(await refresh(sandbox, browserApplication, tokens.refresh_token));
    expectInvalidGrant(await refresh(sandbox, browserApplication, refreshTokenOf(second)));
    expect((await userInfo(sandbox, (second.body as Tokens).access_token)).status).toBe(401);
  });

  test("of a native application gives one new one, however often it comes at the same time", async () => {
    const native = await addClient(sandbox, { type: "Native" });
    const tokens = await tokensFor(sandbox, native, ada, offline);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => refresh(sandbox, native, tokens.refresh_token)),
    );
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
  });

  test("lives 14 days, or as many as the application says", async () => {
    const { refresh_token: usual } = await tokensFor(sandbox, bookstore, ada, offline);
    expect(await secondsLeft(usual)).toBeCloseTo(14 * day, -2);
    const client = await addClient(sandbox, { customClientMetadata: { refreshTokenTtlInDays: 3 } });
    const { refresh_token: short } = await tokensFor(sandbox, client, ada, offline);
    expect(await secondsLeft(short)).toBeCloseTo(3 * day, -2);
    await age(short, 3 * day);
    expect(await refresh(sandbox, client, short)).toMatchObject({
      status: 400,
      body: { code: "oidc.invalid_grant", error: "invalid_grant" },
    });
  });

  test("gives no scope that was not there before, and fewer when asked", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada, offline);
    expect(
      await refresh(sandbox, bookstore, tokens.refresh_token, { scope: "openid email" }),
    ).toMatchObject({ status: 400, body: { error: "invalid_scope" } });
    expect(
      await refresh(sandbox, bookstore, tokens.refresh_token, { scope: "openid" }),
    ).toMatchObject({ status: 200, body: { scope: "openid" } });
  });

  test("is good for its own application, and while the person is not suspended", async () => {
    const user = await addUser(sandbox);
    const tokens = await tokensFor(sandbox, bookstore, user, offline);
    expectInvalidGrant(await refresh(sandbox, await addClient(sandbox), tokens.refresh_token));
    await sandbox.query("update users set is_suspended = true where id = $1", [user]);
    expectInvalidGrant(await refresh(sandbox, bookstore, tokens.refresh_token));
    await sandbox.query("update users set is_suspended = false where id = $1", [user]);
    expect((await refresh(sandbox, bookstore, tokens.refresh_token)).status).toBe(200);
  });
});

test("an id token lives as long as the application says", async () => {
  const client = await addClient(sandbox, { customClientMetadata: { idTokenTtl: 120 } });
  const { id_token: token } = await tokensFor(sandbox, client, ada);
  const { exp = 0, iat = 0 } = decodeJwt(token);
  expect(exp - iat).toBe(120);
});

test("of several sign-ins at an application the newest stay, as many as it allows", async () => {
  const client = await addClient(sandbox, { customClientMetadata: { maxAllowedGrants: 2 } });
  const first = await tokensFor(sandbox, client, ada, offline);
  const others = await tokensFor(sandbox, client, await addUser(sandbox), offline);
  await sandbox.query(
    `update oidc_model_instances set payload = payload || '{"iat":1}' where model_name = 'Grant' and payload->>'clientId' = $1`,
    [client.id],
  );
  const second = await tokensFor(sandbox, client, ada, offline);
  expect((await refresh(sandbox, client, first.refresh_token)).status).toBe(200);

  const third = await tokensFor(sandbox, client, ada, offline);
  expectInvalidGrant(await refresh(sandbox, client, first.refresh_token));
  expect((await userInfo(sandbox, first.access_token)).status).toBe(401);
  for (const { refresh_token: token } of [second, third, others]) {
    expect((await refresh(sandbox, client, token)).status).toBe(200);
  }
});

describe("revocation", () => {
  test("ends a refresh token and all that was given with it", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada, offline);
    expect(await revoke(bookstore, tokens.refresh_token)).toMatchObject({ status: 200 });
    expectInvalidGrant(await refresh(sandbox, bookstore, tokens.refresh_token));
    expect((await userInfo(sandbox, tokens.access_token)).status).toBe(401);
  });

  test("ends an access token and all that was given with it", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada, offline);
    expect(await revoke(bookstore, tokens.access_token)).toMatchObject({ status: 200 });
    expect((await userInfo(sandbox, tokens.access_token)).status).toBe(401);
    expectInvalidGrant(await refresh(sandbox, bookstore, tokens.refresh_token));
  });

  test("is for the application itself", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada, offline);
    await revoke(await addClient(sandbox), tokens.refresh_token);
    expect((await refresh(sandbox, bookstore, tokens.refresh_token)).status).toBe(200);
    expect(await revoke({ ...bookstore, secret: "wrong" }, tokens.refresh_token)).toMatchObject({
      status: 401,
      body: { error: "invalid_client" },
    });
  });

  function revoke(client: Client, token: string | undefined): Promise<Answer> {
    return postAs(sandbox, client, "/oidc/token/revocation", { token: token as string });
  }
});

describe("introspection", () => {
  test("tells an application with a secret about a token, and that it is over", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada, offline);
    expect(await introspect(bookstore, tokens.access_token)).toMatchObject({
      status: 200,
      body: {
        active: true,
        sub: ada,
        client_id: bookstore.id,
        scope: offline.scope,
        iss: `${sandbox.endpoint}/oidc`,
      },
    });
    await postAs(sandbox, bookstore, "/oidc/token/revocation", { token: tokens.access_token });
    expect(await introspect(bookstore, tokens.access_token)).toMatchObject({
      status: 200,
      body: { active: false },
    });
    expect(await introspect(bookstore, "unknown")).toMatchObject({ body: { active: false } });
  });

  test("tells nothing without the secret, and an application without one only about its own", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada);
    expect((await introspect({ ...bookstore, secret: "no" }, tokens.access_token)).status).toBe(
      401,
    );
    expect(await introspect(browserApplication, tokens.access_token)).toMatchObject({
      body: { active: false },
    });
  });

  function introspect(client: Client, token: string): Promise<Answer> {
    return postAs(sandbox, client, "/oidc/token/introspection", { token });
  }
});

describe("a token for a resource", () => {
  const orders = "https://orders.example";
  let buyer: string;

  beforeAll(async () => {
    buyer = await addUser(sandbox);
    await sandbox.query(
      `insert into resources (tenant_id, id, name, indicator, access_token_ttl)
       values ('default', 'orders', 'Orders', $1, 600), ('default', 'stock', 'Stock', 'https://stock.example', 3600)`,
      [orders],
    );
    await sandbox.query(
      `insert into scopes (tenant_id, id, resource_id, name, description)
       values ('default', 'orders-read', 'orders', 'read', ''), ('default', 'orders-write', 'orders', 'write', ''),
              ('default', 'stock-read', 'stock', 'read', ''), ('default', 'orders-admin', 'orders', 'admin', '')`,
    );
    await sandbox.query(
      `insert into roles (tenant_id, id, name, description, type)
       values ('default', 'buyer', 'Buyer', '', 'User')`,
    );
    await sandbox.query(
      `insert into roles_scopes (tenant_id, id, role_id, scope_id)
       values ('default', 'rs1', 'buyer', 'orders-read'), ('default', 'rs2', 'buyer', 'orders-write')`,
    );
    await sandbox.query(
      "insert into users_roles (tenant_id, id, user_id, role_id) values ('default', 'ur1', $1, 'buyer')",
      [buyer],
    );
  });

  test("holds the scopes that were asked for and that the person's roles grant", async () => {
    const { exchange } = await signIn(sandbox, bookstore, buyer, {
      scope: "openid read admin",
      resource: orders,
    });
    const { body } = await exchange({ resource: orders });
    const { access_token: token, scope, expires_in: seconds } = body as Tokens;
    expect(scope).toBe("read");
    expect(seconds).toBe(600);
    expect(decodeProtectedHeader(token)).toMatchObject({ alg: "ES384", typ: "at+jwt" });
    expect(decodeJwt(token)).toMatchObject({
      iss: `${sandbox.endpoint}/oidc`,
      aud: orders,
      sub: buyer,
      client_id: bookstore.id,
      scope: "read",
    });
    expect((await userInfo(sandbox, token)).status).toBe(401);
  });

  test("holds none for a person who has no such role", async () => {
    const { exchange } = await signIn(sandbox, bookstore, ada, {
      scope: "openid read write",
      resource: orders,
    });
    const { status, body } = await exchange({ resource: orders });
    expect(status).toBe(200);
    expect(decodeJwt((body as Tokens).access_token).scope ?? "").toBe("");
  });

  test("comes by a refresh token, with what the roles grant then", async () => {
    const { exchange } = await signIn(sandbox, bookstore, buyer, {
      ...offline,
      scope: `${offline.scope} read write`,
      resource: orders,
    });
    const { body } = await exchange();
    const token = (body as Tokens).refresh_token;
    expect(await refresh(sandbox, bookstore, token, { resource: orders })).toMatchObject({
      status: 200,
      body: { scope: "read write" },
    });
    await sandbox.query("delete from roles_scopes where id = 'rs2'");
    expect(await refresh(sandbox, bookstore, token, { resource: orders })).toMatchObject({
      body: { scope: "read" },
    });
    await sandbox.query(
      "insert into roles_scopes (tenant_id, id, role_id, scope_id) values ('default', 'rs2', 'buyer', 'orders-write')",
    );
  });

  test("can be one for each of several, parted by commas, too", async () => {
    const { exchange } = await signIn(sandbox, bookstore, buyer, {
      ...offline,
      scope: `${offline.scope} read`,
      resource: `${orders},https://stock.example`,
    });
    const token = ((await exchange()).body as Tokens).refresh_token;
    const forOrders = await refresh(sandbox, bookstore, token, { resource: orders });
    expect(forOrders.body).toMatchObject({ scope: "read" });
    const forStock = await refresh(sandbox, bookstore, token, {
      resource: "https://stock.example",
    });
    expect(forStock.status).toBe(200);
    // The person has no role there.
    expect((forStock.body as Tokens).scope || undefined).toBeUndefined();
    expect(decodeJwt((forStock.body as Tokens).access_token).aud).toBe("https://stock.example");
  });

  test("is not given for a resource that there is not, or that was not asked for at the sign-in", async () => {
    const { callback } = await signIn(sandbox, bookstore, buyer, {
      resource: orders,
    });
    expect(callback.searchParams.get("error")).toBeNull();
    const { exchange } = await signIn(sandbox, bookstore, buyer);
    expect(await exchange({ resource: orders })).toMatchObject({
      status: 400,
      body: { error: "invalid_target" },
    });
    const { visitor } = await signIn(sandbox, bookstore, buyer);
    const page = await visitor.get(
      `/oidc/auth?${new URLSearchParams({
        client_id: bookstore.id,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: "openid",
        resource: "https://unknown.example",
      }).toString()}`,
    );
    expect(new URL(page.location as string).searchParams.get("error")).toBe("invalid_target");
  });

  test("of a role in an organization is as good as one of the person's own", async () => {
    const member = await addUser(sandbox);
    await sandbox.query(
      "insert into organizations (tenant_id, id, name) values ('default', 'shop', 'Shop')",
    );
    await sandbox.query(
      "insert into organization_roles (tenant_id, id, name, type) values ('default', 'clerk', 'Clerk', 'User')",
    );
    await sandbox.query(
      "insert into organization_role_resource_scope_relations (tenant_id, organization_role_id, scope_id) values ('default', 'clerk', 'stock-read')",
    );
    await sandbox.query(
      "insert into organization_user_relations (tenant_id, organization_id, user_id) values ('default', 'shop', $1)",
      [member],
    );
    await sandbox.query(
      "insert into organization_role_user_relations (tenant_id, organization_id, organization_role_id, user_id) values ('default', 'shop', 'clerk', $1)",
      [member],
    );
    const { exchange } = await signIn(sandbox, bookstore, member, {
      scope: "openid read",
      resource: "https://stock.example",
    });
    expect(await exchange({ resource: "https://stock.example" })).toMatchObject({
      status: 200,
      body: { scope: "read" },
    });
  });
});

describe("a page of another origin", () => {
  test.each([
    ["that the application declares", "https://allowed.example", true],
    ["that the application's redirect URI is on", "http://localhost:3000", true],
    ["that is not declared", "https://evil.example", false],
    ["of a sandboxed frame", "null", false],
  ])("%s gets tokens: %s, %s", async (_what, origin, isAllowed) => {
    const client = await addClient(sandbox, {
      type: "SPA",
      customClientMetadata: { corsAllowedOrigins: ["https://allowed.example"] },
    });
    const { refresh_token: token } = await tokensFor(sandbox, client, ada, offline);
    const { status, headers } = await askToken(
      sandbox,
      client,
      { grant_type: "refresh_token", refresh_token: token as string },
      { origin },
    );
    expect(status).toBe(isAllowed ? 200 : 400);
    expect(headers.get("access-control-allow-origin")).toBe(isAllowed ? origin : null);
  });

  test("may read the discovery document and the keys", async () => {
    for (const path of ["/oidc/.well-known/openid-configuration", "/oidc/jwks"]) {
      const { headers } = await send(`${sandbox.endpoint}${path}`, "GET", undefined, {
        origin: "https://anyone.example",
      });
      expect(headers.get("access-control-allow-origin")).toBe("https://anyone.example");
    }
  });
});

/** Lets the time pass that a stored token has lived. */
async function age(token: string | undefined, seconds: number): Promise<void> {
  await sandbox.query(
    `update oidc_model_instances set
       expires_at = expires_at - make_interval(secs => $2),
       payload = payload || jsonb_build_object(
         'exp', (payload->>'exp')::bigint - $2::bigint, 'iat', (payload->>'iat')::bigint - $2::bigint,
         'iiat', (payload->>'iiat')::bigint - $2::bigint)
     where id = $1`,
    [token, seconds],
  );
}

async function secondsLeft(token: string | undefined): Promise<number> {
  const [row] = await sandbox.query<{ seconds: number }>(
    "select extract(epoch from expires_at - now())::int as seconds from oidc_model_instances where id = $1",
    [token],
  );
  return row?.seconds as number;
}

function refreshTokenOf({ status, body }: Answer): string | undefined {
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as Tokens).refresh_token;
}

function expectInvalidGrant(answer: Answer): void {
  expect(answer).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
}
