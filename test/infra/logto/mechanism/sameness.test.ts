import { differingColumns, heldPart, isSame } from "../../../../infra/logto/mechanism/sameness";

test.each([
  ["", null],
  [null, undefined],
  [{}, undefined],
  [[], null],
  [{ a: { b: "" } }, {}],
  [{ a: 1, b: null }, { a: 1 }],
])("%j is the same as %j, as Logto drops what is empty", (one, other) => {
  expect(isSame(one, other)).toBe(true);
  expect(isSame(other, one)).toBe(true);
});

test.each([
  [false, undefined],
  [0, null],
  [["a"], []],
  [
    ["a", "b"],
    ["b", "a"],
  ],
  [{ a: false }, {}],
])("%j is another than %j", (one, other) => {
  expect(isSame(one, other)).toBe(false);
});

test("what is held stands as it is declared if that is the same, and only the declared part of it", () => {
  const live = { name: "Live", description: null, config: { url: "x", extra: 1 }, other: true };
  const declared = { name: "Declared", description: "", config: { url: "x", headers: {} } };
  expect(heldPart(live, declared)).toEqual({
    name: "Live",
    description: "",
    config: { url: "x", headers: {} },
  });
});

test("only the columns that differ are sent, and null for one that goes", () => {
  const live = { name: "a", description: "x", config: { url: "x" }, theirs: null };
  expect(differingColumns(live, { name: "a", config: { url: "y" } })).toEqual({
    description: null,
    config: { url: "y" },
  });
});
