import { fingerprint } from "../../../../infra/fingerprint";
import { idOf, refusal, username as named, Visit } from "../../../sandbox/experience-visit";
import { askToken, type Client } from "../../../sandbox/oidc-client";
import { createSeededDatabase, query as queryAt } from "../../../support/database";
import { evaluateProvider, failuresOf } from "../../../support/provider";
import { type Sandbox, send, startSandboxProcess } from "../../../support/sandbox";
import { newChallenge } from "../../../support/visitor";

/** To hash a password as Logto does, and to compare one with its hash, takes a good part of a second. */
jest.setTimeout(60_000);

interface State {
  databaseUrl: string;
  username: string;
  passwordFingerprint: string;
  roles: string[];
  organizationRoles: string[];
  isSuspended: boolean;
}

interface Made {
  id: string;
  outs: State;
}

const password = "canaryTeaWithMilk42";
const rotated = "canaryTeaWithLemon42";
const fingerprintKey = "fingerprintKeyOfTheTests";
/** Where an administrator has been made, and how that was answered. */
let template: string;
let made: Made;
let databaseUrl: string;

beforeAll(async () => {
  template = await createSeededDatabase();
  databaseUrl = template;
  made = await provider().create(await checked());
});

beforeEach(async () => {
  databaseUrl = await createSeededDatabase();
});

/** The administrator in a database of the test's own. */
async function madeBefore(): Promise<Made> {
  databaseUrl = await createSeededDatabase(template);
  return { id: made.id, outs: await checked() };
}

function providerWith(administratorPassword: string, key = fingerprintKey) {
  return evaluateProvider<State, State>("logto-server:Administrator", {
    "logto-stack:administratorPassword": administratorPassword,
    "logto:fingerprintKey": key,
  });
}

const provider = () => providerWith(password);

async function checked(username = "ada", secret = password): Promise<State> {
  const news = { databaseUrl, username };
  const { inputs, failures } = await providerWith(secret).check({}, news);
  expect(failures).toBeUndefined();
  return inputs as State;
}

const query = (statement: string, values: unknown[] = []) =>
  queryAt<Record<string, unknown>>(databaseUrl, statement, values);

const accounts = () =>
  query(
    `select users.id, username, is_suspended,
       array(select name::text from users_roles join roles on roles.id = role_id
             where user_id = users.id order by 1) as roles,
       array(select organization_id || ' ' || organization_role_id
             from organization_role_user_relations where user_id = users.id) as memberships
     from users where tenant_id = 'admin' order by username`,
  );

const hashes = () => query("select password_encrypted from users");

const administrator = () => ({
  id: made.id,
  username: "ada",
  is_suspended: false,
  roles: ["default:admin", "user"],
  memberships: ["t-default admin"],
});

const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

describe("at a console", () => {
  const client: Client = {
    id: "admin-console",
    secret: undefined,
    redirectUri: "http://localhost:3002/console/callback",
  };
  const { verifier, challenge } = newChallenge();
  const resource = "https://default.logto.app/api";
  const request = {
    code_challenge: challenge,
    code_challenge_method: "S256",
    resource,
    scope: "openid all",
  };
  let sandbox: Sandbox;
  let ofConsole: { endpoint: string };

  async function start(): Promise<void> {
    sandbox = await startSandboxProcess({ databaseUrl, withAdmin: true });
    ofConsole = { endpoint: sandbox.adminEndpoint as string };
    // Logto makes this address of its admin endpoint.
    await query(
      "update applications set oidc_client_metadata = $1 where tenant_id = 'admin' and id = $2",
      [{ redirectUris: [client.redirectUri], postLogoutRedirectUris: [] }, client.id],
    );
  }
  afterEach(() => sandbox.stop());

  async function close(): Promise<void> {
    const closed = evaluateProvider<object, object>("logto-server:ClosedConsole");
    const { inputs = {} } = await closed.check({}, { databaseUrl });
    await closed.create(inputs);
  }

  const passwordOf = async (secret: string) => {
    const visit = await Visit.begin(ofConsole, client, "SignIn", request);
    return { visit, reply: await visit.verifyPassword(named("ada"), secret) };
  };

  test("the administrator signs in, may do everything with the users' tenant, and is out when deleted", async () => {
    const { id, outs } = await madeBefore();
    await close();
    await start();
    const { visit, reply } = await passwordOf(password);
    expect(await visit.identify(idOf(reply))).toMatchObject({ status: 204 });
    const { body } = await askToken(ofConsole, client, {
      grant_type: "authorization_code",
      code: await visit.arrive(),
      redirect_uri: client.redirectUri,
      code_verifier: verifier,
      resource,
    });
    const { access_token: token } = body as { access_token: string };
    const headers = { authorization: `Bearer ${token}` };
    const application = { name: "Bookstore", type: "SPA" };
    const url = `${sandbox.endpoint}/api/applications`;
    expect(await send(url, "POST", application, headers)).toMatchObject({ status: 200 });

    const refused = refusal(422, "session.invalid_credentials");
    const news = await checked("ada", rotated);
    await providerWith(rotated).update(id, outs, news);
    expect((await passwordOf(password)).reply).toMatchObject(refused);
    expect((await passwordOf(rotated)).reply).toMatchObject({ status: 200 });

    const sessions = () =>
      query("select from oidc_model_instances where payload ->> 'accountId' = $1", [id]);
    expect(await sessions()).not.toEqual([]);
    await provider().delete(id, news);
    expect(await sessions()).toEqual([]);
    expect((await passwordOf(rotated)).reply).toMatchObject(refused);
    expect(sandbox.logText()).not.toContain("canary");
  });

  test("a stranger registers if it is open, and none once it is closed, had they begun before", async () => {
    const register = async (name: string) => {
      const visit = await Visit.begin(ofConsole, client, "Register", request);
      const identity = { identifier: named(name), password: "Tea with milk 42" };
      const id = idOf(await visit.post("/verification/new-password-identity", identity));
      return () => visit.identify(id);
    };
    await start();
    expect(await (await register("trudy"))()).toMatchObject({ status: 201 });
    const begunBefore = await register("mallory");
    await close();
    expect(await begunBefore()).toMatchObject(refusal(403, "auth.forbidden"));
    expect(await accounts()).toMatchObject([{ username: "trudy" }]);
  });
});

test("the account, its roles and its membership are written, and once", async () => {
  const { id, outs } = await madeBefore();
  expect(id).toMatch(/^[0-9a-z]{12}$/);
  expect(await accounts()).toEqual([administrator()]);
  // As after an `up` that was killed before the engine knew of it.
  expect(await provider().create(outs)).toEqual({ id, outs });
  expect(await accounts()).toEqual([administrator()]);
  expect(await provider().read(id, outs)).toEqual({ id, inputs: outs, props: outs });
});

test("the password is in no input, no output and no column but hashed", async () => {
  const { outs } = await madeBefore();
  expect(outs.passwordFingerprint).toBe(fingerprint(fingerprintKey, password));
  expect(await hashes()).toEqual([
    { password_encrypted: expect.stringMatching(/^\$argon2i\$/) as string },
  ]);
  expect(JSON.stringify([made, await query("select * from users")])).not.toContain("canary");
});

test("a failure in the middle leaves nothing behind", async () => {
  await query(
    `create function refuse() returns trigger language plpgsql as
     $$ begin raise exception 'no members today'; end $$;
     create trigger refuse before insert on organization_role_user_relations
     for each row execute function refuse()`,
  );
  expect(await messageOf(provider().create(await checked()))).toMatch(
    /^The database logto_\w+ at 127\.0\.0\.1:\d+ failed: no members today \(P0001\)$/,
  );
  expect(await accounts()).toEqual([]);
});

test("a rotated password is one change, shown by its fingerprint alone; one that is the same writes nothing", async () => {
  const { id, outs } = await madeBefore();
  const before = await hashes();
  await provider().update(id, outs, outs);
  expect(await hashes()).toEqual(before);
  const news = await checked("ada", rotated);
  expect(news).toEqual({ ...outs, passwordFingerprint: fingerprint(fingerprintKey, rotated) });
  expect(await provider().diff(id, outs, news)).toEqual({ changes: true, replaces: [] });
  await providerWith(rotated).update(id, outs, news);
  expect(await hashes()).not.toEqual(before);
});

test("another user name renames the account", async () => {
  const { id, outs } = await madeBefore();
  const news = await checked("grace");
  expect(await provider().diff(id, outs, news)).toEqual({ changes: true, replaces: [] });
  await provider().update(id, outs, news);
  expect(await accounts()).toEqual([{ ...administrator(), username: "grace" }]);
});

test("what was taken away from the account is drift, and an update puts it right", async () => {
  const { id, outs } = await madeBefore();
  await query(`
    delete from users_roles where role_id in (select id from roles where name = 'default:admin');
    delete from organization_user_relations;
    update users set is_suspended = true, username = 'grace'`);
  const { inputs: live } = await provider().read(id, outs);
  const drifted = { username: "grace", roles: ["user"], organizationRoles: [], isSuspended: true };
  expect(live).toEqual({ ...outs, ...drifted });
  expect((await provider().diff(id, live as State, outs)).changes).toBe(true);
  await provider().update(id, live as State, outs);
  expect(await accounts()).toEqual([administrator()]);
});

test.each([
  ["that was changed in the console", "'$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$qqvD8Q'"],
  ["that is gone", "null"],
])("a password %s is drift, and an update puts it right", async (_case, stored) => {
  const { id, outs } = await madeBefore();
  await query(`update users set password_encrypted = ${stored}`);
  const { inputs: live } = await provider().read(id, outs);
  expect(live).toEqual({ ...outs, passwordFingerprint: "none" });
  await provider().update(id, live as State, outs);
  expect((await provider().read(id, outs)).inputs).toEqual(outs);
});

test("what others have given the account besides its own stays, and is no drift", async () => {
  const { id, outs } = await madeBefore();
  await query(
    `insert into roles (tenant_id, id, name, description) values ('admin', 'editor', 'editor', '');
     insert into users_roles (tenant_id, id, user_id, role_id)
     values ('admin', 'another', '${id}', 'editor')`,
  );
  expect((await provider().read(id, outs)).props).toEqual(outs);
  await provider().update(id, outs, outs);
  expect(await accounts()).toMatchObject([{ roles: ["default:admin", "editor", "user"] }]);
});

test("an account that was deleted reads as gone, and an update makes it again under its id", async () => {
  const { id, outs } = await madeBefore();
  await query("delete from users");
  expect(await provider().read(id, outs)).toEqual({ id: "" });
  await provider().update(id, outs, outs);
  expect(await accounts()).toEqual([administrator()]);
});

const somebody = "insert into users (tenant_id, id, username) values ('admin', 'other', 'grace')";

test("deleting it deletes the account and no other, again is done, and so is in a database that is gone", async () => {
  const { id, outs } = await madeBefore();
  await query(somebody);
  await provider().delete(id, outs);
  await provider().delete(id, outs);
  expect(await accounts()).toMatchObject([{ username: "grace" }]);
  await provider().delete(id, { ...outs, databaseUrl: `${databaseUrl}_gone` });
});

test("an account of somebody else is left alone, at a create and at a renaming", async () => {
  const { id, outs } = await madeBefore();
  await query(somebody);
  const refused =
    'Somebody else has the user name "grace" at Logto\'s console, and their account is left alone: name another in logto-stack:docker.administrator.username.';
  const news = await checked("grace");
  expect(await messageOf(provider().create(news))).toBe(refused);
  expect(await messageOf(provider().update(id, outs, news))).toBe(refused);
  expect(await accounts()).toEqual([
    administrator(),
    { ...administrator(), id: "other", username: "grace", roles: [], memberships: [] },
  ]);
});

test("a database without Logto's roles is told, and nothing is written", async () => {
  await query("update roles set name = 'renamed' where tenant_id = 'admin' and name = 'user'");
  expect(await messageOf(provider().create(await checked()))).toBe(
    `Logto's database has no role "user" for its console: it is not seeded, or the role was renamed.`,
  );
  expect(await accounts()).toEqual([]);
});

const passwordKey = "logto-stack:administratorPassword";
test.each([
  ["", fingerprintKey, [passwordKey]],
  ["canary", fingerprintKey, [passwordKey]],
  ["canary\ncanary", fingerprintKey, [passwordKey]],
  ["canary".repeat(43), fingerprintKey, [passwordKey]],
  ["changeme-canary", fingerprintKey, [passwordKey]],
  ["canaryMargaret42", fingerprintKey, [passwordKey]],
  [password, "canary", ["logto:fingerprintKey"]],
  ["canary", "", [passwordKey, "logto:fingerprintKey"]],
])(
  "the password %j with the key '%s' is refused and not shown",
  async (secret, key, properties) => {
    const inputs = await checked("margaret");
    const failing = providerWith(secret, key);
    const { failures = [] } = await failing.check({}, { databaseUrl, username: "margaret" });
    const reasons = failures.map(({ reason }) => reason);
    expect(reasons.map((reason) => reason.split(": ")[0])).toEqual(properties);
    const message = await messageOf(failing.create(inputs));
    expect(message).toBe(reasons.join("\n"));
    expect(message).not.toContain("canary");
    expect(await accounts()).toEqual([]);
  },
);

test.each(["", "9lives", "ada lovelace", "a".repeat(129)])(
  "the user name '%s' is refused",
  async (name) => {
    expect(await failuresOf(provider(), { databaseUrl, username: name })).toEqual([
      "username: expected a name of 1 to 128 letters, digits and _, with no digit at the beginning, such as admin",
    ]);
  },
);

test("an unreachable database is named without its password or the administrator's", async () => {
  const address = "postgres://logto:canary@127.0.0.1:1/logto";
  const failing = { ...(await checked()), databaseUrl: address };
  expect(await messageOf(provider().create(failing))).toBe(
    "The database logto at 127.0.0.1:1 failed: connect ECONNREFUSED 127.0.0.1:1 (ECONNREFUSED)",
  );
});

test("a database address that is not known yet passes", async () => {
  const unknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
  const news = { databaseUrl: unknown, username: "ada" };
  expect((await provider().check({}, news)).inputs).toEqual({
    ...(await checked()),
    databaseUrl: unknown,
    databaseUrlFingerprint: unknown,
  });
});
