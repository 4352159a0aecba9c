import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { phrasesIn } from "../../../infra/logto/phrase-file";
import { temporaryFolder } from "../../support/programs";

let folder: string;
beforeEach(() => {
  folder = path.join(temporaryFolder(), "phrases");
  mkdirSync(folder);
});
afterEach(() => rmSync(path.dirname(folder), { recursive: true }));

const written = (name: string, text: string) => {
  const file = path.join(folder, name);
  writeFileSync(file, text);
  return file;
};

test.each([
  ["fr.json", '{ "action": { "sign_in": "Entrer", "continue": "" } }'],
  ["fr.yaml", "\u{FEFF}# French\r\naction:\r\n  sign_in: Entrer\r\n  continue: ''\r\n"],
  ["fr.yml", "action: { sign_in: Entrer, continue: '' }"],
])("a file holds texts by their places: %s", (name, text) => {
  expect(phrasesIn(written(name, text))).toEqual({ action: { sign_in: "Entrer", continue: "" } });
});

test.each([
  ["fr.txt", "action: {}", ["expected the name to end in .json, .yaml or .yml"]],
  ["fr.yaml", "", ["expected texts by their places"]],
  ["fr.yaml", "- Entrer", ["expected texts by their places"]],
  [
    "fr.yaml",
    "action:\n  sign_in: 1\n  no: [a]\n",
    [
      "action.sign_in: expected a text, or texts by their places",
      "action.no: expected a text, or texts by their places",
    ],
  ],
  ["fr.yaml", "action: {}\naction: {}", ["Map keys must be unique"]],
  ["fr.json", "{ action: 1 }", ["JSON"]],
])(
  "a wrong file ends the program, with its name and what is wrong: %s %s",
  (name, text, expected) => {
    const file = written(name, text);
    const read = () => phrasesIn(file);
    for (const part of expected) expect(read).toThrow(part);
    expect(read).toThrow(`${file}: `);
  },
);

test("a file that is missing ends the program with its name", () => {
  const file = path.join(folder, "fr.yaml");
  expect(() => phrasesIn(file)).toThrow(
    `${file}: expected a file with texts, and could not read one (ENOENT)`,
  );
});
