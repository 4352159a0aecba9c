import { withDatabase, parseDatabaseUrl } from "../../../../infra/server/database/database";
import { administer, createSeededDatabase } from "../../../support/database";
import { evaluateProvider } from "../../../support/provider";

interface State {
  databaseUrl: string;
  image: string;
  alteration: string;
  stack: string;
}

const provider = evaluateProvider<State, State & { checkedAt: string }>(
  "logto-server:UpgradeCheck",
);

let databaseUrl: string;
let deployed: number;
beforeAll(async () => {
  databaseUrl = await createSeededDatabase();
  deployed = await withDatabase(parseDatabaseUrl(databaseUrl), async (client) => {
    const { rows } = await client.query<{ value: { timestamp: number } }>(
      "select value from systems where key = 'alterationState'",
    );
    return rows[0]?.value.timestamp ?? 0;
  });
});

const release = (name: string, alteration: string, url = databaseUrl): State => ({
  databaseUrl: url,
  image: `svhd/logto:${name}`,
  alteration,
  stack: "dev",
});
const same = () => release("1.43.0", `1.43.0-${deployed}-add-a-table.js`);
const newer = () => release("1.44.0", `1.44.0-${deployed + 1}.5-add-another.js`);
const older = () => release("1.42.0", `1.42.0-${deployed - 1}-add-a-column.js`);
const check = async (state: State) => (await provider.create(state)).outs;
const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

test("the release of the database and a newer one pass, and it is told when", async () => {
  for (const state of [same(), newer()]) {
    expect(Date.parse((await check(state)).checkedAt)).toBeGreaterThan(Date.now() - 60_000);
  }
});

test("an older one is refused, with both releases and what to do", async () => {
  const past = await check(same());
  expect(await messageOf(provider.update("", past, older()))).toBe(
    `svhd/logto:1.42.0 is older than the database, and a downgrade would break it: the newest alteration of the image is that of release 1.42.0 (${deployed - 1}), and the database is at that of release 1.43.0 (${deployed}). Nothing was changed, and Logto runs on as it was. Name an image that is not older in logto-stack:docker.logtoImage, or restore a backup of before the upgrade, which npm run restore -- dev lists, and run npm run up -- dev again.`,
  );
  expect(await messageOf(check(older()))).toContain(`and the database is at ${deployed}.`);
});

test("what is no release is refused on the database of one, and not on its own", async () => {
  const next = (time: number) => release("edge", `next-${time}-add-a-table.js`);
  expect(await messageOf(check(next(deployed + 1)))).toMatch(
    /^svhd\/logto:edge is no release: its newest alteration \(next-.+\.js\) may change/,
  );
  expect(await messageOf(check(next(deployed)))).toBe("no error");
});

test("an empty database passes, one that is gone is an error that names the backups", async () => {
  const { database, user } = parseDatabaseUrl(databaseUrl);
  const empty = `${database}_empty`;
  await administer((client) => client.query(`create database ${empty} owner ${user}`));
  const at = (name: string) => databaseUrl.replace(`/${database}`, `/${name}`);
  const [fresh, gone] = [at(empty), at("gone")].map((url) => ({ ...older(), databaseUrl: url }));
  expect(await messageOf(check(fresh as State))).toBe("no error");
  expect(await messageOf(check(gone as State))).toBe(
    "The database gone is gone, and Logto's data with it: npm run restore -- dev lists the backups and puts one in its place; then run npm run up -- dev. If there is none, the server is lost: npm run pulumi -- state delete --all --force --yes --stack dev forgets it; remove its containers, its network and its volumes from the Docker Engine, and npm run up -- dev makes a new one.",
  );
});

test("a database that was put back to before the release is a change, without one of the inputs", async () => {
  const past = { ...same(), checkedAt: "" };
  expect((await provider.diff("", past, same())).changes).toBe(false);
  const putBack = { ...newer(), checkedAt: "" };
  expect((await provider.diff("", putBack, newer())).changes).toBe(true);
});

test("a database that does not answer is no change, and an error when it is needed", async () => {
  const url = new URL(databaseUrl);
  url.port = "1";
  const state = { ...same(), databaseUrl: url.href };
  expect((await provider.diff("", { ...state, checkedAt: "" }, state)).changes).toBe(false);
  expect(await messageOf(check(state))).toMatch(/^The database .+ failed: .*ECONNREFUSED/);
});

test("a name that tells no alteration is an error that says what is expected", async () => {
  expect(await messageOf(check({ ...same(), alteration: "npm ERR!" }))).toContain(
    'cannot be told from "npm ERR!": expected a name such as',
  );
});
