import { leftBy, type Tracked } from "../../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../../support/logto";

/**
 * What somebody else changes between two runs in a place that is declared: the next run that writes there says so,
 * by the place and without its value.
 */

const canary = "SG.canaryForeign4711";

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

/** What a test has been told. */
let told: string[];
beforeEach(() => {
  told = logto.warnings;
  told.length = 0;
});
afterEach(() => expect(told.join("\n")).not.toContain("canary"));

const changed = (what: string) =>
  `Since the last up somebody else, or a run that was interrupted, changed ${what}; this run writes over that. Such a change shows beforehand with npm run review -- STACK --drift, or npm run up -- STACK --refresh.`;
const deleted = (what: string) =>
  `Since the last up somebody else, or a run that was interrupted, deleted ${what}; this run makes it again. Such a change shows beforehand with npm run review -- STACK --drift, or npm run up -- STACK --refresh.`;

describe("an application", () => {
  const resource = "logto:Application";
  const inputs = {
    name: "Bookstore",
    type: "Traditional",
    description: "Sells books",
    oidcClientMetadata: { redirectUris: ["https://a.example/", "https://b.example/"] },
    customData: { team: "books", round: { number: 1 } },
    secrets: [{ name: "2026" }, { name: "2027" }],
    managedBy: "urn:pulumi:test::logto-stack::logto:Application::bookstore",
  };
  let tracked: Tracked;
  beforeEach(async () => {
    tracked = await logto.up(resource, inputs);
  });
  afterEach(() => logto.destroy(resource, tracked));
  const edit = async (body: object) => {
    const { customData } = await logto.get(`/api/applications/${tracked.id}`);
    const data = { ...(customData as object), ...(body as { customData?: object }).customData };
    await logto.send("PATCH", `/api/applications/${tracked.id}`, { ...body, customData: data });
  };

  test("names each declared place that is written over, at every depth, and a secret that is made again", async () => {
    await edit({
      description: "canary",
      oidcClientMetadata: {
        redirectUris: ["https://a.example/", "https://canary.example/"],
        postLogoutRedirectUris: [],
      },
      customData: { round: { number: 4711, canary: true } },
    });
    await logto.sandbox.request("DELETE", `/api/applications/${tracked.id}/secrets/2026`);
    tracked = await logto.up(resource, { ...inputs, name: "Books" }, tracked);
    expect(told).toEqual([
      changed(
        'the application "Books" in description, oidcClientMetadata.redirectUris[1], customData.round.number, secrets.2026',
      ),
    ]);
    tracked = await logto.up(resource, inputs, tracked);
    expect(told).toHaveLength(1);
  });

  test("says nothing of neighbours, nor of what somebody else changed to what is declared now", async () => {
    await edit({ description: "Sells old books", customData: { canary: 1 } });
    await logto.sandbox.request("DELETE", `/api/applications/${tracked.id}/secrets/2026`);
    const wanted = { ...inputs, description: "Sells old books", secrets: [{ name: "2027" }] };
    tracked = await logto.up(resource, wanted, tracked);
    expect(told).toEqual([]);
  });

  test("says nothing of what counts as the same, as it is empty either way", async () => {
    tracked = await logto.up(resource, { ...inputs, description: "" }, tracked);
    await edit({ description: null });
    tracked = await logto.up(resource, { ...inputs, description: "Sells much" }, tracked);
    expect(told).toEqual([]);
  });

  test("says nothing of what a refresh has shown", async () => {
    await edit({ description: "canary" });
    tracked = (await logto.refresh(resource, tracked)) as Tracked;
    tracked = await logto.up(resource, inputs, tracked);
    expect(told).toEqual([]);
    expect(await logto.get(`/api/applications/${tracked.id}`)).toMatchObject({
      description: "Sells books",
    });
  });

  test("names a place that is declared no more, as it goes back", async () => {
    await edit({ description: "canary" });
    const { description: _, ...rest } = inputs;
    tracked = await logto.up(resource, rest, tracked);
    expect(told).toEqual([changed('the application "Bookstore" in description')]);
  });

  test("that was there before names them also when it is put back", async () => {
    const given = await logto.send("POST", "/api/applications", {
      name: "By hand",
      type: "SPA",
      description: "Before",
    });
    const { secrets: _, ...rest } = inputs;
    const adopting = { ...rest, type: "SPA", adoptId: given["id"], managedBy: "urn:adopted" };
    const adopted = await logto.up(resource, adopting);
    await logto.send("PATCH", `/api/applications/${adopted.id}`, { description: "canary" });
    await logto.destroy(resource, adopted);
    expect(told).toEqual([changed('the application "Bookstore" in description')]);
    expect(await logto.get(`/api/applications/${adopted.id}`)).toMatchObject({
      name: "By hand",
      description: "Before",
    });
    await logto.sandbox.request("DELETE", `/api/applications/${adopted.id}`);
  });
});

describe("a connector", () => {
  const resource = "logto:SendGridConnector";
  const templates = ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
    usageType,
    type: "text/plain",
    subject: "Your code",
    content: "{{code}}",
  }));
  const config = { apiKey: "SG.canaryOwn4711", fromEmail: "no-reply@bookstore.example", templates };
  const inputs = {
    factoryId: "sendgrid-email-service",
    connectorId: "bookstore-email",
    config,
    secretFields: ["apiKey"],
  };
  const renamed = { ...inputs, config: { ...config, fromName: "Books" } };
  const label = 'the connector "bookstore-email" (sendgrid-email-service)';
  const [register, ...others] = templates;
  const foreign = {
    ...config,
    apiKey: canary,
    templates: [{ ...register, subject: "canary" }, ...others],
  };

  test("names each declared place that is written over, its key among them", async () => {
    let tracked = await logto.up(resource, inputs);
    await logto.send("PATCH", "/api/connectors/bookstore-email", { config: foreign });
    tracked = await logto.up(resource, renamed, tracked);
    expect(told).toEqual([changed(`${label} in config.apiKey, config.templates[0].subject`)]);
    expect(await logto.get("/api/connectors/bookstore-email")).toMatchObject({
      config: renamed.config,
    });
    tracked = await logto.up(resource, inputs, tracked);
    expect(told).toHaveLength(1);
    await logto.destroy(resource, tracked);
  });

  test("says nothing of what a refresh has shown, of which a secret shows by its fingerprint", async () => {
    let tracked = await logto.up(resource, inputs);
    await logto.send("PATCH", "/api/connectors/bookstore-email", { config: foreign });
    tracked = (await logto.refresh(resource, tracked)) as Tracked;
    tracked = await logto.up(resource, inputs, tracked);
    expect(told).toEqual([]);
    expect(await logto.get("/api/connectors/bookstore-email")).toMatchObject({ config });

    // What came after the refresh was not seen.
    await logto.send("PATCH", "/api/connectors/bookstore-email", { config: foreign });
    tracked = (await logto.refresh(resource, tracked)) as Tracked;
    await logto.send("PATCH", "/api/connectors/bookstore-email", {
      config: { ...foreign, apiKey: `${canary}-2` },
    });
    tracked = await logto.up(resource, inputs, tracked);
    expect(told).toEqual([changed(`${label} in config.apiKey`)]);
    await logto.destroy(resource, tracked);
  });

  test("that somebody deleted is made again, and that is said", async () => {
    let tracked = await logto.up(resource, inputs);
    await logto.sandbox.request("DELETE", "/api/connectors/bookstore-email");
    tracked = await logto.up(resource, renamed, tracked);
    expect(told).toEqual([deleted(label)]);
    await logto.destroy(resource, tracked);
  });

  test("that was there before names them also when it is put back", async () => {
    const body = { id: "by-hand", connectorId: "sendgrid-email-service", config };
    await logto.send("POST", "/api/connectors", {
      ...body,
      config: { ...config, apiKey: "before" },
    });
    const tracked = await logto.up(resource, inputs);
    await logto.send("PATCH", "/api/connectors/by-hand", { config: foreign });
    await logto.destroy(resource, tracked);
    expect(told).toEqual([changed(`${label} in config.apiKey, config.templates[0].subject`)]);
    await logto.sandbox.request("DELETE", "/api/connectors/by-hand");
  });
});

describe("the sign-in experience", () => {
  const resource = "logto:SignInExperience";
  const inputs = { color: { primaryColor: "#0a7f5a" }, customCss: "a {}" };
  const foreign = { customCss: "canary", privacyPolicyUrl: "https://canary.example/" };

  test("names each declared place that is written over, in an update and when it is put back", async () => {
    let tracked = await logto.up(resource, inputs);
    await logto.send("PATCH", "/api/sign-in-exp", foreign);
    tracked = await logto.up(resource, { ...inputs, termsOfUseUrl: "https://a.example/" }, tracked);
    await logto.send("PATCH", "/api/sign-in-exp", foreign);
    await logto.destroy(resource, tracked);
    const message = changed("the sign-in experience in customCss");
    expect(told).toEqual([message, message]);
    await logto.send("PATCH", "/api/sign-in-exp", { privacyPolicyUrl: null });
  });

  test("says it also if the write fails, and nothing if a failed run left it unfinished", async () => {
    const tracked = await logto.up(resource, inputs);
    await logto.send("PATCH", "/api/sign-in-exp", foreign);
    const refused = logto.up(resource, { ...inputs, socialSignInConnectorTargets: ["x"] }, tracked);
    const unfinished = leftBy(await refused.catch((error: unknown) => error)) as Tracked;
    expect(told).toHaveLength(1);
    await logto.send("PATCH", "/api/sign-in-exp", foreign);
    const completed = await logto.up(resource, inputs, unfinished);
    expect(told).toHaveLength(1);
    expect(completed.state).not.toHaveProperty("isUnfinished");
    await logto.send("PATCH", "/api/sign-in-exp", foreign);
    await logto.destroy(resource, completed);
    expect(told).toHaveLength(2);
  });
});
