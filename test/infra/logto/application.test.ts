import { leftBy, type Tracked } from "../../support/engine";
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

  test("an application that is gone is found by a refresh; an update without one makes it again, and says so", async () => {
    await logto.send("DELETE", `/api/applications/${tracked.id}`);
    expect(await logto.refresh(resource, tracked)).toBeUndefined();
    const again = await logto.up(resource, { ...inputs, name: "Changed" }, tracked);
    const seen = (await logto.refresh(resource, again)) as Tracked;
    const [deleted, renamed] = logto.warnings.slice(-2);
    expect(deleted).toContain(
      `deleted the application "Changed" (${tracked.id}); this run makes it again`,
    );
    expect(renamed).toContain(`The new id of the application "Changed" is ${seen.id}: `);
    expect(seen.id).not.toBe(tracked.id);
    expect(await live(seen)).toMatchObject({ name: "Changed" });
    expect(seen.state["clientSecret"]).toBe((await secretsOf(seen))[0]?.value);
    await logto.destroy(resource, again);
    expect(await logto.refresh(resource, seen)).toBeUndefined();
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
    ". If that stack is another clone's, give this one another name: the destroy of either deletes it.";
  await logto.up(resource, { ...inputs, managedBy, customData: { team: "canary" } });
  expect(logto.warnings.slice(-2)).toEqual([
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
    /^the application "Bookstore" is not made: Logto has the mark of urn:doubled 2 times \(\w+, \w+\): delete those that are not used in Logto's console, or say with adoptId which one is the application "Bookstore"$/,
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

test("the secret that Logto makes goes with the last of the others, where none is declared any more", async () => {
  const by = { ...inputs, name: "Not there yet", adopt: "ifPresent", managedBy: "urn:if-present" };
  let tracked = await logto.up(resource, { ...by, secrets: [{ name: "ours" }] });
  const names = async () => (await secretsOf(tracked)).map(({ name }) => name);
  expect(await names()).toEqual(["ours"]);
  tracked = await logto.up(resource, by, tracked);
  expect(await names()).toEqual(["Default secret"]);
  expect(await logto.refresh(resource, tracked)).toEqual(tracked);
  expect(await logto.hasChanges(resource, by, tracked)).toBe(false);
  await logto.send("DELETE", `/api/applications/${tracked.id}/secrets/Default%20secret`);
  const drifted = (await logto.refresh(resource, tracked)) as Tracked;
  tracked = await logto.up(resource, by, drifted);
  expect(await names()).toEqual(["Default secret"]);
  await logto.destroy(resource, tracked);
});

test("access control is switched on after the create, which does not take it", async () => {
  const wanted = { ...inputs, managedBy: "urn:control", appLevelAccessControlEnabled: true };
  // Logto refuses it without rules for it, which is seen to be the change and not the create.
  const refusal: unknown = await logto.up(resource, wanted).catch((error: unknown) => error);
  expect((refusal as Error).message).toContain("Could not update the application");
  await logto.destroy(resource, leftBy(refusal) as Tracked);
});

test("empty values in data of one's own are values, and are kept as they are declared", async () => {
  const data = { text: "", list: [], object: {}, deep: { list: [] } };
  const empty = { ...inputs, managedBy: "urn:empty", customData: { kept: true } };
  let tracked = await logto.up(resource, empty);
  const wanted = { ...empty, customData: { kept: true, ...data } };
  tracked = await logto.up(resource, wanted, tracked);
  expect((await live(tracked))["customData"]).toMatchObject(data);
  const refreshed = (await logto.refresh(resource, tracked)) as Tracked;
  expect(await logto.hasChanges(resource, wanted, refreshed)).toBe(false);
  await logto.destroy(resource, tracked);
});

test("a secret that somebody made, and that is declared and then no longer, stays", async () => {
  const first = { name: "Default secret" };
  const by = { ...inputs, managedBy: "urn:by-hand" };
  let tracked = await logto.up(resource, { ...by, secrets: [first] });
  await logto.send("POST", `/api/applications/${tracked.id}/secrets`, { name: "by hand" });
  tracked = await logto.up(resource, { ...by, secrets: [first, { name: "by hand" }] }, tracked);
  tracked = await logto.up(resource, { ...by, secrets: [first] }, tracked);
  expect((await secretsOf(tracked)).map(({ name }) => name)).toContain("by hand");
  await logto.destroy(resource, tracked);
});

test("an existing secret that expires at another time than declared is named, and nothing is written", async () => {
  const by = { ...inputs, managedBy: "urn:expiry" };
  const tracked = await logto.up(resource, { ...by, secrets: [{ name: "first" }] });
  const path = `/api/applications/${tracked.id}/secrets`;
  await logto.send("POST", path, { name: "old", expiresAt: Date.parse("2031-01-01") });
  const wanted = (expiresAt: string) => ({
    ...by,
    name: "Another",
    secrets: [{ name: "first" }, { name: "old", expiresAt }],
  });
  const writes = await logto.writesDuring(() =>
    expect(logto.up(resource, wanted("2030-01-01T00:00:00Z"), tracked)).rejects.toThrow(
      'the application "Another": Logto cannot change when "old" expires; add a secret of another name and remove this one later',
    ),
  );
  expect(writes).toEqual([]);
  const same = await logto.up(resource, wanted("2031-01-01T01:00:00+01:00"), tracked);
  expect((await live(same))["name"]).toBe("Another");
  await logto.destroy(resource, same);
});

test.each([
  [{ secrets: [{ name: "first" }, { name: ".." }] }, "secrets[1].name"],
  [{ secrets: [{ name: "." }] }, "secrets[0].name"],
  [{ adoptId: ".." }, "adoptId"],
])("%j is refused, as it would reach another object", async (change, place) => {
  const { failures } = await evaluateProvider(resource).check({}, { ...inputs, ...change });
  expect(failures).toHaveLength(1);
  expect(failures?.[0]?.reason).toContain(`${place}: expected `);
});

test("a secret of such a name that somebody made is never asked for", async () => {
  const by = { ...inputs, managedBy: "urn:dots" };
  const tracked = await logto.up(resource, by);
  await logto.send("POST", `/api/applications/${tracked.id}/secrets`, { name: ".." });
  const state = { ...tracked.state, children: { secrets: { made: [".."], original: {} } } };
  await expect(
    logto.up(resource, { ...by, name: "Another" }, { ...tracked, state }),
  ).rejects.toThrow('".." cannot be part of an address in Logto');
  expect(await live(tracked)).toMatchObject({ type: "Traditional" });
  await logto.destroy(resource, tracked);
});

test("a name of several lines is on one line of a message", async () => {
  const wanted = { ...inputs, name: 'Book\n"store"', adopt: "required", managedBy: "urn:lines" };
  await expect(logto.up(resource, wanted)).rejects.toThrow(
    /^adopt: Logto has no application with the name "Book\\n\\"store\\"" and the type "Traditional" to adopt/,
  );
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

  test("gets nothing of Logto's defaults when it is put back, as it was without", async () => {
    const native = { name: "Old name", type: "Native" };
    const { id } = await logto.send("POST", "/api/applications", native);
    const before = await logto.get(`/api/applications/${id as string}`);
    const customClientMetadata = { isDeviceFlow: false, idTokenTtl: 60 };
    const wanted = { ...native, managedBy: "urn:native", customClientMetadata };
    await logto.destroy(resource, await logto.up(resource, { ...wanted, adoptId: id }));
    expect(await logto.get(`/api/applications/${id as string}`)).toEqual(before);
    await logto.send("DELETE", `/api/applications/${id as string}`);
  });

  test("is gone on with, and said so, if an earlier run of the resource marked it and its state is lost", async () => {
    await logto.up(resource, { ...inputs, adoptId: theirs });
    logto.warnings.length = 0;
    const again = await logto.up(resource, { ...inputs, adoptId: theirs });
    expect(logto.warnings).toEqual([
      expect.stringContaining(
        `Goes on with the application "Bookstore" (${theirs}), which is there and in no state`,
      ),
    ]);
    await logto.destroy(resource, again);
  });

  test("is left alone by an adoption that declares what it is, and gets the mark with the first change", async () => {
    const before = await logto.get(`/api/applications/${theirs}`);
    const as = {
      ...{ name: "Old name", type: "Traditional", adoptId: theirs },
      managedBy: inputs.managedBy,
    };
    let tracked = { id: theirs, state: {} };
    const adopting = await logto.writesDuring(async () => {
      tracked = await logto.up(resource, { ...as, description: "Clicked together" });
    });
    expect(adopting).toEqual([]);
    const changing = await logto.writesDuring(async () => {
      tracked = await logto.up(resource, { ...as, description: "Declared" }, tracked);
    });
    expect(changing).toEqual([`PATCH /api/applications/${theirs}`]);
    const { customData } = await live(tracked);
    expect(customData).toMatchObject({ owner: "them", "logto-stack": { urn: inputs.managedBy } });
    await logto.destroy(resource, tracked);
    expect(await logto.get(`/api/applications/${theirs}`)).toEqual(before);
  });

  test("is put back with all that runs made that were killed before they wrote their state", async () => {
    const before = await logto.get(`/api/applications/${theirs}`);
    const secrets = await secretsOf({ id: theirs, state: {} });
    const by = { ...inputs, adoptId: theirs };
    const tracked = await logto.up(resource, by);
    // Of these two no state is kept.
    await logto.up(resource, { ...by, description: "1", secrets: [{ name: "one" }] }, tracked);
    await logto.up(resource, { ...by, description: "2", secrets: [{ name: "two" }] }, tracked);
    expect((await secretsOf(tracked)).map(({ name }) => name).sort()).toEqual([
      "Default secret",
      "two",
    ]);
    await logto.destroy(resource, tracked);
    expect(await logto.get(`/api/applications/${theirs}`)).toEqual(before);
    expect(await secretsOf(tracked)).toEqual(secrets);
  });

  test("is put back if the run that adopted it was killed, and another stack's mark with it", async () => {
    const mark = { urn: "urn:pulumi:theirs", secrets: ["theirs"] };
    await logto.send("PATCH", `/api/applications/${theirs}`, {
      customData: { owner: "them", "logto-stack": mark },
    });
    const before = await logto.get(`/api/applications/${theirs}`);
    const by = { ...inputs, adopt: "ifPresent", name: "Old name" };
    await logto.up(resource, { ...by, secrets: [{ name: "ours" }] });
    // The next run declares another name, and finds it by the mark.
    const tracked = await logto.up(resource, { ...by, name: "New name" });
    expect(tracked.id).toBe(theirs);
    await logto.destroy(resource, tracked);
    expect(await logto.get(`/api/applications/${theirs}`)).toEqual(before);
  });

  test("is put back by a state of when it was adopted by the input adoptByName", async () => {
    const before = await logto.get(`/api/applications/${theirs}`);
    const wanted = { ...inputs, name: "Old name", adopt: "ifPresent", secrets: [{ name: "ours" }] };
    const { state } = await logto.up(resource, wanted);
    const { adopt: _, children: __, ...rest } = state;
    const former = { ...rest, adoptByName: true, ownedSecrets: ["ours"] };
    const seen = (await logto.refresh(resource, { id: theirs, state: former })) as Tracked;
    const writes = await logto.writesDuring(() => logto.up(resource, wanted, seen));
    expect(writes).toEqual([]);
    expect((await logto.up(resource, wanted, seen)).state).toEqual(state);
    // The mark knows of the secret as well: what the state says has to do alone.
    await logto.send("PATCH", `/api/applications/${theirs}`, { customData: { owner: "them" } });
    await logto.destroy(resource, { id: theirs, state: former });
    expect(await secretsOf(seen)).toHaveLength(1);
    expect(await logto.get(`/api/applications/${theirs}`)).toEqual(before);
  });

  test("is adopted by its name where that is asked for, and only where there is one", async () => {
    const byName = { ...inputs, name: "Old name", adopt: "ifPresent" };
    expect((await logto.up(resource, byName)).id).toBe(theirs);
    const { id: second } = await logto.send("POST", "/api/applications", {
      name: "Old name",
      type: "Traditional",
    });
    const another = { ...byName, managedBy: "urn:another" };
    await expect(logto.up(resource, another)).rejects.toThrow(
      new RegExp(
        `Logto has the name "Old name" and the type "Traditional" 2 times \\((${theirs}, ${second as string}|${second as string}, ${theirs})\\)`,
      ),
    );
    await logto.send("DELETE", `/api/applications/${second as string}`);
    const other = await logto.up(resource, { ...byName, type: "SPA", managedBy: "urn:type" });
    expect(other.id).not.toBe(theirs);
    await logto.destroy(resource, other);
  });

  test("is not adopted as what it is not", async () => {
    await expect(logto.up(resource, { ...inputs, adoptId: "nowhere" })).rejects.toThrow(
      'adoptId: Logto has no application of the id nowhere to adopt as the application "Bookstore"',
    );
    await expect(logto.up(resource, { ...inputs, type: "SPA", adoptId: theirs })).rejects.toThrow(
      `adoptId: the application ${theirs} cannot become the application "Bookstore", as Logto cannot change its type`,
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
  expect(diff).toEqual({ changes: true, replaces, deleteBeforeReplace: true });
});
