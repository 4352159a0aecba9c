import { createPrivateKey } from "node:crypto";
import { SignJWT, decodeJwt, decodeProtectedHeader, calculateJwkThumbprint, exportJWK } from "jose";
import {
  askForToken,
  insertManagementApplication,
  type Answer,
  type Credential,
  type Sandbox,
  send,
  startSandboxProcess,
} from "../support/sandbox";

const managementApi = "https://default.logto.app/api";
let sandbox: Sandbox;
let credential: Credential;

beforeAll(async () => {
  sandbox = await startSandboxProcess({ withAdmin: true });
  credential = await sandbox.managementCredential();
}, 60_000);

afterAll(() => sandbox.stop());

const invalidClient = {
  code: "oidc.invalid_client",
  message: "An OIDC error occurred: oidc.invalid_client.",
  error: "invalid_client",
  error_description: "client authentication failed",
};

test("a token is signed, for the resource, with the scope that the role grants", async () => {
  const { status, body } = await ask();
  expect(status).toBe(200);
  expect(body).toMatchObject({ expires_in: 3600, token_type: "Bearer", scope: "all" });
  const token = tokenOf(body);
  expect(decodeProtectedHeader(token).alg).toBe("ES384");
  expect(decodeJwt(token)).toMatchObject({
    iss: `${sandbox.endpoint}/oidc`,
    aud: managementApi,
    sub: credential.clientId,
    client_id: credential.clientId,
    scope: "all",
  });
});

test("the life of a token is that of its resource", async () => {
  await sandbox.query(
    "insert into resources (tenant_id, id, name, indicator, access_token_ttl) values ('default', 'brief', 'Brief', 'https://brief.example', 90)",
  );
  const { body } = await ask({ resource: "https://brief.example" });
  expect(body).toMatchObject({ expires_in: 90 });
});

test("credentials and parameters are taken from a JSON body, too", async () => {
  const { status, body } = await send(`${sandbox.endpoint}/oidc/token`, "POST", {
    grant_type: "client_credentials",
    client_id: credential.clientId,
    client_secret: credential.clientSecret,
    resource: managementApi,
    scope: "all",
  });
  expect(status).toBe(200);
  expect((await listWith(tokenOf(body))).status).toBe(200);
});

test("a body that is no JSON is refused", async () => {
  expect(await send(`${sandbox.endpoint}/oidc/token`, "POST", "{")).toMatchObject({ status: 400 });
});

test("a wrong secret is refused", async () => {
  const answer = await askForToken(sandbox.endpoint, { ...credential, clientSecret: "wrong" });
  expect(answer).toMatchObject({ status: 401, body: invalidClient });
});

test("an application that is not there is refused as Logto does it, with a 400", async () => {
  const answer = await askForToken(sandbox.endpoint, { ...credential, clientId: "nobody" });
  expect(answer).toMatchObject({
    status: 400,
    body: { ...invalidClient, error_description: "invalid client nobody" },
  });
});

test("a secret that has expired is refused, and one that will expire is taken", async () => {
  await addSecret("old", "OldSecret", new Date(Date.now() - 1000));
  await addSecret("running", "RunningSecret", new Date(Date.now() + 60_000));
  expect(await askWith("OldSecret")).toMatchObject({
    status: 400,
    body: {
      code: "oidc.invalid_request",
      message: "Request is invalid.",
      error: "invalid_request",
      error_description: "client secret has expired",
    },
  });
  expect((await askWith("RunningSecret")).status).toBe(200);
});

test("several secrets are good at the same time, and a deleted one no more", async () => {
  await addSecret("second", "SecondSecret", null);
  expect((await askWith("SecondSecret")).status).toBe(200);
  expect((await ask()).status).toBe(200);
  await sandbox.query("delete from application_secrets where name = 'second'");
  expect(await askWith("SecondSecret")).toMatchObject({ status: 401, body: invalidClient });
});

test("a secret that is changed in the database counts at once; tokens given before stay good", async () => {
  const own = await insertManagementApplication(sandbox.databaseUrl, "rotated");
  const before = tokenOf((await askForToken(sandbox.endpoint, own)).body);
  await sandbox.query(
    "update application_secrets set value = 'Rotated' where application_id = 'rotated'",
  );
  expect((await askForToken(sandbox.endpoint, own)).status).toBe(401);
  const rotated = { ...own, clientSecret: "Rotated" };
  expect((await askForToken(sandbox.endpoint, rotated)).status).toBe(200);
  expect((await listWith(before)).status).toBe(200);
});

test("an application of before there were several secrets uses its own", async () => {
  await sandbox.query(
    "insert into applications (tenant_id, id, name, secret, type, oidc_client_metadata) values ('default', 'legacy', 'Legacy', 'LegacySecret', 'MachineToMachine', '{}')",
  );
  const legacy = { clientId: "legacy", clientSecret: "LegacySecret" };
  expect((await askForToken(sandbox.endpoint, legacy)).status).toBe(200);
});

test("the secret of another application is refused", async () => {
  const other = await insertManagementApplication(sandbox.databaseUrl, "other");
  expect((await askWith(other.clientSecret)).status).toBe(401);
});

test("an unknown resource is refused", async () => {
  expect(await ask({ resource: "https://unknown.example" })).toMatchObject({
    status: 400,
    body: {
      code: "oidc.invalid_target",
      message: "Invalid resource indicator.",
      error: "invalid_target",
    },
  });
});

test("another grant type than the application may use is refused", async () => {
  const { body } = await sandbox.request("POST", "/api/applications", {
    name: "web",
    type: "Traditional",
    oidcClientMetadata: {
      redirectUris: ["https://web.example/callback"],
      postLogoutRedirectUris: [],
    },
  });
  const { id } = body as { id: string };
  const secrets = await sandbox.request("GET", `/api/applications/${id}/secrets`);
  const [{ value }] = secrets.body as [{ value: string }];
  expect(await askForToken(sandbox.endpoint, { clientId: id, clientSecret: value })).toMatchObject({
    status: 400,
    body: {
      error: "invalid_request",
      error_description: "requested grant type is not allowed for this client",
    },
  });
  expect(await ask({ grant_type: "nonsense" })).toMatchObject({
    status: 400,
    body: {
      code: "oidc.unsupported_grant_type",
      message: "Unsupported `grant_type` requested.",
      error: "unsupported_grant_type",
    },
  });
});

test("without the scope, asked for or granted, the Management API is closed", async () => {
  const forbidden = {
    status: 403,
    body: {
      code: "auth.forbidden",
      message: "Forbidden. Please check your user roles and permissions.",
    },
  };
  const notAsked = await ask({ scope: "" });
  expect(await listWith(tokenOf(notAsked.body))).toMatchObject(forbidden);

  const powerless = await insertManagementApplication(sandbox.databaseUrl, "powerless");
  await sandbox.query("delete from applications_roles where application_id = 'powerless'");
  const notGranted = await askForToken(sandbox.endpoint, powerless);
  expect(notGranted.body).not.toHaveProperty("scope");
  expect(await listWith(tokenOf(notGranted.body))).toMatchObject(forbidden);
});

test("without a resource a machine gets no token", async () => {
  const answer = await send(`${sandbox.endpoint}/oidc/token`, "POST", {
    grant_type: "client_credentials",
    scope: "all",
    client_id: credential.clientId,
    client_secret: credential.clientSecret,
  });
  expect(answer).toMatchObject({
    status: 400,
    body: {
      code: "oidc.invalid_target",
      message: "Invalid resource indicator.",
      error: "invalid_target",
      error_description: "both `resource` and `organization_id` are not provided",
    },
  });
});

test("without a resource a machine gets a token for the tenant's default one", async () => {
  const mark = (isDefault: boolean) =>
    sandbox.query(`update resources set is_default = ${isDefault} where id = 'management-api'`);
  await mark(true);
  const answer = await send(`${sandbox.endpoint}/oidc/token`, "POST", {
    grant_type: "client_credentials",
    scope: "all",
    client_id: credential.clientId,
    client_secret: credential.clientSecret,
  });
  await mark(false);
  expect((await listWith(tokenOf(answer.body))).status).toBe(200);
});

test("a token for another resource is refused", async () => {
  await sandbox.query(
    "insert into resources (tenant_id, id, name, indicator) values ('default', 'orders', 'Orders', 'https://orders.example')",
  );
  const { body } = await ask({ resource: "https://orders.example" });
  expect(body).not.toHaveProperty("scope");
  expect(await listWith(tokenOf(body))).toMatchObject({
    status: 401,
    body: { code: "auth.unauthorized", data: { claim: "aud" } },
  });
});

test("a header of another kind than Bearer is refused", async () => {
  const answer = await send(`${sandbox.endpoint}/api/applications`, "GET", undefined, {
    authorization: basic(credential),
  });
  expect(answer).toMatchObject({
    status: 401,
    body: {
      code: "auth.authorization_token_type_not_supported",
      message: "Authorization type is not supported.",
      data: { supportedTypes: ["Bearer"] },
    },
  });
});

describe("a token with the right signature", () => {
  test("is good while nothing else is wrong", async () => {
    expect((await listWith(await sign({}))).status).toBe(200);
  });

  test.each([
    ["that has expired", { exp: 1 }, "ERR_JWT_EXPIRED"],
    ["of another issuer", { iss: "https://elsewhere.example/oidc" }, undefined],
    ["for another audience", { aud: "https://elsewhere.example" }, undefined],
  ])("%s is refused", async (_what, claims, code = "ERR_JWT_CLAIM_VALIDATION_FAILED") => {
    expect(await listWith(await sign(claims))).toMatchObject({
      status: 401,
      body: { code: "auth.unauthorized", data: { code } },
    });
  });

  test("of no one is refused", async () => {
    expect(await listWith(await sign({ sub: "" }))).toMatchObject({
      status: 401,
      body: { code: "auth.jwt_sub_missing" },
    });
  });
});

test("a token with another signature is refused", async () => {
  const [header, payload] = (await sandbox.token()).split(".");
  const forged = [header, payload, Buffer.alloc(96).toString("base64url")].join(".");
  expect(await listWith(forged)).toMatchObject({
    status: 401,
    body: { data: { code: "ERR_JWS_SIGNATURE_VERIFICATION_FAILED" } },
  });
});

describe("the tenant admin", () => {
  test("gives tokens for the Management API of default, and for its own", async () => {
    const forDefault = await askForToken(adminEndpoint(), await adminApplication("m-default"));
    expect((await listWith(tokenOf(forDefault.body))).status).toBe(200);

    const resource = "https://admin.logto.app/api";
    const own = await askForToken(adminEndpoint(), await adminApplication("m-admin"), { resource });
    const { status, body } = await send(`${adminEndpoint()}/api/sign-in-exp`, "GET", undefined, {
      authorization: `Bearer ${tokenOf(own.body)}`,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ tenantId: "admin", signInMode: "Register" });
  });

  test("does not know the applications of default, nor does default know its", async () => {
    expect((await askForToken(adminEndpoint(), credential)).status).toBe(400);
    const admins = await adminApplication("m-default");
    expect((await askForToken(sandbox.endpoint, admins)).status).toBe(400);
  });

  test("does not let tokens of default in", async () => {
    const answer = await send(`${adminEndpoint()}/api/applications`, "GET", undefined, {
      authorization: `Bearer ${await sandbox.token()}`,
    });
    expect(answer.status).toBe(401);
  });
});

function ask(parameters: Record<string, string> = {}): Promise<Answer> {
  return askForToken(sandbox.endpoint, credential, parameters);
}

function askWith(clientSecret: string): Promise<Answer> {
  return askForToken(sandbox.endpoint, { ...credential, clientSecret });
}

function listWith(token: string): Promise<Answer> {
  return sandbox.request("GET", "/api/applications", undefined, token);
}

function tokenOf(body: unknown): string {
  return (body as { access_token: string }).access_token;
}

function basic({ clientId, clientSecret }: Credential): string {
  return `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`;
}

function addSecret(name: string, value: string, expiresAt: Date | null): Promise<unknown> {
  return sandbox.query(
    "insert into application_secrets (tenant_id, application_id, name, value, expires_at) values ('default', $1, $2, $3, $4)",
    [credential.clientId, name, value, expiresAt],
  );
}

function adminEndpoint(): string {
  return sandbox.adminEndpoint as string;
}

async function adminApplication(id: string): Promise<Credential> {
  const [row] = await sandbox.query<{ secret: string }>(
    "select secret from applications where tenant_id = 'admin' and id = $1",
    [id],
  );
  return { clientId: id, clientSecret: row?.secret as string };
}

/** A token by the sandbox's own key, so that only what the claims say can be wrong with it. */
async function sign(claims: Record<string, unknown>): Promise<string> {
  const [row] = await sandbox.query<{ value: { value: string }[] }>(
    "select value from logto_configs where tenant_id = 'default' and key = 'oidc.privateKeys'",
  );
  const key = createPrivateKey(row?.value[0]?.value as string);
  const kid = await calculateJwkThumbprint(await exportJWK(key));
  const now = Math.floor(Date.now() / 1000);
  return new SignJWT({
    iss: `${sandbox.endpoint}/oidc`,
    aud: managementApi,
    sub: "someone",
    scope: "all",
    exp: now + 60,
    ...claims,
  })
    .setProtectedHeader({ alg: "ES384", kid })
    .sign(key);
}
