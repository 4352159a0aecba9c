import type { Tracked } from "../../support/engine";
import { evaluateProvider } from "../../support/provider";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

const resource = "logto:SendGridConnector";
const apiKey = "SG.canary-one";
const templates = ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
  usageType,
  type: "text/plain",
  subject: `${usageType} subject`,
  content: `Your code is {{code}} (${usageType})`,
}));
const config = {
  apiKey,
  fromEmail: "no-reply@bookstore.example",
  fromName: "Bookstore",
  templates,
};
const inputs = {
  factoryId: "sendgrid-email-service",
  connectorId: "bookstore-email",
  config,
  secretFields: ["apiKey"],
};
const withConfig = (change: object) => ({ ...inputs, config: { ...config, ...change } });
const bySmtp = {
  connectorId: "simple-mail-transfer-protocol",
  config: {
    host: "mail.example",
    port: 587,
    auth: { type: "login", user: "books", pass: "canary" },
    fromEmail: "old@bookstore.example",
    templates: templates.map(({ type, ...template }) => ({ ...template, contentType: type })),
  },
};
const byEmail = {
  signUp: { identifiers: ["email"], password: false, verify: true },
  signIn: {
    methods: [
      { identifier: "email", password: false, verificationCode: true, isPasswordPrimary: false },
    ],
  },
};
const byUsername = {
  signUp: { identifiers: ["username"], password: true, verify: false },
  signIn: {
    methods: [
      { identifier: "username", password: true, verificationCode: false, isPasswordPrimary: true },
    ],
  },
};

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

const connectors = async () => (await logto.get("/api/connectors")) as unknown as { id: string }[];
const live = (tracked: Tracked) => logto.get(`/api/connectors/${tracked.id}`);

describe("the life of a SendGrid connector", () => {
  let tracked: Tracked;

  test("it is created under the id of our choice", async () => {
    tracked = await logto.up(resource, inputs);
    expect(tracked.id).toBe("bookstore-email");
    expect(await live(tracked)).toMatchObject({ connectorId: "sendgrid-email-service", config });
  });

  test("doing it again changes nothing and writes nothing, with a refresh in between too", async () => {
    const writes = await logto.writesDuring(async () => {
      tracked = await logto.up(resource, inputs, tracked);
      tracked = (await logto.refresh(resource, tracked)) as Tracked;
      tracked = await logto.up(
        resource,
        { ...inputs, config: { ...config, templates: [...templates].reverse() } },
        tracked,
      );
    });
    expect(writes).toEqual([]);
  });

  test("a changed template and a changed key are one PATCH each", async () => {
    for (const change of [
      { templates: [{ ...templates[0], subject: "Welcome" }, ...templates.slice(1)] },
      { apiKey: "SG.canary-two" },
    ]) {
      const before = tracked.state["secretFingerprints"];
      const writes = await logto.writesDuring(async () => {
        tracked = await logto.up(resource, withConfig(change), tracked);
      });
      expect(writes).toEqual(["PATCH /api/connectors/bookstore-email"]);
      expect(await live(tracked)).toMatchObject({ config: { ...config, ...change } });
      expect(tracked.state["secretFingerprints"] === before).toBe(false);
    }
    tracked = await logto.up(resource, inputs, tracked);
  });

  test("what is no longer declared is taken away", async () => {
    const { fromName: _, ...rest } = config;
    tracked = await logto.up(resource, { ...inputs, config: rest }, tracked);
    expect((await live(tracked))["config"]).toEqual(rest);
    tracked = await logto.up(resource, inputs, tracked);
  });

  test("a key that somebody else put there shows by its fingerprint, stays out of the state, and is set right", async () => {
    const foreign = "SG.canary-of-somebody-else";
    await logto.send("PATCH", "/api/connectors/bookstore-email", {
      config: { ...config, apiKey: foreign },
    });
    const drifted = (await logto.refresh(resource, tracked)) as Tracked;
    expect(JSON.stringify(drifted)).not.toContain(foreign);
    expect(drifted.state["secretFingerprints"]).not.toEqual(tracked.state["secretFingerprints"]);
    expect({ ...drifted.state, secretFingerprints: 0 }).toEqual({
      ...tracked.state,
      secretFingerprints: 0,
    });
    tracked = await logto.up(resource, inputs, drifted);
    expect(await live(tracked)).toMatchObject({ config: { apiKey } });
  });

  test("drift of a template is found in that template and repaired", async () => {
    const changed = [{ ...templates[0], content: "{{code}} by hand" }, ...templates.slice(1)];
    await logto.send("PATCH", "/api/connectors/bookstore-email", {
      config: { ...config, templates: changed },
    });
    const drifted = (await logto.refresh(resource, tracked)) as Tracked;
    expect(drifted.state["config"]).toEqual({ ...config, templates: changed });
    tracked = await logto.up(resource, inputs, drifted);
    expect(await live(tracked)).toMatchObject({ config });
  });

  test("templates that somebody put in another order are no change, whether a refresh, an update or a new clone finds them", async () => {
    const reversed = { ...config, templates: [...templates].reverse() };
    const reorder = () =>
      logto.send("PATCH", "/api/connectors/bookstore-email", { config: reversed });
    await reorder();
    expect(await logto.refresh(resource, tracked)).toEqual(tracked);
    logto.warnings.length = 0;
    tracked = await logto.up(resource, withConfig({ fromName: "Books" }), tracked);
    expect(logto.warnings).toEqual([]);
    tracked = await logto.up(resource, inputs, tracked);
    await reorder();
    const writes = await logto.writesDuring(() => logto.up(resource, inputs));
    expect(writes).toEqual([]);
  });

  test("a connector that is gone is made again under its id, without a refresh too", async () => {
    await logto.send("DELETE", "/api/connectors/bookstore-email");
    expect(await logto.refresh(resource, tracked)).toBeUndefined();
    tracked = await logto.up(resource, withConfig({ fromName: "Books" }), tracked);
    expect(await live(tracked)).toMatchObject({
      id: "bookstore-email",
      config: { fromName: "Books" },
    });
  });

  test("it is not deleted while the sign-in experience needs it", async () => {
    await logto.send("PATCH", "/api/sign-in-exp", byEmail);
    await expect(logto.destroy(resource, tracked)).rejects.toThrow(
      'The connector "bookstore-email" is not deleted: signUp, signIn of the sign-in experience still need it; change those first',
    );
    await logto.send("PATCH", "/api/sign-in-exp", byUsername);
    await logto.destroy(resource, tracked);
    expect(await connectors()).toEqual([]);
    await logto.destroy(resource, tracked);
  });
});

test("what an interrupted create left behind is found again by its id", async () => {
  logto.warnings.length = 0;
  await logto.up(resource, inputs);
  const writes = await logto.writesDuring(async () => {
    const tracked = await logto.up(resource, inputs);
    expect(tracked.state).not.toHaveProperty("adopted");
  });
  expect(writes).toEqual([]);
  expect(logto.warnings).toEqual([
    expect.stringMatching(
      /^Goes on with the connector "bookstore-email" \(sendgrid-email-service\), which is there/,
    ),
  ]);
  await logto.send("DELETE", "/api/connectors/bookstore-email");
});

test("one that somebody took the place of in the console takes it back without a refresh, and the other comes back when it goes", async () => {
  const tracked = await logto.up(resource, inputs);
  const byHand = {
    id: "by-hand",
    connectorId: "sendgrid-email-service",
    config: { ...config, apiKey: "SG.canary-by-hand", fromEmail: "hand@bookstore.example" },
  };
  await logto.send("POST", "/api/connectors", byHand);
  expect((await connectors()).map(({ id }) => id)).toEqual(["by-hand"]);
  const wanted = withConfig({ fromName: "Books" });
  logto.warnings.length = 0;
  const restored = await logto.up(resource, wanted, tracked);
  expect(logto.warnings).toEqual([
    'Since the last up somebody else, or a run that was interrupted, deleted the connector "bookstore-email" (sendgrid-email-service) and set up the connector "by-hand" (sendgrid-email-service); this run makes the first again, and the other comes back when that goes. Such a change shows beforehand with npm run review -- STACK --drift, or npm run up -- STACK --refresh.',
  ]);
  expect(await connectors()).toMatchObject([
    { id: "bookstore-email", config: { ...config, fromName: "Books" } },
  ]);
  expect(await logto.refresh(resource, restored)).toEqual(restored);
  await logto.destroy(resource, restored);
  expect(await connectors()).toMatchObject([byHand]);
  await logto.send("DELETE", "/api/connectors/by-hand");
});

test("one that somebody took the place of in the console is taken over if a refresh has shown it, and put back", async () => {
  const tracked = await logto.up(resource, inputs);
  const body = {
    id: "by-hand",
    connectorId: "sendgrid-email-service",
    config: { ...config, apiKey: "SG.canary-by-hand" },
  };
  const byHand = await logto.send("POST", "/api/connectors", body);
  expect(await logto.refresh(resource, tracked)).toBeUndefined();
  const adopted = await logto.up(resource, inputs);
  expect(await connectors()).toMatchObject([{ id: "by-hand", config }]);
  await logto.destroy(resource, adopted);
  expect(await connectors()).toMatchObject([body]);
  await logto.send("DELETE", `/api/connectors/${byHand["id"] as string}`);
});

test("a SendGrid connector that was there before is taken over in place and put back as it was", async () => {
  const { id } = await logto.send("POST", "/api/connectors", {
    connectorId: "sendgrid-email-service",
    config: {
      apiKey: "SG.canary-before",
      fromEmail: "old@bookstore.example",
      templates: templates.map((template) => ({ ...template, subject: "Old" })),
    },
  });
  const before = await logto.get(`/api/connectors/${id as string}`);
  const writes = await logto.writesDuring(async () => {
    const tracked = await logto.up(resource, inputs);
    expect(tracked.id).toBe(id);
    expect(await live(tracked)).toMatchObject({ config });
    await logto.destroy(
      resource,
      await logto.up(resource, withConfig({ fromName: "Books" }), tracked),
    );
  });
  expect(writes.every((line) => line.startsWith("PATCH "))).toBe(true);
  expect(await logto.get(`/api/connectors/${id as string}`)).toEqual(before);
  await logto.send("DELETE", `/api/connectors/${id as string}`);
});

test("an e-mail connector of another factory gives way, which preview and up say, and comes back", async () => {
  const other = { id: "by-smtp", ...bySmtp };
  await logto.send("POST", "/api/connectors", other);
  const warning = (id: string) =>
    `Logto has one connector that sends e-mail: the connector "${id}" (sendgrid-email-service) takes the place of the connector "by-smtp" (simple-mail-transfer-protocol), which somebody else set up; that one is put back when this one goes`;
  logto.warnings.length = 0;
  // A preview checks, and no more.
  const previewed = { ...inputs, connectorId: "previewed" };
  const provider = evaluateProvider(
    resource,
    Object.fromEntries(
      Object.entries(logto.stackConfiguration).map(([key, { value = "" }]) => [key, value]),
    ),
  );
  await provider.check({}, previewed);
  expect(logto.warnings).toEqual([warning("previewed")]);
  // Once for a run, and not of what is in the state.
  await provider.check({}, previewed);
  await provider.check(inputs, inputs);
  expect(logto.warnings).toHaveLength(1);
  const tracked = await logto.up(resource, inputs);
  expect(logto.warnings.slice(1)).toEqual([warning("bookstore-email")]);
  expect((await connectors()).map(({ id }) => id)).toEqual(["bookstore-email"]);
  await logto.destroy(resource, tracked);
  expect(await connectors()).toMatchObject([other]);
  await logto.send("DELETE", "/api/connectors/by-smtp");
});

describe("the connector that sends e-mail, when it is replaced", () => {
  const other = { id: "by-smtp", ...bySmtp };
  const { connectorId: factoryId, config: smtp } = bySmtp;
  const own = { factoryId, connectorId: "own-smtp", secretFields: ["auth.pass"], config: smtp };
  const ids = async () => (await connectors()).map(({ id }) => id);
  afterEach(async () => {
    await logto.send("PATCH", "/api/sign-in-exp", byUsername);
    for (const id of await ids()) await logto.send("DELETE", `/api/connectors/${id}`);
  });

  test("under another id stays in force, though the sign-in experience needs it, and nothing of it is left", async () => {
    let tracked = await logto.up(resource, inputs);
    await logto.send("PATCH", "/api/sign-in-exp", byEmail);
    logto.warnings.length = 0;
    tracked = await logto.up(resource, { ...inputs, connectorId: "renamed" }, tracked);
    expect(await ids()).toEqual(["renamed"]);
    expect(logto.warnings).toEqual([]);
    await logto.send("PATCH", "/api/sign-in-exp", byUsername);
    await logto.destroy(resource, tracked);
    expect(await ids()).toEqual([]);
  });

  test("by one of another factory, twice, gives back what was there before the first", async () => {
    await logto.send("POST", "/api/connectors", other);
    let tracked = await logto.up("logto:Connector", { ...inputs, connectorId: "first" });
    tracked = await logto.up("logto:Connector", own, tracked);
    expect(await ids()).toEqual(["own-smtp"]);
    tracked = await logto.up("logto:Connector", { ...inputs, connectorId: "third" }, tracked);
    expect(await ids()).toEqual(["third"]);
    await logto.destroy("logto:Connector", tracked);
    expect(await connectors()).toMatchObject([other]);
  });

  test("is put back as it was before it was taken over", async () => {
    await logto.send("POST", "/api/connectors", other);
    const adopted = { ...own, config: { ...smtp, fromEmail: "new@bookstore.example" } };
    let tracked = await logto.up("logto:Connector", adopted);
    expect(tracked.id).toBe("by-smtp");
    tracked = await logto.up("logto:Connector", inputs, tracked);
    expect(await ids()).toEqual(["bookstore-email"]);
    await logto.destroy("logto:Connector", tracked);
    expect(await connectors()).toMatchObject([other]);
  });
});

test("a factory that Logto does not have is named", async () => {
  const unknown = { factoryId: "pigeon-post", connectorId: "pigeons", config: { loft: "north" } };
  await expect(logto.up("logto:Connector", unknown)).rejects.toThrow(
    'factoryId: this Logto has no connector factory "pigeon-post"; GET /api/connector-factories lists those it has',
  );
});

describe("what adopt says", () => {
  const byHand = {
    id: "by-hand",
    connectorId: "sendgrid-email-service",
    config: { ...config, apiKey: "SG.canary-by-hand" },
  };
  const refusal = (label: string) =>
    `the connector "left-alone" (sendgrid-email-service) is not made: Logto would remove ${label}, which this stack did not make: declare adopt as "ifPresent", or leave it out, so that it is taken over or comes back later`;
  const remove = () => logto.sandbox.request("DELETE", "/api/connectors/by-hand");
  afterEach(remove);

  test("with never one that sends e-mail already is left alone, whatever its factory", async () => {
    const never = { ...inputs, connectorId: "left-alone", adopt: "never" };
    await logto.send("POST", "/api/connectors", { id: "by-hand", ...bySmtp });
    logto.warnings.length = 0;
    await expect(logto.up(resource, never)).rejects.toThrow(
      refusal('the connector "by-hand" (simple-mail-transfer-protocol)'),
    );
    // Nothing will give way, so a preview foretells nothing.
    expect(logto.warnings).toEqual([]);
    await remove();
    await logto.send("POST", "/api/connectors", byHand);
    await expect(logto.up(resource, never)).rejects.toThrow(
      refusal('the connector "by-hand" (sendgrid-email-service)'),
    );
    expect((await connectors()).map(({ id }) => id)).toEqual(["by-hand"]);
  });

  test("with required one of another factory does not give way", async () => {
    const required = { ...inputs, adopt: "required" };
    await expect(logto.up(resource, required)).rejects.toThrow(
      'adopt: Logto has no connector with the id "bookstore-email" to adopt',
    );
    // Nothing will give way, so a preview foretells nothing.
    await logto.send("POST", "/api/connectors", { id: "by-hand", ...bySmtp });
    logto.warnings.length = 0;
    await expect(logto.up(resource, { ...required, connectorId: "wanted" })).rejects.toThrow(
      'adopt: Logto has no connector with the id "wanted" to adopt',
    );
    expect(logto.warnings).toEqual([]);
    await remove();
    await logto.send("POST", "/api/connectors", byHand);
    const adopted = await logto.up(resource, required);
    expect(adopted).toMatchObject({ id: "by-hand", state: { adopted: true } });
    await logto.destroy(resource, adopted);
    expect(await connectors()).toMatchObject([byHand]);
  });
});

describe("a social connector", () => {
  const social = "logto:Connector";
  const github = {
    factoryId: "github-universal",
    connectorId: "github",
    config: { clientId: "books", clientSecret: "canary-secret" },
    secretFields: ["clientSecret"],
    syncProfile: true,
  };

  test("stands next to the one that sends e-mail, and goes back to Logto's default where nothing is declared", async () => {
    const email = await logto.up(resource, inputs);
    let tracked = await logto.up(social, github);
    expect((await connectors()).map(({ id }) => id)).toEqual(["bookstore-email", "github"]);
    const { syncProfile: _, ...rest } = github;
    tracked = await logto.up(social, rest, tracked);
    expect(await live(tracked)).toMatchObject({ syncProfile: false, config: github.config });
    await logto.destroy(social, tracked);
    await logto.destroy(resource, email);
    expect(await connectors()).toEqual([]);
  });

  test("of a standard gets another target as another connector, as Logto cannot change that", async () => {
    const standard = (target: string, more: object = {}) => ({
      ...{ factoryId: "oidc", connectorId: "library", config: {}, ...more },
      metadata: { target, name: { en: "Library" } },
    });
    const provider = evaluateProvider<object, object>(social);
    const diff = (wanted: object) => provider.diff("library", standard("library"), wanted);
    expect(await diff(standard("school"))).toMatchObject({ replaces: ["metadata"] });
    expect(await diff(standard("library", { syncProfile: true }))).toMatchObject({ replaces: [] });
    expect(await diff({ ...standard("library"), metadata: { target: "library" } })).toMatchObject({
      changes: true,
      replaces: [],
    });
  });

  test("is not made under the id of one of another factory", async () => {
    const tracked = await logto.up(social, github);
    await expect(logto.up(resource, { ...inputs, connectorId: "github" })).rejects.toThrow(
      'the connector "github" (sendgrid-email-service) is not made: Logto has the id "github" already (github) with another factoryId, which it cannot change: declare another connectorId',
    );
    await logto.destroy(social, tracked);
  });
});
