import { createSeededDatabase, query } from "../../../support/database";
import { evaluateProvider } from "../../../support/provider";

interface State {
  databaseUrl: string;
  databaseUrlFingerprint: string;
  signInMode: string;
}

let databaseUrl: string;
let inputs: State;

const provider = () =>
  evaluateProvider<State, State>("logto-server:ClosedConsole", {
    "logto:fingerprintKey": "fingerprintKeyOfTheTests",
  });

beforeEach(async () => {
  databaseUrl = await createSeededDatabase();
  inputs = (await provider().check({}, { databaseUrl })).inputs as State;
});

const modes = () =>
  query(
    databaseUrl,
    "select tenant_id as tenant, sign_in_mode as mode from sign_in_experiences order by tenant_id",
  );

const setMode = (mode: string) =>
  query(
    databaseUrl,
    "update sign_in_experiences set sign_in_mode = $1::sign_in_mode where tenant_id = 'admin'",
    [mode],
  );

test("the console of a new Logto, where everybody may register, is closed, and the users' pages stay", async () => {
  expect(await modes()).toEqual([
    { tenant: "admin", mode: "Register" },
    { tenant: "default", mode: "SignInAndRegister" },
  ]);
  const created = await provider().create(inputs);
  expect(created).toEqual({ id: "admin", outs: { ...inputs, signInMode: "SignIn" } });
  await provider().create(inputs);
  expect(await modes()).toEqual([
    { tenant: "admin", mode: "SignIn" },
    { tenant: "default", mode: "SignInAndRegister" },
  ]);
});

test("a console that somebody has opened is drift of one property, and an update closes it", async () => {
  await provider().create(inputs);
  await setMode("SignInAndRegister");
  const { inputs: live } = await provider().read("admin", inputs);
  expect(live).toEqual({ ...inputs, signInMode: "SignInAndRegister" });
  expect((await provider().diff("admin", live as State, inputs)).changes).toBe(true);
  await provider().update("admin", live as State, inputs);
  expect((await provider().read("admin", inputs)).inputs).toEqual(inputs);
  expect((await provider().diff("admin", inputs, inputs)).changes).toBe(false);
});

test("a deleted declaration leaves it closed, and needs no database", async () => {
  await provider().create(inputs);
  await provider().delete("admin", { ...inputs, databaseUrl: `${databaseUrl}_gone` });
  expect((await provider().read("admin", inputs)).inputs?.signInMode).toBe("SignIn");
});

test("a database without a console's sign-in experience is told, and reads as gone", async () => {
  await query(databaseUrl, "delete from sign_in_experiences where tenant_id = 'admin'");
  await expect(provider().create(inputs)).rejects.toThrow(
    /^Logto's database has no sign-in experience of its console, .*: it is not seeded\.$/,
  );
  expect(await provider().read("admin", inputs)).toEqual({ id: "" });
});

test("an unreachable database is named without its password", async () => {
  const failing = { ...inputs, databaseUrl: "postgres://logto:canary@127.0.0.1:1/logto" };
  await expect(provider().create(failing)).rejects.toThrow(
    /^The database logto at 127\.0\.0\.1:1 failed: connect ECONNREFUSED 127\.0\.0\.1:1 \(ECONNREFUSED\)$/,
  );
});
