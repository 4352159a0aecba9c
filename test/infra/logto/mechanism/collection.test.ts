import { z } from "zod";
import { type Collection, collection } from "../../../../infra/logto/mechanism/collection";
import { managementApi } from "../../../../infra/logto/management-api";
import {
  type Exchange,
  type ScriptedServer,
  startScriptedServer,
} from "../../../support/scripted-server";

/** Which requests a run's reads cost, against a server that foresees them one by one. */
interface Thing {
  id: string;
  colour: string;
}
const shape = z.object({ id: z.string(), colour: z.string() });
const thing = (number: number, colour = "green"): Thing => ({ id: `t${number}`, colour });
const things = (first: number, last: number, colour?: string) =>
  Array.from({ length: last - first + 1 }, (_, index) => thing(first + index, colour));

const alone = (body: Thing): Exchange => ({ method: "GET", path: `/api/things/${body.id}`, body });
const gone = (id: string): Exchange => ({
  ...{ method: "GET", path: `/api/things/${id}`, status: 404 },
  body: { code: "entity.not_found" },
});
const page = (number: number, body: Thing[], total?: number): Exchange => ({
  ...{ method: "GET", path: `/api/things?page=${number}&page_size=100` },
  ...(total !== undefined && { headers: { "Total-Number": String(total) } }),
  body,
});

let server: ScriptedServer;
afterEach(() => server.close());

async function start(
  exchanges: Exchange[],
  isPaged = true,
  listsByIds?: string,
): Promise<Collection<Thing>> {
  server = await startScriptedServer(exchanges);
  const api = managementApi({
    endpoint: server.endpoint,
    clientId: "infrastructure",
    clientSecret: "canarysecret",
    resource: "https://default.logto.app/api",
  });
  return collection(() => api, { path: "api/things", shape, isPaged, listsByIds });
}

const get = (seen: Collection<Thing>, id: string, longestAge?: number) =>
  seen.get(id, `the thing "${id}"`, longestAge);

test("one object is asked for alone, as the server may hold thousands of others", async () => {
  const seen = await start([alone(thing(1))]);
  expect(await get(seen, "t1")).toEqual(thing(1));
});

test("250 objects that are read at once take three pages and the first one alone", async () => {
  const seen = await start([
    { ...alone(thing(1)), atOnce: true },
    { ...page(1, things(1, 100)), atOnce: true },
    page(2, things(101, 200)),
    page(3, things(201, 250)),
  ]);
  const wanted = things(1, 250);
  expect(await Promise.all(wanted.map(({ id }) => get(seen, id)))).toEqual(wanted);
});

test("no more pages are read than objects", async () => {
  const seen = await start([
    alone(thing(7)),
    page(1, things(1001, 1100)),
    alone(thing(8)),
    page(2, things(1101, 1200)),
    alone(thing(9)),
  ]);
  for (const number of [7, 8, 9]) expect(await get(seen, `t${number}`)).toEqual(thing(number));
});

test("what the list does not show is asked for alone before it counts as gone", async () => {
  const seen = await start([alone(thing(1)), page(1, [thing(1)]), alone(thing(2)), gone("t3")]);
  await get(seen, "t1");
  // It moved from one page to another while they were read.
  expect(await get(seen, "t2")).toEqual(thing(2));
  expect(await get(seen, "t3")).toBeUndefined();
});

test("what this run writes is never answered from a page, even from one that was on its way", async () => {
  const seen = await start([
    alone(thing(1)),
    page(1, things(1, 3, "old")),
    alone(thing(2, "new")),
    alone(thing(3, "new")),
  ]);
  await get(seen, "t1");
  const reading = get(seen, "t2");
  seen.willWrite("t2");
  expect(await reading).toEqual(thing(2, "new"));
  seen.willWrite("t3");
  expect(await get(seen, "t3")).toEqual(thing(3, "new"));
  expect(await seen.all("the things")).toEqual([thing(1, "old")]);
});

test("what a change is merged over is read again when it is too old", async () => {
  const seen = await start([
    alone(thing(1)),
    page(1, things(1, 2, "old")),
    page(1, things(1, 2, "new")),
  ]);
  await get(seen, "t1");
  expect(await get(seen, "t2")).toEqual(thing(2, "old"));
  expect(await get(seen, "t2", -1)).toEqual(thing(2, "new"));
});

test("a new run asks again", async () => {
  const seen = await start([alone(thing(1)), page(1, things(1, 2, "old")), alone(thing(2, "new"))]);
  await get(seen, "t1");
  await get(seen, "t2");
  seen.forget();
  expect(await get(seen, "t2")).toEqual(thing(2, "new"));
});

test("all of them are listed once for all that ask, and again for those that must know of now", async () => {
  const seen = await start([
    page(1, things(1, 100)),
    page(2, things(101, 120)),
    page(1, things(1, 5)),
  ]);
  const [some, others] = await Promise.all([seen.all("the things"), seen.all("the things")]);
  expect(some).toEqual(things(1, 120));
  expect(others).toEqual(some);
  expect(await seen.allNow("the things")).toEqual(things(1, 5));
});

test("a page that failed is asked for again by the next read", async () => {
  const failed = { ...page(1, []), status: 500, body: { message: "Internal server error." } };
  const seen = await start([alone(thing(1)), failed, page(1, things(1, 2))]);
  await get(seen, "t1");
  await expect(get(seen, "t2")).rejects.toThrow('Could not look for the thing "t2"');
  expect(await get(seen, "t2")).toEqual(thing(2));
});

test("a kind without pages comes as a whole, however many there are", async () => {
  const list = { method: "GET", path: "/api/things", body: things(1, 150) };
  const seen = await start(
    [
      { ...alone(thing(1)), atOnce: true },
      { ...list, atOnce: true },
    ],
    false,
  );
  const wanted = things(1, 150);
  expect(await Promise.all(wanted.map(({ id }) => get(seen, id)))).toEqual(wanted);
});

test("a list without an order that repeats one object and skips another is read again, once for all that ask", async () => {
  const seen = await start([
    page(1, things(1, 100), 120),
    page(2, [thing(100), ...things(102, 120)], 120),
    page(1, things(1, 100), 120),
    page(2, things(101, 120), 120),
  ]);
  const [some, others] = await Promise.all([seen.all("the things"), seen.all("the things")]);
  expect(some).toEqual(things(1, 120));
  expect(others).toEqual(some);
});

test("a list whose pages never fit together counts as it was read the third time", async () => {
  const changing = [page(1, things(1, 100), 120), page(2, things(101, 119), 120)];
  const seen = await start([...changing, ...changing, ...changing]);
  expect(await seen.allNow("the things")).toEqual(things(1, 119));
});

test("the page that fills up what the server says there is, is the last", async () => {
  const seen = await start([page(1, things(1, 100), 200), page(2, things(101, 200), 200)]);
  expect(await seen.allNow("the things")).toEqual(things(1, 200));
});

const found = (query: string, body: Thing[]): Exchange => ({
  ...{ method: "GET", path: `/api/things?${query}&page=1&page_size=100` },
  body,
});
const byIds = (...ids: string[]) => `${ids.map((id) => `search.id=${id}`).join("&")}&mode.id=exact`;

test("a list that can be searched for ids gives those that are read at once in one request, and one alone in its own", async () => {
  const seen = await start(
    [
      found(byIds("t1", "t2", "t3"), [thing(3), thing(1), thing(2)]),
      alone(thing(1)),
      alone(thing(2)),
    ],
    true,
    "id",
  );
  const wanted = things(1, 3);
  expect(await Promise.all(wanted.map(({ id }) => get(seen, id)))).toEqual(wanted);
  // What was seen before is not kept: nobody else's page of thousands was read for it.
  expect(await get(seen, "t1")).toEqual(thing(1));
  expect(await get(seen, "t2")).toEqual(thing(2));
});

test("one that such an answer lacks is requested alone before it counts as gone", async () => {
  const seen = await start([found(byIds("t1", "t2"), [thing(2)]), gone("t1")], true, "id");
  expect(await Promise.all([get(seen, "t1"), get(seen, "t2")])).toEqual([undefined, thing(2)]);
});

test("no more ids are in one request than fit into its address", async () => {
  const ids = things(1, 51).map(({ id }) => id);
  const seen = await start(
    [found(byIds(...ids.slice(0, 50)), things(1, 50)), alone(thing(51))],
    true,
    "id",
  );
  expect(await Promise.all(ids.map((id) => get(seen, id)))).toEqual(things(1, 51));
});

test("a failure of such a request is that of all who wait for it, and the next ones try again", async () => {
  const failed = { ...found(byIds("t1", "t2"), []), status: 403, body: { code: "auth.forbidden" } };
  const seen = await start([failed, alone(thing(1))], true, "id");
  const answers = await Promise.allSettled([get(seen, "t1"), get(seen, "t2")]);
  expect(answers.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  expect(await get(seen, "t1")).toEqual(thing(1));
});

test("a query goes along with each page", async () => {
  const seen = await start([found("search.colour=green", [thing(1)])]);
  expect(await seen.matching("search.colour=green", "the green things")).toEqual([thing(1)]);
});
