import type { Tracked } from "../../support/engine";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

const resource = "logto:CaptchaProvider";
const google = {
  type: "RecaptchaEnterprise",
  siteKey: "site",
  secretKey: "canary-before",
  projectId: "before",
  domain: "www.recaptcha.net",
};
const byHand = {
  type: "RecaptchaEnterprise",
  siteKey: "hand",
  secretKey: "canary-hand",
  projectId: "hand",
  mode: "checkbox",
};
const cloudflare = { type: "Turnstile", siteKey: "own", secretKey: "canary-own" };
const adopting = { adopt: "ifPresent", config: cloudflare };

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());
afterEach(() => logto.sandbox.request("DELETE", "/api/captcha-provider"));

const live = async () => (await logto.get("/api/captcha-provider"))["config"];
const set = (config: object) => logto.send("PUT", "/api/captcha-provider", { config });

describe.each([
  ["with a refresh", true],
  ["without a refresh", false],
])("a service that somebody put in the place of an adopted one, %s", (_, isRefreshed) => {
  async function changedByHand(before: object): Promise<Tracked> {
    await set(before);
    const tracked = await logto.up(resource, adopting);
    await set(byHand);
    return isRefreshed ? ((await logto.refresh(resource, tracked)) as Tracked) : tracked;
  }

  test("gives way to the declared one, and the first comes back as it was", async () => {
    const tracked = await logto.up(
      resource,
      { ...adopting, config: { ...cloudflare, siteKey: "new" } },
      await changedByHand(google),
    );
    expect(await live()).toEqual({ ...cloudflare, siteKey: "new" });
    await logto.destroy(resource, tracked);
    // What a refresh has shown, and the first service has as well, is somebody's own choice.
    expect(await live()).toEqual({ ...google, ...(isRefreshed && { mode: byHand.mode }) });
  });

  test("gives way to the first at a destroy, which takes nothing of it along that it does not have", async () => {
    const first = { ...cloudflare, secretKey: "canary-first" };
    await logto.destroy(resource, await changedByHand(first));
    expect(await live()).toEqual(first);
  });
});

test("a service that this project does not know is put back as a whole", async () => {
  const tracked = await logto.up(resource, { config: cloudflare });
  const state = { ...tracked.state, config: { type: "Newer", siteKey: "a" } };
  await logto.up(resource, { config: cloudflare }, { ...tracked, state });
  expect(await live()).toEqual(cloudflare);
});
