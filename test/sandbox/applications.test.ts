import { type Answer, type Sandbox, startSandboxProcess } from "../support/sandbox";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
}, 60_000);

afterAll(() => sandbox.stop());

interface Application {
  id: string;
  name: string;
  createdAt: number;
  [field: string]: unknown;
}

test("what is asked for is stored, keys that Logto does not know and an id or secret of one's own are dropped", async () => {
  const made = await make({
    id: "mine",
    secret: "mine",
    tenantId: "admin",
    unknown: 1,
    name: "Everything",
    type: "Native",
    isThirdParty: true,
    oidcClientMetadata: {
      redirectUris: ["com.example.app://callback", "https://*.example.com/*"],
      postLogoutRedirectUris: ["https://example.com"],
      backchannelLogoutUri: "https://example.com/logout",
      logoUri: "https://example.com/logo.svg",
      unknown: 1,
    },
    customClientMetadata: { idTokenTtl: 60, rotateRefreshToken: false, isDeviceFlow: true },
    customData: { any: [{ thing: null }] },
  });
  expect(made).toMatchObject({
    tenantId: "default",
    description: null,
    isThirdParty: true,
    oidcClientMetadata: {
      redirectUris: ["com.example.app://callback", "https://*.example.com/*"],
      postLogoutRedirectUris: ["https://example.com"],
      backchannelLogoutUri: "https://example.com/logout",
      logoUri: "https://example.com/logo.svg",
    },
    customClientMetadata: { idTokenTtl: 60, rotateRefreshToken: false, isDeviceFlow: true },
    customData: { any: [{ thing: null }] },
  });
  expect(made.id).toMatch(/^[0-9a-z]{21}$/);
  expect(made).not.toHaveProperty("secret");
  expect(made.oidcClientMetadata).not.toHaveProperty("unknown");
  expect(made).not.toHaveProperty("unknown");
});

test("each JSON column is replaced as a whole, and its neighbours stay", async () => {
  const { id } = await make({
    name: "Columns",
    type: "SPA",
    customClientMetadata: { idTokenTtl: 60, refreshTokenTtlInDays: 3 },
    customData: { a: 1, b: 2 },
  });
  const { body } = await patch(id, { customClientMetadata: { idTokenTtl: 90 } });
  expect(body).toMatchObject({
    customClientMetadata: { idTokenTtl: 90 },
    customData: { a: 1, b: 2 },
  });
  expect((body as Application).customClientMetadata).not.toHaveProperty("refreshTokenTtlInDays");
  expect((await patch(id, { customData: {} })).body).toMatchObject({ customData: {} });
});

test("what cannot be changed is passed over, and an empty change changes nothing", async () => {
  const made = await make({ name: "Immutable", type: "Traditional" });
  const change = {
    isThirdParty: true,
    type: "Native",
    id: "other",
    createdAt: 1,
    tenantId: "admin",
  };
  expect(await patch(made.id, change)).toMatchObject({ status: 200, body: made });
  expect(await patch(made.id, {})).toMatchObject({ status: 200, body: made });
});

describe("access control", () => {
  const noRule = {
    status: 422,
    body: {
      code: "request.invalid_input",
      message:
        "Input is invalid. Application access control must include at least one rule before it can be enabled.",
    },
  };

  test("is turned on by no change before there is a rule, and can be turned off at any time", async () => {
    const { id } = await make({ name: "Controlled", type: "SPA" });
    const change = { name: "Changed", appLevelAccessControlEnabled: true };
    expect(await patch(id, change)).toMatchObject(noRule);
    expect((await get(id)).body).toMatchObject({
      name: "Controlled",
      appLevelAccessControlEnabled: false,
    });
    expect(await patch(id, { appLevelAccessControlEnabled: false })).toMatchObject({ status: 200 });
  });

  test.each([
    ["a user", "user_relations", "user_id", "u"],
    ["a role", "user_role_relations", "role_id", "r"],
    ["an organization", "organization_relations", "organization_id", "o"],
  ])("is turned on where %s may sign in", async (_who, table, column, value) => {
    const [one, other] = [
      await make({ name: "Controlled", type: "SPA" }),
      await make({ name: "Other", type: "SPA" }),
    ];
    await sandbox.query(
      `insert into users (tenant_id, id) values ('default', 'u') on conflict do nothing`,
    );
    await sandbox.query(
      `insert into roles (tenant_id, id, name, description) values ('default', 'r', 'r', 'r') on conflict do nothing`,
    );
    await sandbox.query(
      `insert into organizations (tenant_id, id, name) values ('default', 'o', 'o') on conflict do nothing`,
    );
    await sandbox.query(
      `insert into application_access_control_${table} (tenant_id, application_id, ${column}) values ('default', $1, $2)`,
      [one.id, value],
    );
    expect(await patch(one.id, { appLevelAccessControlEnabled: true })).toMatchObject({
      status: 200,
      body: { appLevelAccessControlEnabled: true },
    });
    expect(await patch(other.id, { appLevelAccessControlEnabled: true })).toMatchObject(noRule);
  });
});

test("the old flag for administrators gives and takes the old role", async () => {
  const { id } = await make({ name: "Administrator", type: "MachineToMachine" });
  await patch(id, { isAdmin: true });
  expect((await get(id)).body).toMatchObject({ isAdmin: true });
  const roles = await sandbox.request("GET", `/api/applications/${id}/roles`);
  // Logto neither lists nor counts its internal roles.
  expect(roles.headers.get("total-number")).toBe("0");
  expect(roles.body).toEqual([]);
  await patch(id, { isAdmin: false });
  expect((await get(id)).body).toMatchObject({ isAdmin: false });
});

test.each([
  [
    "a third party that is a machine",
    { type: "MachineToMachine", isThirdParty: true },
    400,
    "application.invalid_third_party_application_type",
  ],
  [
    "a third party that may exchange tokens",
    { type: "SPA", isThirdParty: true, customClientMetadata: { allowTokenExchange: true } },
    422,
    "application.third_party_application_cannot_enable_token_exchange",
  ],
  [
    "a device that is no native application",
    { type: "SPA", customClientMetadata: { isDeviceFlow: true } },
    422,
    "application.device_flow_native_only",
  ],
  [
    "a protected application without metadata",
    { type: "Protected" },
    400,
    "application.protected_app_metadata_is_required",
  ],
  [
    "a protected application",
    { type: "Protected", protectedAppMetadata: { subDomain: "a", origin: "https://a.example" } },
    501,
    "application.protected_app_not_configured",
  ],
  ["a SAML application", { type: "SAML" }, 400, "application.saml.use_saml_app_api"],
  [
    "a life of refresh tokens beyond 180 days",
    { type: "SPA", customClientMetadata: { refreshTokenTtlInDays: 181 } },
    400,
    "guard.invalid_input",
  ],
  [
    "a name of more than 256 characters",
    { type: "SPA", name: "x".repeat(257) },
    400,
    "guard.invalid_input",
  ],
  [
    "a redirect URI that is a path",
    {
      type: "SPA",
      oidcClientMetadata: { redirectUris: ["/callback"], postLogoutRedirectUris: [] },
    },
    400,
    "guard.invalid_input",
  ],
])("%s is refused", async (_what, body, status, code) => {
  const answer = await sandbox.request("POST", "/api/applications", { name: "x", ...body });
  expect(answer).toMatchObject({ status, body: { code } });
});

test("whether an application is for devices cannot be changed, and saying the same again is no change", async () => {
  const { id } = await make({
    name: "TV",
    type: "Native",
    customClientMetadata: { isDeviceFlow: true },
  });
  expect(await patch(id, { customClientMetadata: { isDeviceFlow: false } })).toMatchObject({
    status: 422,
    body: { code: "application.device_flow_not_changeable" },
  });
  expect((await patch(id, { customClientMetadata: { isDeviceFlow: true } })).status).toBe(200);
});

test("every failure of a body is told, each with its path", async () => {
  const { body } = await sandbox.request("POST", "/api/applications", {
    name: 7,
    type: "SPA",
    customData: [],
    customClientMetadata: { corsAllowedOrigins: [""] },
  });
  expect((body as { details: string }).details.split("\n")).toEqual([
    'Error in key path "name": (invalid_type) Expected string but received number.',
    'Error in key path "customClientMetadata.corsAllowedOrigins.0": (too_small) String must contain at least 1 character(s)',
    'Error in key path "customData": (invalid_type) Expected object but received array.',
  ]);
});

test.each([
  ["[]", 'Error in key path "": (invalid_type) Expected object but received array.'],
  ["{}", expect.stringContaining('"name"') as string],
])("the body %s is refused by the guard", async (text, details) => {
  const answer = await sandbox.request("POST", "/api/applications", text);
  expect(answer).toMatchObject({ status: 400, body: { code: "guard.invalid_input", details } });
});

test("JSON that breaks off is answered with the place where it does", async () => {
  const { status, body } = await sandbox.request("POST", "/api/applications", '{"name":\n  x}');
  expect(status).toBe(400);
  expect((body as { message: string }).message).toMatch(/line 2 column 3|not valid JSON/);
});

test("a method that a path does not have is refused", async () => {
  expect((await sandbox.request("PUT", "/api/applications", {})).status).toBe(405);
});

test("what is too long for its column is refused", async () => {
  const { id } = await make({ name: "Long", type: "Traditional" });
  const answer = await sandbox.request("POST", `/api/applications/${id}/secrets`, {
    name: "x".repeat(257),
  });
  expect(answer).toMatchObject({ status: 400, body: { code: "guard.invalid_input" } });
});

describe("secrets", () => {
  test("expire when asked to, and come in the order in which they were made", async () => {
    const { id } = await make({ name: "Secrets", type: "MachineToMachine" });
    const expiresAt = Date.now() + 86_400_000;
    const made = await sandbox.request("POST", `/api/applications/${id}/secrets`, {
      name: "brief",
      expiresAt,
      value: "mine",
    });
    expect(made).toMatchObject({ status: 201, body: { name: "brief", expiresAt } });
    expect((made.body as { value: string }).value).toMatch(/^[0-9A-Za-z]{32}$/);
    const { body } = await sandbox.request("GET", `/api/applications/${id}/secrets`);
    expect(body).toMatchObject([
      { name: "Default secret", expiresAt: null },
      { name: "brief", expiresAt },
    ]);
  });

  test.each([
    ["that has expired already", { name: "past", expiresAt: 1 }, 400, "request.invalid_input"],
    ["without a name", {}, 400, "guard.invalid_input"],
    ["of an empty name", { name: "" }, 400, "guard.invalid_input"],
  ])("one %s is refused", async (_what, body, status, code) => {
    const { id } = await make({ name: "x", type: "Traditional" });
    const answer = await sandbox.request("POST", `/api/applications/${id}/secrets`, body);
    expect(answer).toMatchObject({ status, body: { code } });
  });

  test("a type that has none takes none", async () => {
    const { id } = await make({ name: "x", type: "SPA" });
    const answer = await sandbox.request("POST", `/api/applications/${id}/secrets`, { name: "a" });
    expect(answer).toMatchObject({ status: 422, body: { code: "entity.db_constraint_violated" } });
  });

  test("an application that is not there has none, takes none and changes none", async () => {
    const path = "/api/applications/nobody/secrets";
    expect(await sandbox.request("GET", path)).toMatchObject({
      status: 404,
      body: { code: "entity.not_exists_with_id" },
    });
    for (const [method, below, body] of [
      ["POST", "", { name: "a" }],
      ["PATCH", "/a", { name: "b" }],
      ["DELETE", "/a", undefined],
    ] as const) {
      expect(await sandbox.request(method, path + below, body)).toMatchObject({
        status: 404,
        body: {
          code: "entity.not_exists_with_id",
          message: expect.stringContaining("The applications with ID `") as string,
        },
      });
    }
  });

  test("one that is not there cannot be renamed, nor one to a name that is taken", async () => {
    const { id } = await make({ name: "x", type: "Traditional" });
    await sandbox.request("POST", `/api/applications/${id}/secrets`, { name: "second" });
    const rename = (name: string) =>
      sandbox.request("PATCH", `/api/applications/${id}/secrets/${name}`, {
        name: "Default secret",
      });
    expect(await rename("nothing")).toMatchObject({
      status: 404,
      body: { code: "entity.not_exists" },
    });
    expect(await rename("second")).toMatchObject({
      status: 422,
      body: { code: "application.secret_name_exists" },
    });
  });

  test("one of the old kind is shown until it is deleted", async () => {
    const { id } = await make({ name: "Legacy", type: "Traditional" });
    const remove = () => sandbox.request("DELETE", `/api/applications/${id}/legacy-secret`);
    expect(await remove()).toMatchObject({
      status: 400,
      body: { code: "application.no_legacy_secret_found" },
    });
    await sandbox.query("update applications set secret = 'legacy' where id = $1", [id]);
    expect((await get(id)).body).toMatchObject({ secret: "legacy" });
    expect((await remove()).status).toBe(200);
    expect((await get(id)).body).not.toHaveProperty("secret");
  });
});

describe("roles", () => {
  test("are listed by pages, and found by a search", async () => {
    const { id } = await make({ name: "Machine", type: "MachineToMachine" });
    for (const name of ["reader", "writer"]) {
      await sandbox.query(
        "insert into roles (tenant_id, id, name, description, type) values ('default', $1, $1, $1, 'MachineToMachine')",
        [name],
      );
      await sandbox.query(
        "insert into applications_roles (tenant_id, id, application_id, role_id) values ('default', $1, $2, $1)",
        [name, id],
      );
    }
    const path = `/api/applications/${id}/roles`;
    const page = await sandbox.request("GET", `${path}?page_size=1`);
    expect(page.headers.get("total-number")).toBe("2");
    expect(page.headers.get("link")).toContain(
      `<${sandbox.endpoint}/applications/${id}/roles?page_size=1&page=2>; rel="next"`,
    );
    const found = await sandbox.request("GET", `${path}?search=%25writ%25`);
    expect(found.headers.get("total-number")).toBe("1");
    expect(found.body).toMatchObject([{ name: "writer" }]);
    expect(await sandbox.request("GET", `${path}?search.type=x`)).toMatchObject({
      status: 400,
      body: { code: "request.invalid_input" },
    });
  });
});

test.each(["demo-app", "account-center", "device-demo-app"])(
  "Logto's own %s is shown, and is in no list",
  async (id) => {
    expect(await get(id)).toMatchObject({ status: 200, body: { id, isAdmin: false } });
    const { body } = await sandbox.request("GET", "/api/applications");
    expect((body as Application[]).map((one) => one.id)).not.toContain(id);
    expect((await patch(id, { name: "mine" })).status).toBe(404);
  },
);

test("roles are for machines only", async () => {
  const { id } = await make({ name: "x", type: "SPA" });
  expect(await sandbox.request("GET", `/api/applications/${id}/roles`)).toMatchObject({
    status: 422,
    body: { code: "application.invalid_type" },
  });
});

test("nothing of the tenant admin is seen or touched", async () => {
  expect((await get("m-default")).status).toBe(404);
  expect((await patch("m-default", { name: "mine" })).status).toBe(404);
  expect((await sandbox.request("DELETE", "/api/applications/m-default")).status).toBe(404);
  const { body } = await sandbox.request("GET", "/api/applications");
  expect((body as Application[]).every(({ tenantId }) => tenantId === "default")).toBe(true);
});

describe("the list", () => {
  const names = ["Pine %", "pine_two", "Oak", "oak third"];

  beforeAll(async () => {
    await sandbox.query(
      "delete from applications where tenant_id = 'default' and id <> 'infrastructure'",
    );
    for (const [index, name] of names.entries()) {
      await make({
        name,
        type: index % 2 ? "Traditional" : "SPA",
        description: index === 2 ? "a pine in disguise" : null,
        isThirdParty: index === 3,
      });
    }
  });

  test.each([
    ["", ["oak third", "Oak", "pine_two", "Pine %", "Infrastructure"]],
    ["?types=SPA", ["Oak", "Pine %"]],
    ["?types=SPA&types=Traditional", ["oak third", "Oak", "pine_two", "Pine %"]],
    ["?isThirdParty=true", ["oak third"]],
    ["?isThirdParty=false&types=Traditional", ["pine_two"]],
    ["?search=%25pine%25", ["Oak", "pine_two", "Pine %"]],
    ["?search.name=pine%25", ["pine_two", "Pine %"]],
    ["?search.name=pine%25&isCaseSensitive=true", ["pine_two"]],
    ["?search.name=OAK&mode.name=exact", ["Oak"]],
    ["?search.name=OAK&mode.name=exact&isCaseSensitive=true", []],
    ["?search.name=Oak&search.name=pine_two&mode=exact", ["Oak", "pine_two"]],
    ["?search.name=oak%25&search.description=%25pine%25&joint=and", ["Oak"]],
    ["?search.name=^p&mode.name=posix", ["pine_two", "Pine %"]],
    ["?search.name=(O|o)ak&mode.name=similar_to&isCaseSensitive=true", ["Oak"]],
    ["?search=' or true --", []],
  ])("%s", async (query, expected) => {
    const { status, body } = await sandbox.request("GET", `/api/applications${query}`);
    expect(status).toBe(200);
    expect((body as Application[]).map(({ name }) => name)).toEqual(expected);
  });

  test.each([
    ["?types=Nope", 400, { code: "guard.invalid_input", message: "The request query is invalid." }],
    ["?isThirdParty=maybe", 400, { code: "guard.invalid_input" }],
    ["?excludeRoleId=a&excludeOrganizationId=b", 400, { code: "request.invalid_input" }],
    ["?search.secret=x", 500, { message: "Internal server error." }],
    ["?search.name.deeper=x", 500, { message: "Internal server error." }],
    ["?search=", 500, { message: "Internal server error." }],
    ["?page=-1", 400, { code: "guard.invalid_pagination" }],
    ["?page=a", 400, { code: "guard.invalid_pagination" }],
    ["?page_size=0", 400, { code: "guard.invalid_pagination" }],
  ])("%s is refused", async (query, status, body) => {
    expect(await sandbox.request("GET", `/api/applications${query}`)).toMatchObject({
      status,
      body,
    });
  });

  test.each([
    ["?page=1", 5, ["first 1", "last 1"]],
    ["?page_size=2", 2, ["first 1", "last 3", "next 2"]],
    ["?page=2&page_size=2", 2, ["first 1", "prev 1", "last 3", "next 3"]],
    ["?page=3&page_size=2", 1, ["first 1", "prev 2", "last 3"]],
    ["?page=9&page_size=100", 0, ["first 1", "prev 8", "last 1"]],
  ])("%s names the pages around it", async (query, length, links) => {
    const { headers, body } = await sandbox.request("GET", `/api/applications${query}`);
    expect(body).toHaveLength(length);
    expect(headers.get("total-number")).toBe("5");
    const given = [
      ...(headers.get("link") ?? "").matchAll(/[?&]page=(\d+)(?:[^\d;][^;]*)?; rel="(\w+)"/g),
    ];
    expect(given.map(([, page, relation]) => `${relation} ${page}`)).toEqual(links);
  });

  test("a page keeps the filters of its list in the links", async () => {
    const { headers } = await sandbox.request(
      "GET",
      "/api/applications?types=SPA&page=1&page_size=1",
    );
    expect(headers.get("total-number")).toBe("2");
    expect(headers.get("link")).toContain(
      `<${sandbox.endpoint}/applications?types=SPA&page=2&page_size=1>; rel="next"`,
    );
  });

  test("a page's links are whole addresses, under the name that was asked", async () => {
    const { port } = new URL(sandbox.endpoint);
    const response = await fetch(`http://localhost:${port}/api/applications?page=1`, {
      headers: { authorization: `Bearer ${await sandbox.token()}` },
    });
    expect(response.headers.get("link")).toContain(
      `<http://localhost:${port}/applications?page=1>; rel="first"`,
    );
  });
});

async function make(application: Record<string, unknown>): Promise<Application> {
  const { status, body } = await sandbox.request("POST", "/api/applications", application);
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as Application;
}

function get(id: string): Promise<Answer> {
  return sandbox.request("GET", `/api/applications/${id}`);
}

function patch(id: string, change: Record<string, unknown>): Promise<Answer> {
  return sandbox.request("PATCH", `/api/applications/${id}`, change);
}
