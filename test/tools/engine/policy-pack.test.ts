import { writeFileSync } from "node:fs";
import path from "node:path";
import { isJudgedByItself } from "../../../tools/engine/policy-pack";
import { temporaryFolder } from "../../support/programs";

function projectWith(stackFile: string): string {
  const project = temporaryFolder();
  writeFileSync(path.join(project, "Pulumi.shop.yaml"), stackFile);
  return project;
}
const at = (endpoint: string) => projectWith(`config:\n  logto:endpoint: ${endpoint}\n`);

test.each([
  ["https://auth.bookstore.example"],
  ["http://192.168.1.7:3001"],
  ["https://localhost.bookstore.example"],
  ["{ secure: v1:AAAA }"],
  ["none"],
])("an up of a server at %s is judged without being told", (endpoint) => {
  expect(isJudgedByItself(at(endpoint), "acme/logto-stack/shop", ["--refresh"])).toBe(true);
});

test.each([["http://localhost:3001"], ["https://127.0.0.1:3001/"], ["http://auth.localhost:80"]])(
  "an up of a server of this machine, %s, is not",
  (endpoint) => {
    expect(isJudgedByItself(at(endpoint), "shop", [])).toBe(false);
  },
);

test("a stack whose file says nothing of its server is judged", () => {
  expect(isJudgedByItself(projectWith(""), "shop", [])).toBe(true);
});

test.each([[["--policy-pack", "other"]], [["--policy-pack=other"]]])(
  "an up with %j is judged by that pack alone",
  (flags) => {
    expect(isJudgedByItself(at("https://auth.bookstore.example"), "shop", flags)).toBe(false);
  },
);

test.each([
  ["local", false],
  ["dev", false],
  ["staging", true],
  ["production", true],
])("whether an up of the shipped stack %s is judged: %s", (stack, isJudged) => {
  expect(isJudgedByItself(path.resolve(__dirname, "../../.."), stack, [])).toBe(isJudged);
});
