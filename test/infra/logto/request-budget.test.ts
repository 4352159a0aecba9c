import { providerText } from "../../../infra/provider/dynamic-resource";
import { compareWithServer } from "../../../tools/review/drift";
import type { Tracked } from "../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

/**
 * What a run over many applications costs, counted in the server's own log. Each step is a run of its own,
 * as the engine starts a process for each and calls all at once.
 */
jest.setTimeout(120_000);

const resource = "logto:Application";
const count = 120;
/** Pages of a hundred hold those and the one of the credential. */
const pages = 2;
const declared = (number: number, type: string, description: string) => ({
  name: `Application ${number}`,
  type,
  description,
  managedBy: `urn:pulumi:test::logto-stack::logto:Application::${type}-${number}`,
});
const all = (type: string, description: string) =>
  Array.from({ length: count }, (_, index) => declared(index, type, description));

let logto: LogtoForTests;
let singlePages: Tracked[];
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

/** The requests that `work` makes, by what they are, with ids left out. */
async function requestsDuring(work: () => Promise<unknown>): Promise<Record<string, number>> {
  const before = (await logto.settledRequests()).length;
  await work();
  const counts: Record<string, number> = {};
  for (const line of (await logto.settledRequests()).slice(before)) {
    const kind = line.replace(/\/[\da-z]{21}(?=\/|$)/, "/ID");
    counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
}

test("creating them is a write each, and one look for what an earlier run left behind", async () => {
  const requests = await requestsDuring(async () => {
    singlePages = await logto.upAll(resource, all("SPA", "first"));
  });
  expect(requests).toEqual({ "GET /api/applications": 1, "POST /api/applications": count });
});

test("those with secrets take one request more each, as no list shows secrets", async () => {
  let traditional: Tracked[] = [];
  const created = await requestsDuring(async () => {
    traditional = await logto.upAll(resource, all("Traditional", "first"));
  });
  expect(created).toEqual({
    "GET /api/applications": pages,
    "POST /api/applications": count,
    "GET /api/applications/ID/secrets": count,
  });
  const destroyed = await requestsDuring(() => logto.destroyAll(resource, traditional));
  expect(destroyed).toEqual({ "DELETE /api/applications/ID": count });
});

test("doing it again asks nothing", async () => {
  const requests = await requestsDuring(() =>
    logto.upAll(resource, all("SPA", "first"), singlePages),
  );
  expect(requests).toEqual({});
});

test("a refresh takes the pages, and the first application alone", async () => {
  const requests = await requestsDuring(async () => {
    expect(await logto.refreshAll(resource, singlePages)).toEqual(singlePages);
  });
  expect(requests).toEqual({ "GET /api/applications": pages, "GET /api/applications/ID": 1 });
});

test("so does the drift check, which tells of the one that was renamed", async () => {
  const { id } = singlePages[70] as Tracked;
  await logto.send("PATCH", `/api/applications/${id}`, { name: "Renamed in the console" });
  const resources = singlePages.map((one) => ({
    urn: one.state["managedBy"],
    type: "pulumi-nodejs:dynamic/logto:Application",
    id: one.id,
    inputs: { ...one.state, __provider: providerText(resource) },
    outputs: one.state,
  }));
  const requests = await requestsDuring(async () => {
    const { refreshes } = await compareWithServer(
      { state: { deployment: { resources } }, configuration: logto.stackConfiguration },
      "test",
    );
    const names = refreshes.map(({ after }) => after?.["name"]);
    expect(names.filter((name) => name === "Renamed in the console")).toHaveLength(1);
    expect(names).toHaveLength(count);
  });
  expect(requests).toEqual({ "GET /api/applications": pages, "GET /api/applications/ID": 1 });
});

test("updating them is a write each over what the pages hold", async () => {
  const requests = await requestsDuring(async () => {
    singlePages = await logto.upAll(resource, all("SPA", "second"), singlePages);
  });
  expect(requests).toEqual({
    "GET /api/applications": expect.any(Number) as number,
    "GET /api/applications/ID": 1,
    "PATCH /api/applications/ID": count,
  });
  // Twice where the first updates were slow, as a change is merged over nothing old.
  expect(requests["GET /api/applications"]).toBeLessThanOrEqual(2 * pages);
  const live = (await logto.get("/api/applications")) as unknown as { description: string }[];
  expect(live.filter(({ description }) => description === "second")).toHaveLength(count);
});
