import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

let logto: LogtoForTests;
beforeAll(async () => {
  logto = await startLogtoForTests();
});
afterAll(() => logto.stop());

test("places that Logto does not have are named, as its refusal names none, and those that it has are not", async () => {
  const translation = {
    action: { sign_in: "Entrar", sign_inn: "Entrar" },
    secondary: "nada",
    nowhere: { at: { all: "nada" } },
  };
  const phrases = { languageTag: "pt-BR", translation };
  await expect(logto.up("logto:CustomPhrases", phrases)).rejects.toThrow(
    "422 localization.invalid_translation_structure",
  );
  expect(logto.warnings).toEqual([
    expect.stringContaining(
      "have none at action.sign_inn, secondary, nowhere; a Logto that has none there either refuses them all",
    ),
  ]);
  const right = { ...phrases, translation: { action: { sign_in: "Entrar" } } };
  await logto.destroy("logto:CustomPhrases", await logto.up("logto:CustomPhrases", right));
  expect(logto.warnings).toHaveLength(1);
});
