import { createRemoteJWKSet, decodeJwt, jwtVerify } from "jose";
import { type Sandbox, send, startSandboxProcess } from "../support/sandbox";
import { newChallenge, Visitor } from "../support/visitor";
import {
  addClient,
  addUser,
  authorizationUrl,
  type Client,
  formOf,
  redirectUri,
  signIn,
  signInAs,
  type Tokens,
  tokensFor,
  userInfo,
} from "./oidc-client";

let sandbox: Sandbox;
let bookstore: Client;
let ada: string;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  bookstore = await addClient(sandbox);
  ada = await addUser(sandbox, { primary_email: "ada@bookstore.example" });
}, 60_000);

afterAll(() => sandbox.stop());

describe("a sign-in", () => {
  test("goes the recorded way, with the recorded statuses, addresses, cookies and texts", async () => {
    const visitor = new Visitor(sandbox.endpoint);
    const { challenge } = newChallenge();
    const begin = await visitor.get(
      authorizationUrl(bookstore, {
        scope: "openid offline_access profile",
        code_challenge: challenge,
        code_challenge_method: "S256",
        state: "st",
        prompt: "consent",
      }),
    );
    const cookie = `_logto={"appId":"${bookstore.id}"}; path=/; samesite=lax`;
    expect(begin).toMatchObject({
      status: 303,
      location: `/sign-in?app_id=${bookstore.id}`,
      text: `Redirecting to /sign-in?app_id=${bookstore.id}.`,
    });
    expect(begin.headers.get("content-type")).toBe("text/html; charset=utf-8");
    expect(begin.cookies[0]).toBe(cookie);

    const interaction = visitor.cookie("_interaction");
    await finish(visitor, ada);
    const signedIn = await visitor.get(`/oidc/auth/${interaction}`);
    expect(signedIn).toMatchObject({
      status: 303,
      location: `/consent?app_id=${bookstore.id}`,
      text: `Redirecting to /consent?app_id=${bookstore.id}.`,
    });
    expect(signedIn.cookies[0]).toBe(cookie);

    const consent = await visitor.get(signedIn.location as string);
    const resume = `${sandbox.endpoint}/oidc/auth/${visitor.cookie("_interaction")}`;
    expect(consent).toMatchObject({
      status: 302,
      location: resume,
      text: `Redirecting to ${resume}.`,
    });

    const end = await visitor.get(resume);
    expect(end.status).toBe(303);
    const callback = new URL(end.location as string);
    expect(`${callback.origin}${callback.pathname}`).toBe(redirectUri);
    expect([...callback.searchParams.keys()]).toEqual(["code", "state", "iss"]);
    expect(callback.searchParams.get("state")).toBe("st");
    expect(callback.searchParams.get("iss")).toBe(`${sandbox.endpoint}/oidc`);
    expect(end.text).toBe(`Redirecting to ${callback.href.replaceAll("&", "&amp;")}.`);
    expect(end.cookies[0]).toMatch(
      /^_interaction_resume=; path=\/oidc\/auth\/\S+; expires=[^;]+; samesite=lax; httponly$/,
    );
  });

  test.each([
    ["first_screen=register", { first_screen: "register" }, "/register"],
    ["interaction_mode=signUp", { interaction_mode: "signUp" }, "/register"],
    ["first_screen=sign_in", { first_screen: "sign_in" }, "/sign-in"],
    ["first_screen=reset_password", { first_screen: "reset_password" }, "/reset-password"],
    ["a first screen that there is not", { first_screen: "https://evil.example" }, "/sign-in"],
    [
      "first_screen before interaction_mode",
      { first_screen: "sign_in", interaction_mode: "signUp" },
      "/sign-in",
    ],
  ])("with %s opens that page", async (_what, parameters, page) => {
    const { location } = await new Visitor(sandbox.endpoint).get(
      authorizationUrl(bookstore, parameters),
    );
    expect(location).toBe(`${page}?app_id=${bookstore.id}`);
  });

  test("hands the page what the application says of the person", async () => {
    const visitor = new Visitor(sandbox.endpoint);
    const { location, cookies } = await visitor.get(
      authorizationUrl(bookstore, { login_hint: "ada@bookstore.example", ui_locales: "de en" }),
    );
    expect(location).toBe(
      `/sign-in?app_id=${bookstore.id}&ui_locales=de+en&login_hint=ada%40bookstore.example`,
    );
    expect(cookies[0]).toContain(`"uiLocales":"de en"`);
  });

  test("can begin by a form, too", async () => {
    const visitor = new Visitor(sandbox.endpoint);
    const [path, query] = authorizationUrl(bookstore, { state: "st" }).split("?");
    const page = await visitor.post(path as string, Object.fromEntries(new URLSearchParams(query)));
    expect(page).toMatchObject({ status: 303, location: `/sign-in?app_id=${bookstore.id}` });
    const { location } = await signInAs(sandbox, visitor, ada);
    expect(new URL(location as string).searchParams.get("state")).toBe("st");
  });

  test("is remembered: the next one goes to the application at once, without a page", async () => {
    const { visitor } = await signIn(sandbox, bookstore, ada);
    const again = await visitor.get(authorizationUrl(bookstore));
    expect(again).toMatchObject({ status: 303 });
    expect(new URL(again.location as string).searchParams.get("code")).toBeTruthy();
  });

  test("is asked for again with prompt=login, and refused without a page with prompt=none", async () => {
    const { visitor } = await signIn(sandbox, bookstore, ada);
    const asked = await visitor.get(authorizationUrl(bookstore, { prompt: "login" }));
    expect(asked.location).toBe(`/sign-in?app_id=${bookstore.id}`);

    const silent = await new Visitor(sandbox.endpoint).get(
      authorizationUrl(bookstore, { prompt: "none", state: "st" }),
    );
    const { searchParams } = new URL(silent.location as string);
    expect(searchParams.get("error")).toBe("login_required");
    expect(searchParams.get("state")).toBe("st");
  });

  test("as another person ends the session of the first one", async () => {
    const { visitor } = await signIn(sandbox, bookstore, ada);
    const bob = await addUser(sandbox);
    await visitor.get(authorizationUrl(bookstore, { prompt: "login" }));
    const interstitial = await signInAs(sandbox, visitor, bob);
    expect(interstitial.status).toBe(200);
    const ended = await visitor.post(...formOf(interstitial.text));
    const page = await visitor.follow(ended.location as string);
    expect(new URL(page.location as string).searchParams.get("code")).toBeTruthy();
    const [session] = await sandbox.query<{ account: string }>(
      "select payload->>'accountId' as account from oidc_model_instances where model_name = 'Session' and id = $1",
      [visitor.cookie("_session")],
    );
    expect(session?.account).toBe(bob);
  });

  test("is remembered as long as oidc.session says, and 14 days by default", async () => {
    expect(await sessionSeconds()).toBeCloseTo(14 * 24 * 3600, -2);
    await sandbox.query(
      `insert into logto_configs (tenant_id, key, value) values ('default', 'oidc.session', '{"ttl":3600}')`,
    );
    expect(await sessionSeconds()).toBeCloseTo(3600, -2);
    await sandbox.query("delete from logto_configs where key = 'oidc.session'");
  });

  test("tells the person's first application", async () => {
    const newcomer = await addUser(sandbox);
    await signIn(sandbox, bookstore, newcomer);
    await signIn(sandbox, await addClient(sandbox), newcomer);
    const [row] = await sandbox.query<{ application: string }>(
      "select application_id as application from users where id = $1",
      [newcomer],
    );
    expect(row?.application).toBe(bookstore.id);
  });
});

describe("the tokens", () => {
  test("are answered as recorded", async () => {
    const tokens = await tokensFor(sandbox, bookstore, ada, {
      scope: "openid offline_access profile",
      prompt: "consent",
    });
    expect(tokens).toEqual({
      access_token: expect.any(String) as unknown,
      expires_in: 3600,
      id_token: expect.any(String) as unknown,
      refresh_token: expect.any(String) as unknown,
      scope: "openid offline_access profile",
      token_type: "Bearer",
    });
    expect(await userInfo(sandbox, tokens.access_token)).toMatchObject({
      status: 200,
      body: {
        sub: ada,
        name: null,
        picture: null,
        updated_at: expect.any(Number) as unknown,
        username: null,
        created_at: expect.any(Number) as unknown,
      },
    });
  });

  test("hold an id token that is signed by a published key, for the application and its nonce", async () => {
    const { id_token: token } = await tokensFor(sandbox, bookstore, ada, { nonce: "n-0S6" });
    const keys = createRemoteJWKSet(new URL(`${sandbox.endpoint}/oidc/jwks`));
    const { payload, protectedHeader } = await jwtVerify(token, keys, {
      issuer: `${sandbox.endpoint}/oidc`,
      audience: bookstore.id,
    });
    expect(protectedHeader.alg).toBe("ES384");
    expect(payload).toMatchObject({ sub: ada, nonce: "n-0S6" });
    expect((payload.exp as number) - (payload.iat as number)).toBe(3600);
  });

  test("come for a JSON body, too", async () => {
    const { callback } = await signIn(sandbox, bookstore, ada, {
      code_challenge: undefined,
      code_challenge_method: undefined,
    });
    const { status, body } = await send(`${sandbox.endpoint}/oidc/token`, "POST", {
      grant_type: "authorization_code",
      client_id: bookstore.id,
      client_secret: bookstore.secret,
      code: callback.searchParams.get("code"),
      redirect_uri: bookstore.redirectUri,
    });
    expect(status).toBe(200);
    expect(decodeJwt((body as Tokens).id_token).sub).toBe(ada);
  });
});

describe("somebody who is suspended", () => {
  test("cannot exchange a code, and no token of theirs opens anything", async () => {
    const user = await addUser(sandbox);
    const tokens = await tokensFor(sandbox, bookstore, user, { scope: "openid profile" });
    const { exchange, visitor } = await signIn(sandbox, bookstore, user);
    expect((await userInfo(sandbox, tokens.access_token)).status).toBe(200);

    await sandbox.query("update users set is_suspended = true where id = $1", [user]);
    expect(await exchange()).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect(await userInfo(sandbox, tokens.access_token)).toMatchObject({
      status: 401,
      body: { error: "invalid_token" },
    });
    const again = await visitor.get(authorizationUrl(bookstore));
    expect(again.location).toBe(`/sign-in?app_id=${bookstore.id}`);
    const page = await signInAs(sandbox, visitor, user);
    expect(page.location ?? "").not.toContain("code=");
  });

  test("and a deleted user leaves the browser to sign in as somebody else", async () => {
    const user = await addUser(sandbox);
    const { visitor } = await signIn(sandbox, bookstore, user);
    await sandbox.query("delete from users where id = $1", [user]);
    await visitor.get(authorizationUrl(bookstore));
    const interstitial = await signInAs(sandbox, visitor, ada);
    const ended = await visitor.post(...formOf(interstitial.text));
    const { location } = await visitor.follow(ended.location as string);
    expect(new URL(location as string).searchParams.get("code")).toBeTruthy();
  });
});

test("if nothing was begun, the answer is Logto's session.not_found", async () => {
  for (const path of ["/consent", "/oidc/auth/unknown"]) {
    const { status, text } = await new Visitor(sandbox.endpoint).get(path);
    expect(status).toBe(400);
    expect(JSON.parse(text)).toMatchObject({
      code: "session.not_found",
      message: "Session not found. Please go back and sign in again.",
      error: "invalid_request",
    });
  }
});

test("a route that there is not is answered in OAuth's form", async () => {
  expect(await send(`${sandbox.endpoint}/oidc/nothing`, "GET")).toMatchObject({
    status: 404,
    body: { code: "oidc.invalid_request", error: "invalid_request" },
  });
});

test("the discovery document says where things are, and what is required", async () => {
  const { body } = await send(`${sandbox.endpoint}/oidc/.well-known/openid-configuration`, "GET");
  const oidc = `${sandbox.endpoint}/oidc`;
  expect(body).toMatchObject({
    issuer: oidc,
    authorization_endpoint: `${oidc}/auth`,
    token_endpoint: `${oidc}/token`,
    userinfo_endpoint: `${oidc}/me`,
    jwks_uri: `${oidc}/jwks`,
    end_session_endpoint: `${oidc}/session/end`,
    revocation_endpoint: `${oidc}/token/revocation`,
    introspection_endpoint: `${oidc}/token/introspection`,
    code_challenge_methods_supported: ["S256"],
    response_types_supported: expect.arrayContaining(["code"]) as unknown,
    scopes_supported: expect.arrayContaining([
      "openid",
      "offline_access",
      "profile",
      "email",
      "phone",
      "custom_data",
      "identities",
      "roles",
    ]) as unknown,
    authorization_response_iss_parameter_supported: true,
  });
});

test("the published keys hold nothing private", async () => {
  const { text } = await new Visitor(sandbox.endpoint).get("/oidc/jwks");
  const { keys } = JSON.parse(text) as { keys: Record<string, unknown>[] };
  expect(keys).toHaveLength(1);
  expect(keys[0]).not.toHaveProperty("d");
});

async function finish(visitor: Visitor, accountId: string): Promise<void> {
  await sandbox.query(
    "update oidc_model_instances set payload = jsonb_set(payload, '{result}', $2) where id = $1",
    [visitor.cookie("_interaction"), JSON.stringify({ login: { accountId } })],
  );
}

async function sessionSeconds(): Promise<number> {
  const { visitor } = await signIn(sandbox, bookstore, ada);
  const [row] = await sandbox.query<{ seconds: number }>(
    "select extract(epoch from expires_at - now())::int as seconds from oidc_model_instances where id = $1",
    [visitor.cookie("_session")],
  );
  return row?.seconds as number;
}
