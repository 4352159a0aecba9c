import { inputsOf } from "../../standins/read-inputs";
import type { InputRules } from "../../standins/inputs";

const rules: InputRules = {
  command: { kind: "texts" },
  envs: { kind: "texts", unordered: true },
  mounts: {
    kind: "objects",
    unordered: true,
    fields: { source: { kind: "text" }, readOnly: { kind: "boolean" } },
  },
  mustRun: { kind: "boolean" },
};

test("what a refresh found takes the place of what was given, and of nothing else", () => {
  const given = { command: ["a", "b"], mustRun: true };
  const state = { command: ["b", "a", "c"], mustRun: false, image: "i", envs: [] };
  expect(inputsOf(state, rules, given)).toEqual({ command: ["b", "a"], mustRun: false });
});

test("in a set the texts are sorted, and objects that are the same keep their places", () => {
  const given = {
    envs: ["B", "A"],
    mounts: [{ source: "b", readOnly: true }, { source: "a" }],
  };
  const mount = { source: "a", readOnly: false };
  const same = { envs: ["A", "B"], mounts: [mount, { source: "b", readOnly: true }] };
  expect(inputsOf(same, rules, given)).toEqual({ ...given, envs: ["A", "B"] });
  const other = { envs: ["A", "C"], mounts: [mount, { source: "c", readOnly: true }] };
  expect(inputsOf(other, rules, given)).toEqual({
    envs: ["A", "C"],
    mounts: [{ source: "c", readOnly: true }, { source: "a" }],
  });
});

test("a default that is no longer the value is no longer noted as one", () => {
  const given = { __defaults: ["mustRun", "start"], mustRun: true, start: true };
  expect(inputsOf({ mustRun: false, start: true }, rules, given)).toEqual({
    __defaults: ["start"],
    mustRun: false,
    start: true,
  });
});

test("in an import the inputs are all that the state has", () => {
  expect(inputsOf({ command: ["a"], envs: null, image: "i" }, rules, {})).toEqual({
    command: ["a"],
  });
});
