import { type Answer, type Sandbox, startSandboxProcess } from "../support/sandbox";
import { apiKey, gitHub, sendGrid, smtp, twilio } from "./connector-bodies";

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
}, 60_000);

afterEach(() => sandbox.query("delete from connectors"));

afterAll(() => sandbox.stop());

const notThere = { status: 404, body: { code: "entity.not_found" } };

interface Connector {
  id: string;
  connectorId: string;
  config: Record<string, unknown>;
  [field: string]: unknown;
}

test("each installed connector package is a factory", async () => {
  const { body } = await sandbox.request("GET", "/api/connector-factories");
  expect((body as Connector[]).map(({ id, type }) => [id, type])).toEqual(
    expect.arrayContaining([
      [sendGrid.connectorId, "Email"],
      [smtp.connectorId, "Email"],
      [twilio.connectorId, "Sms"],
      [gitHub.connectorId, "Social"],
    ]),
  );
});

test("a connector is given an id of 12 characters, and comes with what its factory says", async () => {
  const made = await make(sendGrid);
  expect(made.id).toMatch(/^[0-9a-z]{12}$/);
  expect(made).toMatchObject({
    type: "Email",
    target: "sendgrid-mail",
    name: { en: "SendGrid Email" },
  });
  expect((await get(made.id)).body).toEqual(made);
});

test("a connector of the other make takes the place of the one for e-mail, and not of that for text messages", async () => {
  const text = await make(twilio);
  const first = await make(sendGrid);
  const second = await make(smtp);
  expect((await get(first.id)).status).toBe(404);
  expect((await list()).map(({ id }) => id).sort()).toEqual([second.id, text.id].sort());
});

test("connectors made at the same time leave one, and whose was replaced before the answer is told so", async () => {
  // So slow that all of them are under way before the first one ends.
  await sandbox.query(
    "create function linger() returns trigger as 'begin perform pg_sleep(0.1); return new; end' language plpgsql",
  );
  await sandbox.query(
    "create trigger linger after insert on connectors for each row execute function linger()",
  );
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) =>
      sandbox.request("POST", "/api/connectors", index % 2 ? sendGrid : smtp),
    ),
  );
  await sandbox.query("drop trigger linger on connectors");
  const left = await list();
  expect(left).toHaveLength(1);
  for (const { status, body } of answers) {
    if (status !== 200) expect({ status, body }).toMatchObject(notThere);
  }
  expect(answers.map(({ body }) => (body as Connector).id)).toContain(left[0]?.id);
});

test("a connector that another request replaced before its answer is told to be not there", async () => {
  // As a request in the middle would: it replaces the connector while the first one's transaction ends.
  await sandbox.query(
    "create function replaced() returns trigger as 'begin delete from connectors where id = new.id; return null; end' language plpgsql",
  );
  await sandbox.query(
    "create constraint trigger replaced after insert on connectors initially deferred for each row execute function replaced()",
  );
  const answer = await sandbox.request("POST", "/api/connectors", sendGrid);
  await sandbox.query("drop trigger replaced on connectors");
  expect(answer).toMatchObject(notThere);
});

test("a chosen id that is in use is an error of the server, and everything stays as it was", async () => {
  const made = await make({ ...sendGrid, id: "chosen" });
  expect(made.id).toBe("chosen");
  expect(await sandbox.request("POST", "/api/connectors", { ...smtp, id: "chosen" })).toMatchObject(
    {
      status: 500,
      body: { message: "Internal server error." },
    },
  );
  expect(await list()).toEqual([made]);
});

test("what is empty is cleaned away at any depth, and the rest is replaced as a whole", async () => {
  const { id } = await make({
    ...sendGrid,
    config: { ...sendGrid.config, fromName: "", unknown: { empty: [], none: null, kept: 0 } },
  });
  const [first, ...others] = sendGrid.config.templates;
  const { body } = await patch(id, {
    config: {
      ...sendGrid.config,
      fromName: "Books",
      templates: [{ ...first, subject: "" }, ...others],
    },
  });
  const { config } = body as Connector;
  expect(config).toMatchObject({ fromName: "Books", apiKey });
  expect(config).not.toHaveProperty("unknown");
  expect((config["templates"] as object[])[0]).not.toHaveProperty("subject");
});

test("keys that the connector does not know are kept, empty texts are not: an empty API key is dropped in silence", async () => {
  const { config } = await make({
    ...sendGrid,
    config: { ...sendGrid.config, apiKey: "", more: 1 },
  });
  expect(config).not.toHaveProperty("apiKey");
  expect(config).toHaveProperty("more", 1);
});

test("an empty change is refused, and one of the factory is passed over", async () => {
  const { id } = await make(sendGrid);
  const refused = { status: 422, body: { code: "entity.invalid_input" } };
  expect(await patch(id, {})).toMatchObject(refused);
  expect(await patch(id, { connectorId: "other", type: "Sms" })).toMatchObject(refused);
});

test.each([
  ["without a kind", {}, 400, "guard.invalid_input"],
  ["of an unknown kind", { connectorId: "unknown" }, 422, "connector.not_found_with_connector_id"],
  [
    "with an id of more than 128 characters",
    { ...sendGrid, id: "x".repeat(129) },
    400,
    "guard.invalid_input",
  ],
  [
    "with a template without a subject",
    { ...sendGrid, config: { ...sendGrid.config, templates: [{}] } },
    400,
    "connector.invalid_config",
  ],
  [
    "without a sender",
    { ...sendGrid, config: { ...sendGrid.config, fromEmail: undefined } },
    400,
    "connector.invalid_config",
  ],
  [
    "for text messages without an account",
    { ...twilio, config: {} },
    400,
    "connector.invalid_config",
  ],
  ...[sendGrid, twilio, gitHub].map((connector): [string, object, number, string] => [
    `of ${connector.connectorId} that stores tokens`,
    { ...connector, enableTokenStorage: true },
    422,
    "request.feature_not_supported",
  ]),
  [
    "without a sender that stores tokens",
    { ...sendGrid, config: { apiKey }, enableTokenStorage: true },
    400,
    "connector.invalid_config",
  ],
  [
    "for GitHub with a target",
    { ...gitHub, metadata: { target: "mine" } },
    400,
    "connector.cannot_overwrite_metadata_for_non_standard_connector",
  ],
])("one %s is refused", async (_what, body, status, code) => {
  expect(await sandbox.request("POST", "/api/connectors", body)).toMatchObject({
    status,
    body: { code },
  });
  expect(await list()).toEqual([]);
});

test.each([sendGrid, twilio, gitHub])(
  "$connectorId cannot be changed to store tokens, whatever else is changed",
  async (connector) => {
    const { id } = await make(connector);
    expect(await patch(id, { enableTokenStorage: true, config: {} })).toMatchObject({
      status: 422,
      body: { code: "request.feature_not_supported" },
    });
    expect(await patch(id, { enableTokenStorage: false })).toMatchObject({ status: 200 });
  },
);

test("a bad config is told with every failure, and the stored one stays", async () => {
  const made = await make(twilio);
  const { status, body } = await patch(made.id, { config: { accountSID: 1, templates: [] } });
  expect(status).toBe(400);
  expect(body).toMatchObject({
    code: "connector.invalid_config",
    message: "The connector's config is invalid.",
    details: expect.stringContaining(
      'Error in key path "accountSID": (invalid_type) Expected string but received number.',
    ) as string,
  });
  expect(await list()).toEqual([made]);
});

test("a social connector exists once, and its target can be chosen for sign-in as long as it is there", async () => {
  const made = await make(gitHub);
  expect(await sandbox.request("POST", "/api/connectors", gitHub)).toMatchObject({
    status: 422,
    body: { code: "connector.multiple_instances_not_supported" },
  });
  const chosen = await sandbox.request("PATCH", "/api/sign-in-exp", {
    socialSignInConnectorTargets: ["google", "github"],
  });
  expect(chosen.body).toMatchObject({ socialSignInConnectorTargets: ["github"] });
  const page = await sandbox.request("GET", "/api/.well-known/sign-in-exp", undefined, "none");
  expect(page.body).toMatchObject({ socialConnectors: [{ id: made.id, target: "github" }] });
  expect(JSON.stringify(page.body)).not.toContain("canary");
  await sandbox.request("DELETE", `/api/connectors/${made.id}`);
  const { body } = await sandbox.request("GET", "/api/sign-in-exp");
  expect(body).toMatchObject({ socialSignInConnectorTargets: [] });
});

test("profiles are synchronised with social connectors only", async () => {
  const mail = await make(sendGrid);
  const social = await make(gitHub);
  expect(await patch(mail.id, { syncProfile: true })).toMatchObject({
    status: 422,
    body: { code: "connector.invalid_type_for_syncing_profile" },
  });
  expect((await patch(social.id, { syncProfile: true })).body).toMatchObject({ syncProfile: true });
});

test("the list can be narrowed to a target", async () => {
  const made = await make(sendGrid);
  await make(twilio);
  const { body } = await sandbox.request("GET", "/api/connectors?target=sendgrid-mail");
  expect(body).toEqual([made]);
});

test("a connector whose factory is not installed does not show, and can be deleted all the same", async () => {
  await sandbox.query(
    "insert into connectors (tenant_id, id, connector_id) values ('default', 'gone', 'not-installed')",
  );
  expect(await list()).toEqual([]);
  expect((await get("gone")).status).toBe(404);
  expect((await sandbox.request("DELETE", "/api/connectors/gone")).status).toBe(204);
});

test("connectors of the tenant admin are out of reach", async () => {
  await sandbox.query(
    "insert into connectors (tenant_id, id, connector_id) values ('admin', 'theirs', $1)",
    [sendGrid.connectorId],
  );
  expect((await get("theirs")).status).toBe(404);
  expect((await sandbox.request("DELETE", "/api/connectors/theirs")).status).toBe(404);
  await make(sendGrid);
  expect(await sandbox.query("select id from connectors where tenant_id = 'admin'")).toHaveLength(
    1,
  );
});

async function make(body: object): Promise<Connector> {
  const answer = await sandbox.request("POST", "/api/connectors", body);
  expect(answer).toMatchObject({ status: 200 });
  return answer.body as Connector;
}

function get(id: string): Promise<Answer> {
  return sandbox.request("GET", `/api/connectors/${id}`);
}

function patch(id: string, change: object): Promise<Answer> {
  return sandbox.request("PATCH", `/api/connectors/${id}`, change);
}

async function list(): Promise<Connector[]> {
  const { status, body } = await sandbox.request("GET", "/api/connectors");
  expect(status).toBe(200);
  return body as Connector[];
}
