import type { Tracked } from "../../support/engine";
import { evaluateProvider } from "../../support/provider";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

const resource = "logto:Application";
const inputs = {
  name: "Bookstore",
  type: "Traditional",
  oidcClientMetadata: { redirectUris: ["http://localhost:3000/callback"] },
  customClientMetadata: { refreshTokenTtlInDays: 7 },
  customData: { team: "books" },
  managedBy: "urn:pulumi:test::logto-stack::logto:Application::bookstore",
};

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

const live = (tracked: Tracked) => logto.get(`/api/applications/${tracked.id}`);
const secretsOf = async (tracked: Tracked) =>
  (await logto.get(`/api/applications/${tracked.id}/secrets`)) as unknown as {
    name: string;
    value: string;
  }[];

describe("the life of an application", () => {
  let tracked: Tracked;

  test("it is created with what is declared, and its secret is an output", async () => {
    tracked = await logto.up(resource, inputs);
    expect(await live(tracked)).toMatchObject({
      name: "Bookstore",
      type: "Traditional",
      oidcClientMetadata: {
        redirectUris: ["http://localhost:3000/callback"],
        postLogoutRedirectUris: [],
      },
      customClientMetadata: { refreshTokenTtlInDays: 7 },
      customData: { team: "books", "logto-stack": { urn: inputs.managedBy } },
    });
    const [secret] = await secretsOf(tracked);
    expect(tracked.state["clientSecret"]).toBe(secret?.value);
    expect(tracked.state["secretValues"]).toEqual({ "Default secret": secret?.value });
  });

  test("doing it again changes nothing and writes nothing, with a refresh in between too", async () => {
    const writes = await logto.writesDuring(async () => {
      tracked = await logto.up(resource, inputs, tracked);
      tracked = (await logto.refresh(resource, tracked)) as Tracked;
      tracked = await logto.up(resource, inputs, tracked);
    });
    expect(writes).toEqual([]);
  });

  test("changing one input leaves its neighbours, which somebody else set, alone", async () => {
    await logto.send("PATCH", `/api/applications/${tracked.id}`, {
      oidcClientMetadata: {
        redirectUris: ["http://localhost:3000/callback"],
        postLogoutRedirectUris: ["http://console.example/"],
        logoUri: "https://console.example/logo.svg",
      },
      customClientMetadata: { refreshTokenTtlInDays: 7, idTokenTtl: 60 },
      customData: {
        team: "books",
        console: true,
        "logto-stack": { urn: inputs.managedBy },
      },
    });
    const wanted = {
      ...inputs,
      oidcClientMetadata: { redirectUris: ["https://bookstore.example/callback"] },
      customClientMetadata: { refreshTokenTtlInDays: 30 },
      customData: { team: "novels" },
    };
    const writes = await logto.writesDuring(async () => {
      tracked = await logto.up(resource, wanted, tracked);
    });
    expect(writes).toEqual([`PATCH /api/applications/${tracked.id}`]);
    expect(await live(tracked)).toMatchObject({
      oidcClientMetadata: {
        redirectUris: ["https://bookstore.example/callback"],
        postLogoutRedirectUris: ["http://console.example/"],
        logoUri: "https://console.example/logo.svg",
      },
      customClientMetadata: { refreshTokenTtlInDays: 30, idTokenTtl: 60 },
      customData: { team: "novels", console: true, "logto-stack": { urn: inputs.managedBy } },
    });
    tracked = await logto.up(resource, inputs, tracked);
  });

  test("drift of a declared input is found by a refresh and repaired; other drift is not ours", async () => {
    await logto.send("PATCH", `/api/applications/${tracked.id}`, {
      name: "Renamed in the console",
      description: "Somebody's",
    });
    const drifted = (await logto.refresh(resource, tracked)) as Tracked;
    expect(drifted.state).toEqual({ ...tracked.state, name: "Renamed in the console" });
    tracked = await logto.up(resource, inputs, drifted);
    expect(await live(tracked)).toMatchObject({ name: "Bookstore", description: "Somebody's" });
  });

  test("an input that is no longer declared goes back to Logto's default", async () => {
    tracked = await logto.up(resource, { ...inputs, description: "Flask" }, tracked);
    expect(await live(tracked)).toMatchObject({ description: "Flask" });
    const { customClientMetadata: _, ...rest } = inputs;
    tracked = await logto.up(resource, rest, tracked);
    expect(await live(tracked)).toMatchObject({
      description: null,
      customClientMetadata: { idTokenTtl: 60 },
    });
  });

  test("secrets are rotated by adding a second and then removing the first", async () => {
    const first = { name: "Default secret" };
    const second = { name: "2026-11", expiresAt: "2099-01-01T00:00:00.000Z" };
    const before = tracked.state["clientSecret"];
    tracked = await logto.up(resource, { ...inputs, secrets: [first, second] }, tracked);
    expect(tracked.state["clientSecret"]).toBe(before);
    tracked = await logto.up(resource, { ...inputs, secrets: [second] }, tracked);
    const [left, ...others] = await secretsOf(tracked);
    expect(others).toEqual([]);
    expect(left).toMatchObject({ name: "2026-11", expiresAt: Date.parse(second.expiresAt) });
    expect(tracked.state["clientSecret"]).toBe(left?.value);
    expect(tracked.state["clientSecret"]).not.toBe(before);
  });

  test("a secret that somebody deleted is found by a refresh and made again", async () => {
    const wanted = {
      ...inputs,
      secrets: [{ name: "2026-11", expiresAt: "2099-01-01T00:00:00.000Z" }],
    };
    await logto.send("DELETE", `/api/applications/${tracked.id}/secrets/2026-11`);
    await logto.send("POST", `/api/applications/${tracked.id}/secrets`, { name: "Somebody's" });
    const drifted = (await logto.refresh(resource, tracked)) as Tracked;
    expect(await logto.hasChanges(resource, wanted, drifted)).toBe(true);
    tracked = await logto.up(resource, wanted, drifted);
    expect((await secretsOf(tracked)).map(({ name }) => name).sort()).toEqual([
      "2026-11",
      "Somebody's",
    ]);
  });

  test("an application that is gone is found by a refresh; an update without one says what to do", async () => {
    await logto.send("DELETE", `/api/applications/${tracked.id}`);
    expect(await logto.refresh(resource, tracked)).toBeUndefined();
    await expect(logto.up(resource, { ...inputs, name: "Changed" }, tracked)).rejects.toThrow(
      `The application "Changed" (${tracked.id}) is gone: run npm run up -- --refresh to create it anew`,
    );
    await logto.destroy(resource, tracked);
  });
});

test("what an interrupted create left behind is found again and not doubled", async () => {
  const managedBy = "urn:interrupted";
  const lost = await logto.up(resource, { ...inputs, managedBy });
  const writes = await logto.writesDuring(async () => {
    const found = await logto.up(resource, { ...inputs, managedBy });
    expect(found).toEqual(lost);
  });
  expect(writes).toEqual([]);
  const took = `Goes on with the application "Bookstore" (${lost.id}), which is there and in no state of this clone: an earlier run of a stack of this name made it`;
  const advice =
    ". Where that stack is another clone's, give this one another name: the destroy of either deletes it.";
  await logto.up(resource, { ...inputs, managedBy, customData: { team: "canary" } });
  expect(logto.warnings).toEqual([
    `${took}${advice}`,
    `${took}, and this run writes over it in customData.team${advice}`,
  ]);
  await logto.destroy(resource, lost);
  expect((await logto.sandbox.request("GET", `/api/applications/${lost.id}`)).status).toBe(404);
});

test("of two that carry its mark none is taken, and none deleted", async () => {
  const managedBy = "urn:doubled";
  const body = { name: "Bookstore", customData: { "logto-stack": { urn: managedBy } } };
  const post = async () =>
    (await logto.send("POST", "/api/applications", { ...body, type: "Traditional" }))["id"];
  const ids = [await post(), await post()] as string[];
  const refusal: unknown = await logto
    .up(resource, { ...inputs, managedBy })
    .catch((error: unknown) => error);
  expect((refusal as Error).message).toMatch(
    /^2 applications carry the mark of "Bookstore" \(\w+, \w+\), and this stack's state holds none of them: delete those that nobody uses in Logto's console, and run it again$/,
  );
  for (const id of ids) {
    expect((refusal as Error).message).toContain(id);
    await logto.send("DELETE", `/api/applications/${id}`);
  }
});

test("an application of the same name that is not ours is left alone", async () => {
  const theirs = await logto.send("POST", "/api/applications", {
    name: "Bookstore",
    type: "Traditional",
  });
  const ours = await logto.up(resource, { ...inputs, managedBy: "urn:namesake" });
  expect(ours.id).not.toBe(theirs["id"]);
  await logto.destroy(resource, ours);
  expect(await logto.get(`/api/applications/${theirs["id"] as string}`)).toMatchObject({
    customData: {},
  });
  await logto.send("DELETE", `/api/applications/${theirs["id"] as string}`);
});

describe("an application that was there before", () => {
  let theirs: string;
  beforeEach(async () => {
    const { id } = await logto.send("POST", "/api/applications", {
      name: "Old name",
      type: "Traditional",
      description: "Clicked together",
      oidcClientMetadata: { redirectUris: ["http://old.example/"], postLogoutRedirectUris: [] },
      customData: { owner: "them" },
    });
    theirs = id as string;
  });
  afterEach(() => logto.send("DELETE", `/api/applications/${theirs}`));

  test("is adopted by its id, with its secret, and put back as it was", async () => {
    const before = await logto.get(`/api/applications/${theirs}`);
    const [secret] = await secretsOf({ id: theirs, state: {} });
    const tracked = await logto.up(resource, { ...inputs, adoptId: theirs });
    expect(tracked).toMatchObject({ id: theirs, state: { clientSecret: secret?.value } });
    expect(await live(tracked)).toMatchObject({
      name: "Bookstore",
      description: "Clicked together",
      customData: { owner: "them", team: "books" },
    });
    const wanted = {
      ...inputs,
      adoptId: theirs,
      description: "Declared",
      secrets: [{ name: "ours" }],
    };
    await logto.destroy(resource, await logto.up(resource, wanted, tracked));
    expect(await logto.get(`/api/applications/${theirs}`)).toEqual(before);
    expect(await secretsOf(tracked)).toEqual([secret]);
  });

  test("is adopted by its name where that is asked for, and only where there is one", async () => {
    const byName = { ...inputs, name: "Old name", adoptByName: true };
    expect((await logto.up(resource, byName)).id).toBe(theirs);
    const { id: second } = await logto.send("POST", "/api/applications", {
      name: "Old name",
      type: "Traditional",
    });
    await expect(logto.up(resource, byName)).rejects.toThrow(
      /^adoptByName: 2 applications of type Traditional are called "Old name"/,
    );
    await logto.send("DELETE", `/api/applications/${second as string}`);
  });

  test("is not adopted as what it is not", async () => {
    await expect(logto.up(resource, { ...inputs, adoptId: "nowhere" })).rejects.toThrow(
      'adoptId: Logto has no application nowhere to adopt as "Bookstore"',
    );
    await expect(logto.up(resource, { ...inputs, type: "SPA", adoptId: theirs })).rejects.toThrow(
      `adoptId: the application ${theirs} is of type Traditional, which Logto cannot change to SPA`,
    );
  });
});

test.each([
  [{ type: "SPA" }, ["type"]],
  [{ isThirdParty: true }, ["isThirdParty"]],
  [
    { type: "Native", customClientMetadata: { isDeviceFlow: true } },
    ["type", "customClientMetadata"],
  ],
  [{ isThirdParty: false, name: "Another" }, []],
])("%j replaces for %j", async (change, replaces) => {
  const provider = evaluateProvider<object, object>(resource);
  const diff = await provider.diff("id", { ...inputs, adopted: false }, { ...inputs, ...change });
  expect(diff).toEqual({ changes: true, replaces });
});
