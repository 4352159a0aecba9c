import { randomBytes } from "node:crypto";
import type { argon2i as hash } from "hash-wasm";
import { Client } from "pg";
import { parseDatabaseUrl } from "../../../../infra/server/database/database";
import { databasePatience } from "../../../../infra/patience";
import { createSeededDatabase, serverUrl, templateRole } from "../../../support/database";
import { type DatabaseProxy, type Fate, startDatabaseProxy } from "../../../support/database-proxy";
import { hasChanges, leftBy, refresh, type Tracked, up } from "../../../support/engine";
import { evaluateProvider } from "../../../support/provider";

/**
 * The matrix of the Management API's resources, for those that are rows of Logto's database: every message that
 * a create, a read, an update and a delete send to Postgres, under every fault, once and from there on. What
 * Postgres says, it says itself.
 *
 * A password's hash costs what one of a test may; its rules are its own.
 */
jest.mock("hash-wasm", () => {
  const real = jest.requireActual<{ argon2i: typeof hash }>("hash-wasm");
  return {
    ...real,
    argon2i: (options: Parameters<typeof hash>[0]) => real.argon2i({ ...options, iterations: 1 }),
  };
});
jest.setTimeout(600_000);

const canary = "canaryTeaWithMilk42";
const rotated = "canaryTeaWithLemon42";
const fingerprintKey = "canaryFingerprintKey42";

type Operation = "create" | "read" | "update" | "delete";

/** A resource, as it is declared first and then. */
interface Scenario {
  type: string;
  /** Those that ask the database for something. Default: all. */
  operations?: Operation[];
  configuration?: (secret: string) => Record<string, string>;
  declared?: (url: string) => object;
  /** Default: nothing but the secret can be. */
  changed?: (url: string) => object;
  /** Takes back what stays as it is when the resource is deleted. */
  undo?: string;
}

const ofDatabase = (url: string) => ({ databaseUrl: url });
const release = (image: string) => (url: string) => ({
  databaseUrl: url,
  image,
  alteration: `1.43.0-${deployed}-add-a-table.js`,
  stack: "dev",
});

const scenarios: Record<string, Scenario> = {
  ManagementAccess: {
    type: "logto-server:ManagementAccess",
    configuration: (secret) => ({ "logto:clientSecret": secret }),
  },
  Administrator: {
    type: "logto-server:Administrator",
    configuration: (secret) => ({ "logto-stack:administratorPassword": secret }),
    declared: (url) => ({ databaseUrl: url, username: "ada" }),
    changed: (url) => ({ databaseUrl: url, username: "grace" }),
  },
  ClosedConsole: {
    type: "logto-server:ClosedConsole",
    // Deleted, it stays as it is.
    operations: ["create", "read", "update"],
    undo: "update sign_in_experiences set sign_in_mode = 'Register' where tenant_id = 'admin'",
  },
  UpgradeCheck: {
    type: "logto-server:UpgradeCheck",
    operations: ["create", "update"],
    declared: release("svhd/logto:1.43.0"),
    changed: release("ghcr.io/logto-io/logto:1.43.0"),
  },
  DatabaseRole: {
    type: "logto-server:DatabaseRole",
    // What creates it is what updates it, but for one statement.
    operations: ["create", "delete"],
    declared: (url) => ({
      databaseUrl: asSuperuser(url),
      name: faultedRole,
      password: canary,
      createRole: true,
    }),
  },
  LogtoDatabase: {
    type: "logto-server:LogtoDatabase",
    // What writes is Logto's own tool.
    operations: ["read"],
    declared: parseDatabaseUrl,
  },
};

/** A role of the cluster, which is that of all tests. */
const faultedRole = `faulted_${randomBytes(4).toString("hex")}`;
/** One that can be told from the others' superuser, when its connections are ended. */
const faultedSuperuser = `${faultedRole}_superuser`;

function asSuperuser(address: string): string {
  const url = new URL(address);
  url.username = faultedSuperuser;
  return url.href;
}

let databaseUrl: string;
let name: string;
/** The superuser, who gets in whatever happens to the owner. */
let administrator: Client;
let proxy: DatabaseProxy;
/** The newest alteration that the database has, in seconds since 1970. */
let deployed: number;
/** The database through the proxy. */
let throughProxy: string;
/** Everything that a user would have read. */
const printed: string[] = [];

beforeAll(async () => {
  databaseUrl = await createSeededDatabase();
  name = new URL(databaseUrl).pathname.slice(1);
  administrator = new Client({ connectionString: `${serverUrl()}/${name}` });
  await administrator.connect();
  const { password } = new URL(databaseUrl);
  await administrator.query(
    `create role ${faultedSuperuser} superuser login password '${password}'`,
  );
  const { rows } = await administrator.query<{ value: { timestamp: number } }>(
    "select value from systems where key = 'alterationState'",
  );
  deployed = rows[0]?.value.timestamp ?? 0;
  proxy = await startDatabaseProxy(databaseUrl);
  const url = new URL(databaseUrl);
  url.port = `${proxy.port}`;
  throughProxy = url.href;
});
afterAll(async () => {
  await proxy.stop();
  await administrator.end();
});

/** What the database holds of everything that the scenarios touch, but for what is made up each time. */
async function view(): Promise<unknown> {
  const { rows } = await administrator.query(
    `select
       array(select to_jsonb(applications) - '{id,secret,created_at}'::text[] from applications
             where tenant_id = 'default' order by id) as applications,
       array(select to_jsonb(application_secrets) - 'created_at' from application_secrets order by 1) as secrets,
       array(select application_id || ' ' || roles.name from applications_roles
             join roles on roles.id = role_id order by 1) as application_roles,
       array(select to_jsonb(users) - '{id,password_encrypted,created_at,updated_at}'::text[]
             from users order by username) as users,
       array(select users.username || ' ' || roles.name from users_roles
             join users on users.id = user_id join roles on roles.id = role_id order by 1) as user_roles,
       array(select users.username || ' ' || organization_role_id
             from organization_role_user_relations join users on users.id = user_id order by 1) as members,
       array(select tenant_id || ' ' || sign_in_mode from sign_in_experiences order by 1) as modes,
       array(select to_jsonb(pg_roles) - 'oid' from pg_roles where rolname = $1) as roles`,
    [faultedRole],
  );
  return rows[0];
}

const allow = (connections: number) =>
  administrator.query(`alter database ${name} connection limit ${connections}`);

interface Fault {
  happens: () => Fate | Promise<unknown>;
  /** Which messages can suffer it, and are worth it. */
  at: (message: string, place: Place) => boolean;
}

type Place = "start" | "middle" | "end" | "farewell";

const anywhere: Fault["at"] = (_, place) => place !== "farewell";
/** Where a connection begins, and where the last answer is due: that of the commit, or of the one statement. */
const atTheEnds: Fault["at"] = (_, place) => place === "start" || place === "end";

const faults: Record<string, Fault> = {
  "is cut off before it arrives": { at: () => true, happens: () => "cut" },
  "is carried out, and the answer is lost": { at: anywhere, happens: () => "lose" },
  "finds its connection ended by an administrator": {
    at: anywhere,
    happens: () =>
      administrator.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where datname = $1 and usename = any($2)",
        [name, [templateRole, faultedSuperuser]],
      ),
  },
  "is answered by half": { at: atTheEnds, happens: () => "halve" },
  "is carried out and never answered": { at: (_, place) => place === "end", happens: () => "hush" },
  "vanishes on the way": {
    at: (_, place) => place === "start" || place === "farewell",
    happens: () => "vanish",
  },
  "is answered slowly": { at: atTheEnds, happens: () => "delay" },
  "finds the server stopped for a while": { at: atTheEnds, happens: () => proxy.leave() },
  "finds too many connections": { at: (_, place) => place === "start", happens: () => allow(0) },
  "holds a wrong password": {
    at: (message) => message.includes(",p="),
    happens: () => "garble",
  },
};

const patient = { ...databasePatience };
/** In milliseconds: so that a test of silence does not take as long as it may in earnest. */
const impatient: Record<Place, Partial<typeof patient>> = {
  start: { connection: 250 },
  middle: {},
  end: { statement: 250 },
  farewell: { farewell: 50 },
};

async function putRight(fault: string): Promise<void> {
  proxy.watch(() => undefined);
  Object.assign(databasePatience, patient);
  if (fault.includes("stopped")) await proxy.comeBack();
  if (fault.includes("too many")) await allow(-1);
}

/** A run of its own, as the engine configures a provider once in it. */
function runOf({ type, configuration = () => ({}) }: Scenario, secret: string) {
  return evaluateProvider<Record<string, unknown>, Record<string, unknown>>(type, {
    ...configuration(secret),
    "logto:fingerprintKey": fingerprintKey,
  });
}

const declaredBy = ({ declared = ofDatabase }: Scenario) => declared(throughProxy);
const changedBy = ({ changed = ofDatabase }: Scenario) => changed(throughProxy);

const declare = (scenario: Scenario, tracked?: Tracked) =>
  up(runOf(scenario, canary), declaredBy(scenario), tracked);

const change = (scenario: Scenario, tracked?: Tracked) =>
  up(runOf(scenario, rotated), changedBy(scenario), tracked);

const read = (scenario: Scenario, tracked: Tracked) => refresh(runOf(scenario, canary), tracked);

const remove = (scenario: Scenario, { id, state }: Tracked) =>
  runOf(scenario, canary).delete(id, state);

/** As if it had never been declared. */
async function clear(scenario: Scenario, tracked: Tracked): Promise<void> {
  await remove(scenario, tracked);
  if (scenario.undo !== undefined) await administrator.query(scenario.undo);
}

/** Where an update begins. */
async function declareBefore(scenario: Scenario, tracked?: Tracked): Promise<Tracked> {
  const declared = await declare(scenario, tracked);
  if (scenario.undo === undefined) return declared;
  await administrator.query(scenario.undo);
  return (await read(scenario, declared)) as Tracked;
}

/** One operation as the engine would call it; what it throws is all that a user sees of it. */
async function perform(
  scenario: Scenario,
  operation: Operation,
  tracked?: Tracked,
): Promise<Tracked | undefined> {
  switch (operation) {
    case "create":
      return declare(scenario, tracked);
    case "read":
      return read(scenario, tracked as Tracked);
    case "update":
      return change(scenario, tracked);
    case "delete":
      await remove(scenario, tracked as Tracked);
      return undefined;
  }
}

async function attempt<Result>(
  work: () => Promise<Result>,
): Promise<{ result?: Result; error?: Error }> {
  try {
    return { result: await work() };
  } catch (error) {
    const { message, stack } = error as Error;
    printed.push(message);
    expect(stack).toBe(message);
    expect(message).toMatch(
      /^The database logto_\w+ (at 127\.0\.0\.1:\d+ failed: .+|is gone, .+)$/,
    );
    return { error: error as Error };
  }
}

function placeOf(nth: number, messages: number): Place {
  if (nth === 1) return "start";
  if (nth === messages) return "farewell";
  return nth === messages - 1 ? "end" : "middle";
}

let cells = 0;

describe.each(Object.entries(scenarios))("%s", (_, scenario) => {
  const { operations = ["create", "read", "update", "delete"] } = scenario;
  test.each(operations)(
    "a %s survives every fault of each of its messages, and one more run finishes it or takes it back",
    async (operation) => {
      const empty = await view();
      const begin = operation === "update" ? declareBefore : declare;
      let tracked = operation === "create" ? undefined : await begin(scenario);
      const before = await view();
      // Without a fault: which messages there are, and how it should end.
      const messages: string[] = [];
      proxy.watch((message) => {
        messages.push(message);
        return undefined;
      });
      tracked = await perform(scenario, operation, tracked);
      proxy.watch(() => undefined);
      const expected = await view();

      /** Back to before the operation, and into it with the fault. */
      const fail = async (nth: number, fault: string) => {
        if (operation === "create") await clear(scenario, tracked as Tracked);
        if (operation === "update") tracked = await declareBefore(scenario, tracked);
        if (operation === "delete") tracked = await declare(scenario);
        const { happens } = faults[fault] as Fault;
        if (/never answered|vanishes/.test(fault)) {
          Object.assign(databasePatience, impatient[placeOf(nth, messages.length)]);
        }
        proxy.watch(async (_message, count) => {
          if (count !== nth) return undefined;
          const fate = await happens();
          return typeof fate === "string" ? (fate as Fate) : undefined;
        });
        const kept = operation === "create" ? undefined : tracked;
        const { result, error } = await attempt(() => perform(scenario, operation, kept));
        await putRight(fault);
        return { result, error, kept: error ? (leftBy(error) ?? kept) : result };
      };

      const finish = async (nth: number, fault: string) => {
        const { result, error, kept } = await fail(nth, fault);
        tracked = error ? await perform(scenario, operation, kept) : result;
        expect(await view()).toEqual(expected);
        if (tracked === undefined) return;
        const [secret, wanted] =
          operation === "update" ? [rotated, changedBy(scenario)] : [canary, declaredBy(scenario)];
        const run = runOf(scenario, secret);
        expect(await refresh(run, tracked)).toEqual(tracked);
        expect(await hasChanges(run, wanted, tracked)).toBe(false);
      };

      /** The user thinks better of it after the failure: what was not declared before is gone again. */
      const takeBack = async (nth: number, fault: string) => {
        const { error, kept } = await fail(nth, fault);
        if (error === undefined) return;
        if (operation === "create") {
          if (kept) await clear(scenario, kept);
          expect(await view()).toEqual(empty);
          tracked = await declare(scenario);
        } else {
          tracked = await declare(scenario, kept);
          expect(await view()).toEqual(before);
          expect(await read(scenario, tracked)).toEqual(tracked);
        }
      };

      for (const [index, message] of messages.entries()) {
        const place = placeOf(index + 1, messages.length);
        for (const [fault] of Object.entries(faults).filter(([, { at }]) => at(message, place))) {
          // Before the last answer is due, no fault is worse than another.
          const isTakenBack =
            scenario.undo === undefined &&
            (operation === "create" || operation === "update") &&
            (place === "end" || fault.includes("lost"));
          for (const way of isTakenBack ? [finish, takeBack] : [finish]) {
            cells += 1;
            await way(index + 1, fault).catch((error: unknown) => {
              const text = message.replace(/[^\x20-\x7e]+/g, " ").slice(0, 60);
              throw new Error(`"${text}" ${fault} (${way.name}): ${(error as Error).message}`);
            });
          }
        }
      }
      if (tracked !== undefined) await clear(scenario, tracked);
      expect(await view()).toEqual(empty);
    },
  );
});

test("no secret was in any error", () => {
  expect(printed.length).toBeGreaterThan(100);
  for (const secret of [
    canary,
    rotated,
    fingerprintKey,
    new URL(databaseUrl).password,
    "postgres://",
  ]) {
    expect(printed.filter((text) => text.includes(secret))).toEqual([]);
  }
  process.stderr.write(`${cells} faults were survived, ${printed.length} of them as an error.\n`);
});
