import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { type Page, Visitor } from "../support/visitor";
import {
  addClient,
  addUser,
  askToken,
  authorizationUrl,
  type Client,
  formOf,
  redirectUri,
  signInAs,
  type Tokens,
  userInfo,
} from "./oidc-client";

let sandbox: Sandbox;
let reviews: Client;
let ada: string;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  reviews = await addClient(sandbox, { isThirdParty: true });
  await sandbox.query(
    "insert into application_user_consent_user_scopes (tenant_id, application_id, user_scope) values ('default', $1, 'profile'), ('default', $1, 'email')",
    [reviews.id],
  );
  await sandbox.query("update applications set name = 'Reviews <b>& more</b>' where id = $1", [
    reviews.id,
  ]);
  ada = await addUser(sandbox, { primary_email: "ada@bookstore.example" });
}, 60_000);

afterAll(() => sandbox.stop());

test("the person is asked: by whom, for what, and where it leads", async () => {
  const { page, interaction } = await ask();
  expect(page.status).toBe(200);
  expect(page.headers.get("content-type")).toContain("text/html");
  expect(page.text).toContain("<h1>Authorize Reviews &lt;b>&amp; more&lt;/b></h1>");
  expect(page.text).toContain("<li>Your name, username, avatar, and other profile info</li>");
  expect(page.text).not.toContain("<li>Your email address</li>");
  expect(page.text).toContain("You will be redirected to localhost:3000.");
  expect(page.text).toContain(`name="interaction" value="${interaction}"`);
  expect(page.headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
  expect(page.headers.get("x-frame-options")).toBe("DENY");
});

test("the question is in the person's language, under the name that the application shows", async () => {
  const named = await addClient(sandbox, { isThirdParty: true });
  await sandbox.query(
    "insert into application_sign_in_experiences (tenant_id, application_id, display_name) values ('default', $1, 'Lesekreis')",
    [named.id],
  );
  const { page } = await ask({ ui_locales: "de" }, named, "openid");
  expect(page.text).toContain('<html lang="de" dir="ltr">');
  expect(page.text).toContain("<h1>Autorisieren Lesekreis</h1>");
});

test("who allows it is led to the application, which gets what was asked for", async () => {
  const { visitor, page } = await ask();
  const end = await visitor.follow(await answer(visitor, page, "allow"));
  const code = new URL(end.location as string).searchParams.get("code") as string;
  const { body } = await askToken(sandbox, reviews, {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
  });
  const { access_token: token, scope } = body as Tokens;
  expect(scope).toBe("openid profile");
  expect((await userInfo(sandbox, token)).body).toMatchObject({ sub: ada, name: null });
});

test("who has allowed it is asked again only for what is new", async () => {
  const { visitor, page } = await ask();
  await visitor.follow(await answer(visitor, page, "allow"));
  const same = await visitor.follow(authorizationUrl(reviews, { scope: "openid profile" }));
  expect(new URL(same.location as string).searchParams.get("code")).toBeTruthy();

  const more = await visitor.follow(authorizationUrl(reviews, { scope: "openid profile email" }));
  expect(more.status).toBe(200);
  expect(more.text).toContain("<li>Your email address</li>");
  expect(more.text).not.toContain("<li>Your name");
});

test("who denies it is led back with an error, and is asked again the next time", async () => {
  const { visitor, page } = await ask({ state: "st" });
  const end = await visitor.follow(await answer(visitor, page, "deny"));
  const { searchParams, origin } = new URL(end.location as string);
  expect(origin).toBe("http://localhost:3000");
  expect(searchParams.get("error")).toBe("access_denied");
  expect(searchParams.get("state")).toBe("st");
  expect(searchParams.get("code")).toBeNull();
  const again = await visitor.follow(authorizationUrl(reviews, { scope: "openid profile" }));
  expect(again.text).toContain("<h1>Authorize");
});

test("an answer without what the page knows counts for nothing", async () => {
  const { visitor, interaction } = await ask();
  const answers: Record<string, string>[] = [
    { decision: "allow" },
    { decision: "allow", interaction: "guessed" },
    { decision: "maybe", interaction },
  ];
  for (const fields of answers) {
    expect(await visitor.post("/consent", fields)).toMatchObject({
      status: 400,
      location: undefined,
    });
  }
  const stranger = new Visitor(sandbox.endpoint);
  expect(await stranger.post("/consent", { decision: "allow", interaction })).toMatchObject({
    status: 400,
    location: undefined,
  });
  const grants = await sandbox.query(
    "select id from oidc_model_instances where model_name = 'Interaction' and id = $1 and payload->'result'->'consent' is not null",
    [interaction],
  );
  expect(grants).toEqual([]);
});

test("no one can be made to consent before they have signed in", async () => {
  const visitor = new Visitor(sandbox.endpoint);
  await visitor.get(authorizationUrl(reviews));
  const interaction = visitor.cookie("_interaction") as string;
  expect(await visitor.get("/consent")).toMatchObject({ status: 400, location: undefined });
  expect(await visitor.post("/consent", { decision: "allow", interaction })).toMatchObject({
    status: 400,
    location: undefined,
  });
});

test("nor is there anything to consent to while a sign-in is asked for again", async () => {
  const { visitor, page } = await ask();
  await visitor.follow(await answer(visitor, page, "allow"));
  await visitor.get(authorizationUrl(reviews, { prompt: "login" }));
  expect(await visitor.get("/consent")).toMatchObject({ status: 400, location: undefined });
});

test("an application of somebody else cannot ask for more than was enabled for it", async () => {
  const page = await new Visitor(sandbox.endpoint).get(
    authorizationUrl(reviews, { scope: "openid profile custom_data" }),
  );
  expect(new URL(page.location as string).searchParams.get("error")).toBe("invalid_scope");
});

test("nor does it get a resource's scopes that were not enabled for it", async () => {
  await sandbox.query(
    "insert into resources (tenant_id, id, name, indicator) values ('default', 'shelf', 'Shelf', 'https://shelf.example')",
  );
  await sandbox.query(
    `insert into scopes (tenant_id, id, resource_id, name, description)
     values ('default', 'shelf-read', 'shelf', 'read', ''), ('default', 'shelf-write', 'shelf', 'write', '')`,
  );
  await sandbox.query(
    "insert into roles (tenant_id, id, name, description, type) values ('default', 'keeper', 'Keeper', '', 'User')",
  );
  await sandbox.query(
    "insert into roles_scopes (tenant_id, id, role_id, scope_id) values ('default', 'rs1', 'keeper', 'shelf-read'), ('default', 'rs2', 'keeper', 'shelf-write')",
  );
  await sandbox.query(
    "insert into users_roles (tenant_id, id, user_id, role_id) values ('default', 'ur1', $1, 'keeper')",
    [ada],
  );
  await sandbox.query(
    "insert into application_user_consent_resource_scopes (tenant_id, application_id, scope_id) values ('default', $1, 'shelf-read')",
    [reviews.id],
  );
  const resource = "https://shelf.example";
  const { visitor, page } = await ask({ resource }, reviews, "openid read write");
  expect(page.text).toContain("<li>read</li>");
  expect(page.text).not.toContain("<li>write</li>");
  const end = await visitor.follow(await answer(visitor, page, "allow"));
  const { body } = await askToken(sandbox, reviews, {
    grant_type: "authorization_code",
    code: new URL(end.location as string).searchParams.get("code") as string,
    redirect_uri: redirectUri,
    resource,
  });
  expect((body as Tokens).scope).toBe("read");
});

interface Asked {
  visitor: Visitor;
  page: Page;
  interaction: string;
}

/** A browser in front of the question. */
async function ask(
  parameters: Record<string, string> = {},
  client = reviews,
  scope = "openid profile",
): Promise<Asked> {
  const visitor = new Visitor(sandbox.endpoint);
  await visitor.get(authorizationUrl(client, { scope, ...parameters }));
  const page = await signInAs(sandbox, visitor, ada);
  return { visitor, page, interaction: visitor.cookie("_interaction") as string };
}

/** Presses a button of the page; the answer is where that leads. */
async function answer(
  visitor: Visitor,
  { text }: Page,
  decision: "allow" | "deny",
): Promise<string> {
  const { status, location } = await visitor.post("/consent", { ...formOf(text)[1], decision });
  expect(status).toBe(303);
  return location as string;
}
