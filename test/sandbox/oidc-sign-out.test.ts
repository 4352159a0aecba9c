import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { decodeJwt } from "jose";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { type Page, Visitor } from "../support/visitor";
import {
  addClient,
  addUser,
  authorizationUrl,
  type Client,
  formOf,
  redirectUri,
  refresh,
  signIn,
  type SignIn,
  type Tokens,
  userInfo,
} from "./oidc-client";

let sandbox: Sandbox;
let bookstore: Client;
let ada: string;
const home = "http://localhost:3000/";

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  bookstore = await addClient(sandbox, {
    oidcClientMetadata: { redirectUris: [redirectUri], postLogoutRedirectUris: [home] },
  });
  ada = await addUser(sandbox);
}, 60_000);

afterAll(() => sandbox.stop());

test("a sign-out asks nothing, ends the session and what was given in it, and leads back", async () => {
  const { visitor, tokens } = await signedIn();
  const page = await visitor.get(
    signOutUrl({
      id_token_hint: tokens.id_token,
      post_logout_redirect_uri: home,
      state: "bye",
    }),
  );
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.text).toContain("document.forms[0].submit()");
  expect(page.headers.get("content-security-policy")).toContain("script-src 'sha256-");
  expect(page.headers.get("x-frame-options")).toBe("DENY");

  const end = await visitor.post(...confirmationOf(page));
  expect(end).toMatchObject({ status: 303, location: `${home}?state=bye` });
  expect(visitor.cookie("_session")).toBeUndefined();

  const again = await visitor.get(authorizationUrl(bookstore));
  expect(again.location).toBe(`/sign-in?app_id=${bookstore.id}`);
  expect((await userInfo(sandbox, tokens.access_token)).status).toBe(401);
  expect((await refresh(sandbox, bookstore, tokens.refresh_token)).status).toBe(400);
});

test("a sign-out can begin by a form, too", async () => {
  const { visitor, tokens } = await signedIn();
  const page = await visitor.post("/oidc/session/end", {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: home,
  });
  expect(await visitor.post(...confirmationOf(page))).toMatchObject({ location: home });
  expect(visitor.cookie("_session")).toBeUndefined();
});

test("the session is over for a copy of its cookie, too", async () => {
  const { visitor } = await signedIn();
  const copy = new Visitor(sandbox.endpoint);
  for (const name of ["_session", "_session.sig"]) {
    copy.setCookie(name, visitor.cookie(name) as string);
  }
  const page = await visitor.get(signOutUrl({ client_id: bookstore.id }));
  await visitor.post(...confirmationOf(page));
  expect((await copy.get(authorizationUrl(bookstore))).location).toMatch(/^\/sign-in/);
});

test("the application can be named by client_id, too, and the way back is its own", async () => {
  const { visitor } = await signedIn();
  const page = await visitor.get(
    signOutUrl({ client_id: bookstore.id, post_logout_redirect_uri: home }),
  );
  const end = await visitor.post(...confirmationOf(page));
  expect(end.location).toBe(home);
});

test.each([
  "https://evil.example/",
  "http://localhost:3000/more",
  "http://localhost:3000@evil.example/",
  "http://localhost:3001/",
  redirectUri,
  "javascript:alert(1)",
])("a sign-out that would lead to %s is refused, and the session stays", async (uri) => {
  const { visitor, tokens } = await signedIn();
  const wayBack = { post_logout_redirect_uri: uri };
  for (const parameters of [
    { ...wayBack, id_token_hint: tokens.id_token },
    { ...wayBack, client_id: bookstore.id },
  ]) {
    const page = await visitor.get(signOutUrl(parameters));
    expect(page).toMatchObject({ status: 400, location: undefined });
    expect(JSON.parse(page.text)).toMatchObject({
      code: "oidc.invalid_request",
      error_description: "post_logout_redirect_uri not registered",
    });
  }
  const still = await visitor.get(authorizationUrl(bookstore));
  expect(new URL(still.location as string).searchParams.get("code")).toBeTruthy();
});

test("a way back that belongs to no application that is named is not gone", async () => {
  const { visitor } = await signedIn();
  const page = await visitor.get(signOutUrl({ post_logout_redirect_uri: "https://evil.example/" }));
  const end = await visitor.follow(
    (await visitor.post(...confirmationOf(page))).location as string,
  );
  expect(end).toMatchObject({ status: 200, location: undefined });
  expect(end.text).toContain("You have signed out.");
});

test("an id token of another's making is refused", async () => {
  const { visitor, tokens } = await signedIn();
  const [header, payload] = tokens.id_token.split(".");
  const forged = [header, payload, Buffer.alloc(96).toString("base64url")].join(".");
  for (const hint of [forged, "nonsense"]) {
    const page = await visitor.get(
      signOutUrl({ id_token_hint: hint, post_logout_redirect_uri: home }),
    );
    expect(page).toMatchObject({ status: 400, location: undefined });
  }
});

test("another site cannot send the form in the person's name", async () => {
  const { visitor } = await signedIn();
  await visitor.get(signOutUrl({ client_id: bookstore.id }));
  const end = await visitor.post("/oidc/session/end/confirm", { xsrf: "guessed", logout: "yes" });
  expect(end).toMatchObject({ status: 400, location: undefined });
  const still = await visitor.get(authorizationUrl(bookstore));
  expect(new URL(still.location as string).searchParams.get("code")).toBeTruthy();
});

test("who is not signed in is led back, too", async () => {
  const visitor = new Visitor(sandbox.endpoint);
  const page = await visitor.get(
    signOutUrl({ client_id: bookstore.id, post_logout_redirect_uri: home }),
  );
  const end = await visitor.post(...formOf(page.text));
  expect(end.location).toBe(home);
});

test("an application of this machine is told, by a signed token, at the address it declares", async () => {
  const told: string[] = [];
  const listener = createServer((request, response) => {
    request.setEncoding("utf8").on("data", (chunk: string) => told.push(chunk));
    request.once("end", () => response.writeHead(200).end());
  });
  await once(listener.listen(0, "127.0.0.1"), "listening");
  const { port } = listener.address() as AddressInfo;
  try {
    const { client, visitor } = await signedInWhereSignOutsAreTold(`http://127.0.0.1:${port}/out`);
    const page = await visitor.get(signOutUrl({ client_id: client.id }));
    await visitor.post(...confirmationOf(page));
    const token = new URLSearchParams(told.join("")).get("logout_token") as string;
    expect(decodeJwt(token)).toMatchObject({
      iss: `${sandbox.endpoint}/oidc`,
      aud: client.id,
      sub: ada,
      events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    });
  } finally {
    listener.close();
  }
});

test("an application elsewhere is not told, and the person is signed out all the same", async () => {
  const { client, visitor } = await signedInWhereSignOutsAreTold("https://elsewhere.example/out");
  const page = await visitor.get(signOutUrl({ client_id: client.id }));
  const end = await visitor.post(...confirmationOf(page));
  expect(end.status).toBe(303);
  expect((await visitor.get(authorizationUrl(client))).location).toMatch(/^\/sign-in/);
});

async function signedIn(): Promise<SignIn & { tokens: Tokens }> {
  const way = await signIn(sandbox, bookstore, ada, {
    scope: "openid profile",
  });
  const { body } = await way.exchange();
  return { ...way, tokens: body as Tokens };
}

async function signedInWhereSignOutsAreTold(
  backchannelLogoutUri: string,
): Promise<SignIn & { client: Client }> {
  const oidcClientMetadata = {
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [],
    backchannelLogoutUri,
  };
  const client = await addClient(sandbox, { oidcClientMetadata });
  return { ...(await signIn(sandbox, client, ada)), client };
}

function signOutUrl(parameters: Record<string, string>): string {
  return `/oidc/session/end?${new URLSearchParams(parameters).toString()}`;
}

/** What the page's script sends by itself. */
function confirmationOf({ text }: Page): [string, Record<string, string>] {
  return formOf(text);
}
