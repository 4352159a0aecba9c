import type { Tracked } from "../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { evaluateProvider } from "../../support/provider";
import { startScriptedServer } from "../../support/scripted-server";

const resource = "logto:SignInExperience";
const branding = {
  color: { primaryColor: "#0a7f5a" },
  languageInfo: { fallbackLanguage: "es" },
  termsOfUseUrl: "https://bookstore.example/terms",
  sentinelPolicy: { maxAttempts: 5 },
  customCss: "body { color: teal; }",
};

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

const live = () => logto.get("/api/sign-in-exp");

test("it is taken over field by field, changed, and put back to what it was", async () => {
  const seeded = await live();
  let tracked = await logto.up(resource, branding);
  expect(tracked.id).toBe("default");
  expect(await live()).toEqual({
    ...seeded,
    color: { ...(seeded["color"] as object), primaryColor: "#0a7f5a" },
    languageInfo: { autoDetect: true, fallbackLanguage: "es" },
    termsOfUseUrl: "https://bookstore.example/terms",
    sentinelPolicy: { maxAttempts: 5 },
    customCss: "body { color: teal; }",
  });

  // A field that is declared later is remembered as it was then, one that goes is put back at once.
  await logto.send("PATCH", "/api/sign-in-exp", { supportEmail: "console@bookstore.example" });
  const { termsOfUseUrl: _terms, color: _color, ...rest } = branding;
  const wanted = { ...rest, supportEmail: "help@bookstore.example" };
  tracked = await logto.up(resource, wanted, tracked);
  expect(await live()).toMatchObject({
    termsOfUseUrl: null,
    color: seeded["color"],
    supportEmail: "help@bookstore.example",
  });

  await logto.destroy(resource, tracked);
  expect(await live()).toEqual({ ...seeded, supportEmail: "console@bookstore.example" });
  await logto.send("PATCH", "/api/sign-in-exp", { supportEmail: null });
});

test("doing it again changes nothing and writes nothing, with a refresh in between too", async () => {
  let tracked = await logto.up(resource, branding);
  const writes = await logto.writesDuring(async () => {
    tracked = await logto.up(resource, branding, tracked);
    tracked = (await logto.refresh(resource, tracked)) as Tracked;
    tracked = await logto.up(resource, branding, tracked);
  });
  expect(writes).toEqual([]);
  await logto.destroy(resource, tracked);
});

test("drift of a declared field is found and repaired; other drift is not ours", async () => {
  let tracked = await logto.up(resource, branding);
  await logto.send("PATCH", "/api/sign-in-exp", {
    color: { primaryColor: "#ff0000", isDarkModeEnabled: true, darkPrimaryColor: "#8768F8" },
    privacyPolicyUrl: "https://console.example/privacy",
    customCss: null,
  });
  const drifted = (await logto.refresh(resource, tracked)) as Tracked;
  const { customCss: _, ...held } = branding;
  expect(drifted.state).toEqual({
    ...held,
    color: { primaryColor: "#ff0000" },
    original: tracked.state["original"],
  });
  tracked = await logto.up(resource, branding, drifted);
  expect(await live()).toMatchObject({
    color: { primaryColor: "#0a7f5a", isDarkModeEnabled: true },
    customCss: branding.customCss,
    privacyPolicyUrl: "https://console.example/privacy",
  });
  await logto.destroy(resource, tracked);
});

test("an empty list over none is a declaration: Logto's none means that all is allowed", async () => {
  const none = { forgotPasswordMethods: null, signUpProfileFields: null };
  await logto.send("PATCH", "/api/sign-in-exp", none);
  const empty = { forgotPasswordMethods: [], signUpProfileFields: [] };
  const tracked = await logto.up(resource, empty);
  expect(await live()).toMatchObject(empty);
  await logto.send("PATCH", "/api/sign-in-exp", { signUpProfileFields: null });
  const drifted = (await logto.refresh(resource, tracked)) as Tracked;
  expect(drifted.state).not.toHaveProperty("signUpProfileFields");
  await logto.destroy(resource, await logto.up(resource, empty, drifted));
  expect(await live()).toMatchObject(none);
});

describe("what Logto fills in next to a declared field", () => {
  const neighbours = {
    passwordPolicy: { length: { min: 10 } },
    mfa: { factors: ["Totp"], policy: "NoPrompt" },
  };

  test("is no neighbour of somebody else's: it goes with that field, and the whole is as it was", async () => {
    const seeded = await live();
    const tracked = await logto.up(resource, neighbours);
    expect(await live()).toMatchObject({ passwordPolicy: { length: { min: 10, max: 256 } } });
    await logto.destroy(resource, tracked);
    expect(await live()).toEqual(seeded);
  });

  test("stays while anything next to it is declared, and goes with the last of it", async () => {
    const seeded = await live();
    let tracked = await logto.up(resource, {
      passwordPolicy: { length: { min: 10 }, rejects: { pwned: true } },
    });
    tracked = await logto.up(resource, { passwordPolicy: { length: { min: 12 } } }, tracked);
    expect((await live())["passwordPolicy"]).toEqual({ length: { min: 12, max: 256 } });
    const writes = await logto.writesDuring(async () => {
      tracked = await logto.up(resource, { passwordPolicy: { length: { min: 12 } } }, tracked);
      tracked = (await logto.refresh(resource, tracked)) as Tracked;
    });
    expect(writes).toEqual([]);
    tracked = await logto.up(resource, { supportEmail: "help@bookstore.example" }, tracked);
    expect((await live())["passwordPolicy"]).toEqual(seeded["passwordPolicy"]);
    await logto.destroy(resource, tracked);
    expect(await live()).toEqual(seeded);
  });

  test("is not remembered as what was there before it was declared itself", async () => {
    const seeded = await live();
    let tracked = await logto.up(resource, { passwordPolicy: { length: { min: 10 } } });
    tracked = await logto.up(
      resource,
      { passwordPolicy: { length: { min: 10, max: 64 } } },
      tracked,
    );
    await logto.destroy(resource, tracked);
    expect(await live()).toEqual(seeded);
  });

  test("is left alone once somebody has changed it", async () => {
    const { passwordPolicy } = await live();
    const tracked = await logto.up(resource, { passwordPolicy: { length: { min: 10 } } });
    await logto.send("PATCH", "/api/sign-in-exp", {
      passwordPolicy: { length: { min: 10, max: 99 } },
    });
    await logto.destroy(resource, tracked);
    expect((await live())["passwordPolicy"]).toMatchObject({ length: { max: 99 } });
    await logto.send("PATCH", "/api/sign-in-exp", { passwordPolicy });
  });

  test("in another column is not filled in: turning MFA off leaves adaptive MFA as it is", async () => {
    const seeded = await live();
    const tracked = await logto.up(resource, { mfa: { factors: [], policy: "Mandatory" } });
    expect((await live())["adaptiveMfa"]).toEqual(seeded["adaptiveMfa"]);
    await logto.destroy(resource, tracked);
    expect(await live()).toEqual(seeded);
  });

  test("adaptive MFA that goes with MFA comes back with it", async () => {
    const { mfa, adaptiveMfa } = await live();
    await logto.send("PATCH", "/api/sign-in-exp", {
      mfa: { factors: ["Totp"], policy: "PromptOnlyAtSignInMandatory" },
      adaptiveMfa: { enabled: true },
    });
    const before = await live();
    const off = { mfa: { factors: [], policy: "NoPrompt" } };
    let tracked = await logto.up(resource, { ...off, supportEmail: "a@bookstore.example" });
    expect((await live())["adaptiveMfa"]).toEqual({ enabled: false });
    tracked = await logto.up(resource, { ...off, supportEmail: "b@bookstore.example" }, tracked);
    await logto.destroy(resource, tracked);
    expect(await live()).toEqual(before);
    await logto.send("PATCH", "/api/sign-in-exp", { mfa, adaptiveMfa });
  });

  test("passwords that expire stop to do so if it was not declared before", async () => {
    await logto.send("POST", "/api/connectors", {
      id: "sends-codes",
      connectorId: "sendgrid-email-service",
      config: {
        apiKey: "SG.x",
        fromEmail: "no-reply@bookstore.example",
        templates: ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
          usageType,
          type: "text/plain",
          subject: "s",
          content: "{{code}}",
        })),
      },
    });
    const tracked = await logto.up(resource, {
      passwordExpiration: { enabled: true, validPeriodDays: 90 },
      forgotPasswordMethods: ["EmailVerificationCode"],
    });
    expect((await live())["passwordExpiration"]).toMatchObject({ enabled: true });
    await logto.destroy(resource, tracked);
    expect((await live())["passwordExpiration"]).toEqual({ enabled: false });
    await logto.send("DELETE", "/api/connectors/sends-codes");
  });
});

test("signUp and signIn go together, because Logto checks one against the other only then", async () => {
  const signUp = { identifiers: ["email"], password: true, verify: true };
  const refused = logto.up(resource, { signUp });
  await expect(refused).rejects.toThrow(
    /^Could not set the sign-in experience \(signUp\): PATCH .* answered 400 sign_in_experiences.enabled_connector_not_found: Enabled Email connector not found.$/,
  );
});

test("one of the two is never sent alone, as Logto would not look at the other", async () => {
  const signUp = { identifiers: ["username"], password: true, verify: false };
  const signIn = { methods: [] };
  const path = "/api/sign-in-exp";
  const server = await startScriptedServer([
    { method: "GET", path, body: { id: "default", signIn, terms: "theirs" } },
    { method: "PATCH", path, body: { signUp, signIn } },
    { method: "POST", path: `${path}/default/check-password`, status: 404 },
  ]);
  const provider = evaluateProvider(resource, {
    "logto:endpoint": server.endpoint,
    "logto:clientSecret": "canary-secret",
  });
  await provider.create({ signUp });
  const patch = server.requests.find(({ line }) => line.startsWith("PATCH"));
  expect(JSON.parse(patch?.body ?? "")).toEqual({ signUp, signIn });
  await server.close();
});

test("a social target that Logto drops in silence is an error that names it", async () => {
  await expect(logto.up(resource, { socialSignInConnectorTargets: ["google"] })).rejects.toThrow(
    "socialSignInConnectorTargets: Logto has no connector for google",
  );
});
