import { type Answer, type Sandbox, startSandboxProcess } from "../support/sandbox";
import { newChallenge, type Page, Visitor } from "../support/visitor";
import {
  addClient,
  addUser,
  askToken,
  authorizationUrl,
  type Client,
  redirectUri,
  refresh,
  signIn,
  signInAs,
  type Tokens,
  tokensFor,
  userInfo,
} from "./oidc-client";

let sandbox: Sandbox;
let bookstore: Client;
let browserApplication: Client;
let ada: string;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  bookstore = await addClient(sandbox);
  browserApplication = await addClient(sandbox, { type: "SPA" });
  ada = await addUser(sandbox);
}, 60_000);

afterAll(() => sandbox.stop());

describe("PKCE", () => {
  test.each(["SPA", "Native"])("is required of an application of type %s", async (type) => {
    const client = await addClient(sandbox, { type });
    expect(errorOf(await begin(client))).toEqual([
      "invalid_request",
      "Authorization Server policy requires PKCE to be used for this request",
    ]);
  });

  test("is left to an application that keeps a secret", async () => {
    expect((await begin(bookstore)).location).toMatch(/^\/sign-in\?/);
  });

  test("takes no challenge that is the verifier itself", async () => {
    const { challenge } = newChallenge();
    const plain = { code_challenge: challenge, code_challenge_method: "plain" };
    expect(errorOf(await begin(browserApplication, plain))[1]).toBe(
      "not supported value of code_challenge_method",
    );
    expect(errorOf(await begin(bookstore, { code_challenge: challenge }))[1]).toBe(
      "code_challenge_method must be provided",
    );
  });

  test("gives no token to who cannot say the verifier", async () => {
    const { exchange } = await signIn(sandbox, browserApplication, ada);
    expectInvalidGrant(await exchange({ code_verifier: newChallenge().verifier }));
    expectInvalidGrant(await exchange({ code_verifier: "" }));
    expect((await exchange()).status).toBe(200);
  });

  test("of a verifier if no challenge was sent gives no token either", async () => {
    const { exchange } = await signIn(sandbox, bookstore, ada, {
      code_challenge: undefined,
      code_challenge_method: undefined,
    });
    expectInvalidGrant(await exchange());
  });
});

describe("the browser is sent", () => {
  const elsewhere = [
    "https://evil.example/callback",
    "http://localhost:3000/callback/more",
    "http://localhost:3000/callback?more",
    "http://localhost:3000/callback#more",
    "http://localhost:3000/",
    "http://localhost:3001/callback",
    "https://localhost:3000/callback",
    "http://localhost:3000@evil.example/callback",
    "http://evil@localhost:3000/callback",
    "http://localhost:3000.evil.example/callback",
    "http://localhost:3000/callback/../evil",
    "//evil.example",
    "javascript:alert(1)",
    "*",
  ];

  test.each(elsewhere)("nowhere when %j was not declared", async (uri) => {
    const page = await begin(bookstore, { redirect_uri: uri });
    expect(page).toMatchObject({ status: 400, location: undefined });
  });

  test("nowhere for another mistake next to such an address", async () => {
    const page = await begin(bookstore, {
      redirect_uri: "https://evil.example",
      response_type: "nonsense",
    });
    expect(page).toMatchObject({ status: 400, location: undefined });
    expect(JSON.parse(page.text)).toMatchObject({
      code: "oidc.invalid_redirect_uri",
      error: "invalid_redirect_uri",
    });
  });

  test("nowhere for an application that there is not", async () => {
    const page = await begin({ ...bookstore, id: "https://evil.example" });
    expect(page).toMatchObject({ status: 400, location: undefined });
  });

  test("back with the error if the address is declared", async () => {
    const page = await begin(bookstore, { prompt: "nonsense", state: "st" });
    const url = new URL(page.location as string);
    expect(url.href).toContain(redirectUri);
    expect(url.searchParams.get("state")).toBe("st");
  });

  test("only to pages of the sandbox by what the parameters say", async () => {
    const { location } = await begin(bookstore, {
      login_hint: "//evil.example",
      direct_sign_in: "https://evil.example",
      organization_id: "\r\nLocation: https://evil.example",
    });
    const page = new URL(location as string, sandbox.endpoint);
    expect(`${page.origin}${page.pathname}`).toBe(`${sandbox.endpoint}/sign-in`);
  });

  test("on by the consent step whatever its app_id says", async () => {
    const visitor = new Visitor(sandbox.endpoint);
    await visitor.get(authorizationUrl(bookstore));
    const interaction = visitor.cookie("_interaction");
    await sandbox.query(
      "update oidc_model_instances set payload = jsonb_set(payload, '{result}', $2) where id = $1",
      [interaction, JSON.stringify({ login: { accountId: ada } })],
    );
    await visitor.get(`/oidc/auth/${interaction}`);
    const { location } = await visitor.get("/consent?app_id=https://evil.example");
    expect(location).toBe(`${sandbox.endpoint}/oidc/auth/${visitor.cookie("_interaction")}`);
  });
});

describe("a declared address", () => {
  const application = (
    type: string,
    redirectUris: string[],
    postLogoutRedirectUris: string[] = [],
  ) => addClient(sandbox, { type, oidcClientMetadata: { redirectUris, postLogoutRedirectUris } });

  test.each([
    ["Traditional", "com.example.app://cb"],
    ["SPA", "com.example.app://cb"],
    ["Native", "http://app.example/cb"],
    ["Native", "https://localhost:3000/cb"],
    ["Native", "com.example.app:/cb"],
  ])("may be one that is unusual for the type: %s with %s", async (type, uri) => {
    const client = await application(type, [uri]);
    const { callback, exchange } = await signIn(sandbox, client, ada);
    expect(callback.href.startsWith(`${uri}?code=`)).toBe(true);
    expect((await exchange()).status).toBe(200);
    // Nor does one that is no part of this sign-in keep anybody out.
    const neighbour = await application(type, [redirectUri, uri], [uri]);
    expect(await leadsToSignIn(neighbour, redirectUri)).toBe(true);
  });

  test.each([
    ["a fragment", ["http://localhost:3000/#/cb"], "redirect_uris must not contain fragments"],
    ["a fragment after the sign-out", [], "post_logout_redirect_uris must not contain fragments"],
  ])("with %s keeps everybody out of the application", async (_what, more, reason) => {
    const client = await application(
      "SPA",
      [redirectUri, ...more],
      more.length === 0 ? ["http://localhost:3000/#/bye"] : [],
    );
    const { status, text } = await begin(client);
    expect({ status, body: JSON.parse(text) as unknown }).toMatchObject({
      status: 400,
      body: { error_description: reason },
    });
  });

  test("is the same however the URL standard writes it", async () => {
    const client = await addClient(sandbox, withRedirectUris("http://localhost:3000"));
    expect(await leadsToSignIn(client, "http://LOCALHOST:3000/")).toBe(true);
  });

  test.each([
    ["https://app.preview.bookstore.example/callback", true],
    ["https://a.b.preview.bookstore.example/callback", false],
    ["https://preview.bookstore.example/callback", false],
    ["https://app.preview.bookstore.example.evil.example/callback", false],
    ["https://user@app.preview.bookstore.example/callback", false],
    ["https://app.preview.bookstore.example:8443/callback", false],
    ["http://app.preview.bookstore.example/callback", false],
    ["https://app.preview.bookstore.example/other", false],
    ["https://*.preview.bookstore.example/callback", false],
  ])("with a * in the host's name: %s is one of them, %s", async (uri, expected) => {
    const client = await addClient(
      sandbox,
      withRedirectUris("https://*.preview.bookstore.example/callback"),
    );
    expect(await leadsToSignIn(client, uri)).toBe(expected);
  });

  test.each([
    ["https://bookstore.example/42/callback", true],
    ["https://bookstore.example/a/b/callback", true],
    ["https://bookstore.example/callback", false],
    ["https://bookstore.example/42/callback?to=elsewhere", false],
  ])("with a * in the path: %s is one of them, %s", async (uri, expected) => {
    const client = await addClient(
      sandbox,
      withRedirectUris("https://bookstore.example/*/callback"),
    );
    expect(await leadsToSignIn(client, uri)).toBe(expected);
  });

  test("with many a * keeps no one waiting for an endless address", async () => {
    const client = await addClient(
      sandbox,
      withRedirectUris(`https://bookstore.example/${"a*".repeat(6)}b`),
    );
    const path = "a".repeat(8_000);
    expect(await leadsToSignIn(client, `https://bookstore.example/${path}c`)).toBe(false);
    expect(await leadsToSignIn(client, `https://bookstore.example/${path}b`)).toBe(true);
  });

  test("with too broad a * is none", async () => {
    const client = await addClient(sandbox);
    await sandbox.query(
      `update applications set oidc_client_metadata = '{"redirectUris":["https://*.example/"],"postLogoutRedirectUris":[]}' where id = $1`,
      [client.id],
    );
    expect(await leadsToSignIn(client, "https://evil.example/")).toBe(false);
  });

  test("on the loopback is good on every port for a native application only", async () => {
    const declared = withRedirectUris("http://127.0.0.1:3000/callback");
    const native = await addClient(sandbox, { type: "Native", ...declared });
    const browser = await addClient(sandbox, { type: "SPA", ...declared });
    const onAnotherPort = "http://127.0.0.1:49152/callback";
    expect(await leadsToSignIn(native, onAnotherPort)).toBe(true);
    expect(await leadsToSignIn(native, "http://127.0.0.1:49152/other")).toBe(false);
    expect(await leadsToSignIn(browser, onAnotherPort)).toBe(false);
  });
});

describe("an authorization code", () => {
  test("is good once; when it comes again, what it was exchanged for is taken back", async () => {
    const { exchange } = await signIn(sandbox, bookstore, ada, {
      scope: "openid offline_access",
      prompt: "consent",
    });
    const { body } = await exchange();
    const tokens = body as Tokens;
    expect((await userInfo(sandbox, tokens.access_token)).status).toBe(200);

    expectInvalidGrant(await exchange());
    expect((await userInfo(sandbox, tokens.access_token)).status).toBe(401);
    expectInvalidGrant(await refresh(sandbox, bookstore, tokens.refresh_token));
    const left = await sandbox.query("select id from oidc_model_instances where id = any($1)", [
      [tokens.access_token, tokens.refresh_token],
    ]);
    expect(left).toEqual([]);
  });

  test("is good once, too, when it comes many times at the same time", async () => {
    const { exchange } = await signIn(sandbox, bookstore, ada);
    const answers = await Promise.all(Array.from({ length: 8 }, () => exchange()));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(answers.filter(({ status }) => status === 400).length).toBeGreaterThanOrEqual(7);
  });

  test("expires", async () => {
    const { exchange, callback } = await signIn(sandbox, bookstore, ada);
    const code = callback.searchParams.get("code");
    const [row] = await sandbox.query<{ seconds: number }>(
      "select extract(epoch from expires_at - now())::int as seconds from oidc_model_instances where id = $1",
      [code],
    );
    expect(row?.seconds).toBeLessThanOrEqual(60);
    await sandbox.query(
      `update oidc_model_instances set expires_at = now(), payload = payload || '{"exp":1}' where id = $1`,
      [code],
    );
    expect(await exchange()).toMatchObject({
      status: 400,
      body: { error_description: "grant request is invalid" },
    });
  });

  test("is good for the application that it was given to, and the address that it was sent to", async () => {
    const { exchange, callback } = await signIn(sandbox, bookstore, ada);
    const other = await addClient(sandbox);
    const code = callback.searchParams.get("code") as string;
    expectInvalidGrant(
      await askToken(sandbox, other, {
        grant_type: "authorization_code",
        code,
        redirect_uri: redirectUri,
      }),
    );
    expectInvalidGrant(await exchange({ redirect_uri: "http://localhost:3000/other" }));
    expect((await exchange()).status).toBe(200);
  });

  test("needs the application's secret: one of several, none that has expired", async () => {
    const client = await addClient(sandbox);
    await sandbox.query(
      `insert into application_secrets (tenant_id, application_id, name, value, expires_at)
       values ('default', $1, 'second', 'SecondSecret', null), ('default', $1, 'old', 'OldSecret', now() - interval '1 second')`,
      [client.id],
    );
    const { callback } = await signIn(sandbox, client, ada, withoutChallenge);
    const ask = (secret: string | undefined) =>
      askToken(
        sandbox,
        { ...client, secret },
        {
          grant_type: "authorization_code",
          code: callback.searchParams.get("code") as string,
          redirect_uri: redirectUri,
        },
      );
    expect(await ask("wrong")).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect(await ask(undefined)).toMatchObject({ status: 401, body: { error: "invalid_client" } });
    expect(await ask("OldSecret")).toMatchObject({
      status: 400,
      body: { error_description: "client secret has expired" },
    });
    expect((await ask("SecondSecret")).status).toBe(200);
  });
});

describe("the cookies", () => {
  test("of the sign-in and the session are out of reach for scripts and other sites", async () => {
    const visitor = new Visitor(sandbox.endpoint);
    const first = await visitor.get(authorizationUrl(bookstore));
    const interaction = visitor.cookie("_interaction");
    await sandbox.query(
      "update oidc_model_instances set payload = jsonb_set(payload, '{result}', $2) where id = $1",
      [interaction, JSON.stringify({ login: { accountId: ada } })],
    );
    const second = await visitor.get(`/oidc/auth/${interaction}`);
    const cookies = [...first.cookies, ...second.cookies].filter(
      (cookie) => !cookie.startsWith("_logto="),
    );
    for (const name of ["_interaction", "_interaction_resume", "_session"]) {
      expect(cookies.some((cookie) => cookie.startsWith(`${name}=`))).toBe(true);
      expect(cookies.some((cookie) => cookie.startsWith(`${name}.sig=`))).toBe(true);
    }
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; samesite=lax/);
      expect(cookie).toMatch(/; httponly/);
    }
  });

  test.each(["de; domain=evil.example", "de\r\nset-cookie: a=b", "\u4e2d\u6587", '"}'])(
    "take no text that would be more than their value: %j",
    async (text) => {
      const page = await begin(bookstore, { ui_locales: text, organization_id: text });
      expect(page.status).toBe(303);
      expect(page.cookies[0]).toBe(`_logto={"appId":"${bookstore.id}"}; path=/; samesite=lax`);
    },
  );

  test("count only with their signature", async () => {
    const { visitor } = await signIn(sandbox, bookstore, ada);
    const session = visitor.cookie("_session") as string;
    const thief = new Visitor(sandbox.endpoint);
    thief.setCookie("_session", session);
    expect((await thief.get(authorizationUrl(bookstore))).location).toMatch(/^\/sign-in/);
    thief.setCookie("_session", session);
    thief.setCookie("_session.sig", "forged");
    expect((await thief.get(authorizationUrl(bookstore))).location).toMatch(/^\/sign-in/);
  });

  test("of another browser's sign-in do not come with its address", async () => {
    const victim = new Visitor(sandbox.endpoint);
    const attacker = new Visitor(sandbox.endpoint);
    await attacker.get(authorizationUrl(bookstore));
    const interaction = attacker.cookie("_interaction");
    await sandbox.query(
      "update oidc_model_instances set payload = jsonb_set(payload, '{result}', $2) where id = $1",
      [interaction, JSON.stringify({ login: { accountId: ada } })],
    );
    const page = await victim.get(`/oidc/auth/${interaction}`);
    expect(page).toMatchObject({ status: 400, location: undefined });
  });

  test("are new after the sign-in: a session that was there before is not the one after", async () => {
    const { visitor } = await signIn(sandbox, bookstore, ada);
    const before = visitor.cookie("_session");
    await visitor.get(authorizationUrl(bookstore, { prompt: "login" }));
    await signInAs(sandbox, visitor, ada);
    expect(visitor.cookie("_session")).not.toBe(before);
  });
});

test("an access token is good for the userinfo endpoint only, and only as it was given", async () => {
  const { access_token: token } = await tokensFor(sandbox, bookstore, ada);
  expect((await sandbox.request("GET", "/api/applications", undefined, token)).status).toBe(401);
  expect((await userInfo(sandbox, `${token}x`)).status).toBe(401);
});

test("a person's token for the Management API opens nothing unless a role of theirs does", async () => {
  const resource = "https://default.logto.app/api";
  const { exchange } = await signIn(sandbox, bookstore, ada, { scope: "openid all", resource });
  const { status, body } = await exchange({ resource });
  expect(status).toBe(200);
  const { access_token: token, scope } = body as Tokens;
  expect(scope || undefined).toBeUndefined();
  expect(await sandbox.request("GET", "/api/applications", undefined, token)).toMatchObject({
    status: 403,
    body: { code: "auth.forbidden" },
  });
});

test("codes, tokens and secrets do not show in the log", async () => {
  const { exchange, callback } = await signIn(sandbox, bookstore, ada, {
    scope: "openid offline_access",
    prompt: "consent",
  });
  const { body } = await exchange();
  const { access_token: access, refresh_token: again, id_token: id } = body as Tokens;
  const log = sandbox.logText();
  const secrets = [access, again, id, bookstore.secret, callback.searchParams.get("code")];
  for (const secret of secrets) {
    expect(log).not.toContain(secret);
  }
});

const withoutChallenge = { code_challenge: undefined, code_challenge_method: undefined };

function begin(client: Client, parameters: Record<string, string> = {}): Promise<Page> {
  return new Visitor(sandbox.endpoint).get(authorizationUrl(client, parameters));
}

async function leadsToSignIn(client: Client, uri: string): Promise<boolean> {
  const { challenge } = newChallenge();
  const { location } = await begin(client, {
    redirect_uri: uri,
    code_challenge: challenge,
    code_challenge_method: "S256",
  });
  return location?.startsWith("/sign-in?") ?? false;
}

function errorOf({ location }: Page): (string | null)[] {
  const { searchParams } = new URL(location as string);
  return [searchParams.get("error"), searchParams.get("error_description")];
}

function expectInvalidGrant(answer: Answer): void {
  expect(answer).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
}

function withRedirectUris(...redirectUris: string[]) {
  return { oidcClientMetadata: { redirectUris, postLogoutRedirectUris: [] } };
}
