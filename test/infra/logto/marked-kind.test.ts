import { z } from "zod";
import { byMark } from "../../../infra/logto/mechanism/identity";
import { managementResource } from "../../../infra/logto/mechanism/management-resource";
import { refresh, type Run, type Tracked, up } from "../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

/** A kind of which nothing is unique, and which is found by a mark in its free data. */
const { provider } = managementResource({
  type: "logto:Application",
  noun: "test application",
  title: "name",
  path: "api/applications",
  createdStatus: 200,
  inputs: z.object({
    name: z.string(),
    type: z.enum(["SPA", "Native"]),
    description: z.string().optional(),
    customData: z.record(z.unknown()).optional(),
  }),
  identity: byMark("customData"),
  replaceOn: ["type"],
  whenUnset: { description: null, customData: {} },
  consequences: { deleted: "", replaced: "" },
});
const run = provider as unknown as Run;

let logto: LogtoForTests;
let tracked: Tracked;
beforeAll(async () => {
  logto = await startLogtoForTests();
}, 60_000);
beforeEach(() => {
  // Each test is a run of its own, which knows nothing of the one before.
  const settings = logto.stackConfiguration as Record<string, { value: string }>;
  const get = (key: string) => settings[key]?.value;
  run.configure?.({ config: { get, require: (key) => get(key) as string } });
});
afterAll(() => logto.stop());

const managedBy = "urn:pulumi:test::logto-stack::logto:Application::marked";
const declared = { name: "Marked", type: "SPA", managedBy, customData: { team: "books" } };
const live = () => logto.get(`/api/applications/${tracked.id}`);

test("the mark is made with the object, next to what is declared, and no refresh shows it", async () => {
  const writes = await logto.writesDuring(async () => {
    tracked = await up(run, declared);
  });
  // It comes with the create, or a run that is killed after that would not find the object again.
  expect(writes).toEqual(["POST /api/applications"]);
  expect(await live()).toMatchObject({
    customData: { team: "books", "logto-stack": { urn: managedBy } },
  });
  expect(await refresh(run, tracked)).toEqual(tracked);
});

test("by it an object that is in no state is found again, though somebody changed it", async () => {
  await logto.send("PATCH", `/api/applications/${tracked.id}`, { name: "By hand" });
  expect(await up(run, declared)).toEqual(tracked);
  expect(await live()).toMatchObject({ name: "Marked" });
});

test("the mark and what others put next to it stay when the data is no longer declared", async () => {
  const { customData } = await live();
  await logto.send("PATCH", `/api/applications/${tracked.id}`, {
    customData: { ...(customData as object), theirs: 1 },
  });
  const { customData: _, ...rest } = declared;
  tracked = await up(run, rest, tracked);
  expect((await live())["customData"]).toEqual({ "logto-stack": { urn: managedBy }, theirs: 1 });
});

test("another resource of the same name and type does not find it", async () => {
  const other = await up(run, { ...declared, managedBy: `${managedBy}-2` });
  expect(other.id).not.toBe(tracked.id);
  await run.delete(other.id, other.state);
  await run.delete(tracked.id, tracked.state);
});
