import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { evaluateProvider, failuresOf } from "../../support/provider";

jest.setTimeout(60_000);

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

test.each([
  ["logto:AccountCenter", "profileFields"],
  ["logto:SignInExperience", "signUpProfileFields"],
])(
  "%s names the profile fields that Logto does not have, which it drops in silence",
  async (type, input) => {
    await expect(
      logto.up(type, { [input]: [{ name: "shoeSize" }, { name: "hat" }] }),
    ).rejects.toThrow(`${input}: Logto has no custom profile field shoeSize, hat`);
  },
);

test.each([
  ["logto:AccountCenter", "profileFields"],
  ["logto:SignInExperience", "signUpProfileFields"],
])("%s lists a profile field once, as Logto refuses it twice", async (type, input) => {
  const inputs = { [input]: [{ name: "hat" }, { name: "hat" }] };
  expect(await failuresOf(evaluateProvider(type), inputs)).toEqual([
    `${input}[1].name: "hat" is listed twice`,
  ]);
});

test("passkeys may be used on pages over https and of this machine, and in an app for Android", async () => {
  const provider = evaluateProvider("logto:AccountCenter");
  const right = [
    "https://b.example:8443",
    "http://localhost:3000",
    `android:apk-key-hash:${"a".repeat(43)}`,
  ];
  expect(await failuresOf(provider, { webauthnRelatedOrigins: right })).toEqual([]);
  const wrong = ["not an origin", "b.example", "https://b.example/a", "http://127.0.0.1", "*"];
  for (const origin of wrong) {
    expect(await failuresOf(provider, { webauthnRelatedOrigins: [origin] })).toEqual([
      expect.stringContaining("webauthnRelatedOrigins[0]: expected an origin"),
    ]);
  }
  expect(await failuresOf(provider, { webauthnRelatedOrigins: [right[0], right[0]] })).toEqual([
    'webauthnRelatedOrigins[1]: "https://b.example:8443" is listed twice',
  ]);
});

test("what is declared empty is cleared, and left alone by the next up", async () => {
  const before = await logto.get("/api/account-center");
  await logto.send("PATCH", "/api/account-center", {
    ...{ deleteAccountUrl: "https://b.example/", customCss: "a {}" },
    ...{ webauthnRelatedOrigins: ["https://b.example"] },
  });
  const empty = {
    ...{ deleteAccountUrl: "", customCss: "", webauthnRelatedOrigins: [], profileFields: [] },
    fields: {},
  };
  const tracked = await logto.up("logto:AccountCenter", empty);
  expect(await logto.get("/api/account-center")).toMatchObject({
    ...{ deleteAccountUrl: null, customCss: null, webauthnRelatedOrigins: [], profileFields: [] },
  });
  const again = () => logto.up("logto:AccountCenter", empty, tracked);
  expect(await logto.writesDuring(again)).toEqual([]);
  expect(await logto.refresh("logto:AccountCenter", tracked)).toEqual(tracked);
  await logto.destroy("logto:AccountCenter", tracked);
  expect(await logto.get("/api/account-center")).toMatchObject({
    ...{ deleteAccountUrl: "https://b.example/", customCss: "a {}" },
    webauthnRelatedOrigins: ["https://b.example"],
  });
  await logto.send("PATCH", "/api/account-center", before);
});
