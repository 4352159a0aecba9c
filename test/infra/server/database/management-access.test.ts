import { fingerprint } from "../../../../infra/fingerprint";
import { createSeededDatabase, query as queryAt } from "../../../support/database";
import { evaluateProvider } from "../../../support/provider";

interface State {
  databaseUrl: string;
  clientId: string;
  clientSecretFingerprint: string;
  role: string;
}

const secret = "canarySecret0123456789";
const fingerprintKey = "fingerprintKeyOfTheTests";
const role = "Logto Management API access";
let databaseUrl: string;
let inputs: State;

beforeEach(async () => {
  databaseUrl = await createSeededDatabase();
  inputs = await checked(providerWith(secret), { databaseUrl });
});

function providerWith(clientSecret: string, key = fingerprintKey) {
  return evaluateProvider<State, State>("logto-server:ManagementAccess", {
    "logto:clientSecret": clientSecret,
    "logto:fingerprintKey": key,
  });
}

async function checked(provider: ReturnType<typeof providerWith>, news: object): Promise<State> {
  const { inputs: values, failures } = await provider.check({}, news);
  expect(failures).toBeUndefined();
  return values as State;
}

const query = (statement: string) => queryAt<Record<string, unknown>>(databaseUrl, statement);

const rows = () =>
  query(
    `select applications.id, applications.type, applications.secret like '#internal:%' as internal,
       application_secrets.value, roles.name as role
     from applications
     left join application_secrets on application_id = applications.id
     left join applications_roles on applications_roles.application_id = applications.id
     left join roles on roles.id = role_id
     where applications.tenant_id = 'default'`,
  );

const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

const wanted = {
  id: "infrastructure",
  type: "MachineToMachine",
  internal: true,
  value: secret,
  role,
};

test("the application, its secret and its role are written, and once", async () => {
  const provider = providerWith(secret);
  const created = await provider.create(inputs);
  expect(created).toEqual({ id: "infrastructure", outs: inputs });
  await provider.create(inputs);
  expect(await rows()).toEqual([wanted]);
});

test("the secret is in no input and no output", async () => {
  const created = await providerWith(secret).create(inputs);
  expect(JSON.stringify([inputs, created])).not.toContain("canary");
  expect(inputs.clientSecretFingerprint).toBe(fingerprint(fingerprintKey, secret));
});

test("a failure in the middle leaves nothing behind", async () => {
  await query(
    `create function refuse() returns trigger language plpgsql as
     $$ begin raise exception 'no roles today'; end $$;
     create trigger refuse before insert on applications_roles
     for each row execute function refuse()`,
  );
  expect(await messageOf(providerWith(secret).create(inputs))).toMatch(
    /^The database logto_\w+ at 127\.0\.0\.1:\d+ failed: no roles today \(P0001\)$/,
  );
  expect(await rows()).toEqual([]);
});

test("a rotated secret is one change, shown by its fingerprint alone, and replaces the old one", async () => {
  await providerWith(secret).create(inputs);
  const rotated = providerWith("rotatedSecret0123456789");
  const news = await checked(rotated, { databaseUrl });
  expect(news).toEqual({ ...inputs, clientSecretFingerprint: expect.any(String) as string });
  expect(news.clientSecretFingerprint).not.toBe(inputs.clientSecretFingerprint);
  expect(await rotated.diff("", inputs, news)).toEqual({ changes: true, replaces: [] });
  await rotated.update("", inputs, news);
  expect(await rows()).toEqual([{ ...wanted, value: "rotatedSecret0123456789" }]);
  expect(await rotated.diff("", news, news)).toEqual({ changes: false, replaces: [] });
});

test.each([
  ["a changed secret", "update application_secrets set value = 'other'", "clientSecretFingerprint"],
  ["a removed secret", "delete from application_secrets", "clientSecretFingerprint"],
  [
    "an expired secret",
    "update application_secrets set expires_at = now() - interval '1 s'",
    "clientSecretFingerprint",
  ],
  [
    "a removed role",
    "delete from applications_roles where application_id = 'infrastructure'",
    "role",
  ],
])("%s is drift of one property, and an update puts it right", async (_case, damage, property) => {
  const provider = providerWith(secret);
  await provider.create(inputs);
  expect(await provider.read("infrastructure", inputs)).toEqual({
    id: "infrastructure",
    props: inputs,
    inputs,
  });
  await query(damage);
  const { props } = await provider.read("infrastructure", inputs);
  const drifted = Object.entries(props as State).filter(
    ([name, value]) => inputs[name as keyof State] !== value,
  );
  expect(drifted.map(([name]) => name)).toEqual([property]);
  expect((await provider.diff("", props as State, inputs)).changes).toBe(true);
  await provider.update("", props as State, inputs);
  expect((await provider.read("infrastructure", inputs)).props).toEqual(inputs);
});

test("a database that was put back to another secret is a change, without a refresh", async () => {
  const provider = providerWith(secret);
  const { id, outs } = await provider.create(inputs);
  expect((await provider.diff(id, outs, inputs)).changes).toBe(false);
  await query("update application_secrets set value = 'ofAnEarlierTime1234567'");
  expect((await provider.diff(id, outs, inputs)).changes).toBe(true);
  await provider.update(id, outs, inputs);
  expect(await rows()).toEqual([wanted]);
  const silent = { ...inputs, databaseUrl: databaseUrl.replace(/:\d+\//, ":1/") };
  expect((await provider.diff(id, silent, silent)).changes).toBe(false);
});

test("an application that was deleted is reported as gone, and deleting it again is done", async () => {
  const provider = providerWith(secret);
  await provider.create(inputs);
  await provider.delete("", inputs);
  expect(await rows()).toEqual([]);
  expect(await provider.read("infrastructure", inputs)).toEqual({ id: "" });
  await provider.delete("", inputs);
  await provider.delete("", { ...inputs, databaseUrl: `${databaseUrl}_gone` });
});

test("an update makes an application again that was deleted behind our back", async () => {
  const provider = providerWith(secret);
  await provider.create(inputs);
  await query("delete from applications where id = 'infrastructure'");
  await provider.update("", inputs, inputs);
  expect(await rows()).toEqual([wanted]);
});

test("a changed client id is another application", async () => {
  const provider = providerWith(secret);
  const news = await checked(provider, { databaseUrl, clientId: "deployer" });
  expect((await provider.diff("", inputs, news)).replaces).toEqual(["clientId"]);
});

test.each(["m-default", "admin-console"])(
  "the id of another application, %s, is refused and its rows are left alone",
  async (clientId) => {
    const message = await messageOf(providerWith(secret).create({ ...inputs, clientId }));
    expect(message).toBe(
      `${clientId} is the id of another application of this Logto, which cannot call the Management API: name another id in logto:clientId.`,
    );
    expect(await query("select * from application_secrets")).toEqual([]);
  },
);

test("a database without Logto's role is told, and nothing is written", async () => {
  await query(`update roles set name = 'renamed' where name = '${role}'`);
  expect(await messageOf(providerWith(secret).create(inputs))).toBe(
    `Logto's database has no role "${role}": it is not seeded, or the role was renamed.`,
  );
  expect(await rows()).toEqual([]);
});

test.each([
  ["", fingerprintKey, ["logto:clientSecret"]],
  ["canary", fingerprintKey, ["logto:clientSecret"]],
  ["canary:0123456789abcdef", fingerprintKey, ["logto:clientSecret"]],
  ["canary".repeat(11), fingerprintKey, ["logto:clientSecret"]],
  ["changemechangemecanary", fingerprintKey, ["logto:clientSecret"]],
  [secret, "canary", ["logto:fingerprintKey"]],
  ["canary", "", ["logto:clientSecret", "logto:fingerprintKey"]],
])("the secret '%s' with the key '%s' is refused and not shown", async (value, key, properties) => {
  const provider = providerWith(value, key);
  const { failures } = await provider.check({}, { databaseUrl });
  expect(failures?.map(({ reason }) => reason.split(": ")[0])).toEqual(properties);
  expect(JSON.stringify(failures)).not.toContain("canary");
  expect(await messageOf(provider.create(inputs))).not.toContain("canary");
  expect(await rows()).toEqual([]);
});

test("an unreachable database is named without its password or the secret", async () => {
  const failing = { ...inputs, databaseUrl: "postgres://logto:canary@127.0.0.1:1/logto" };
  expect(await messageOf(providerWith(secret).create(failing))).toBe(
    "The database logto at 127.0.0.1:1 failed: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED)",
  );
  const broken = { ...inputs, databaseUrl: "postgres://logto:canary@nowhere:x/logto" };
  expect(await messageOf(providerWith(secret).create(broken))).not.toContain("canary");
});

test("a database address that is not known yet passes", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const news = await checked(providerWith(secret), { databaseUrl: unknown });
  expect(news).toEqual({ ...inputs, databaseUrl: unknown, databaseUrlFingerprint: unknown });
});
