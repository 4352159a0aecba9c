import type { Tracked } from "../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

const resource = "infra/logto/sign-in-experience";
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

test("signUp and signIn go together, because Logto checks one against the other only then", async () => {
  const signUp = { identifiers: ["email"], password: true, verify: true };
  const refused = logto.up(resource, { signUp });
  await expect(refused).rejects.toThrow(
    /^Could not set the sign-in experience \(signUp\): PATCH .* answered 400 sign_in_experiences.enabled_connector_not_found: Enabled Email connector not found.$/,
  );
});

test("a social target that Logto drops in silence is an error that names it", async () => {
  await expect(logto.up(resource, { socialSignInConnectorTargets: ["google"] })).rejects.toThrow(
    "socialSignInConnectorTargets: Logto has no connector for google",
  );
});
