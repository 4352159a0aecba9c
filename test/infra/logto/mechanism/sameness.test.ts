import { isSame, samenessOf } from "../../../../infra/logto/mechanism/sameness";

const { heldPart, holds, differingColumns, lostPlaces } = samenessOf(["config"]);

test.each([
  ["", null],
  [null, undefined],
  [{}, undefined],
  ["", {}],
  [{ a: 1, b: null }, { a: 1 }],
])("a column of %j is the same as one of %j", (one, other) => {
  expect(isSame(one, other)).toBe(true);
  expect(isSame(other, one)).toBe(true);
});

test.each([
  [false, undefined],
  [0, null],
  [[], null],
  [["a"], []],
  [
    ["a", "b"],
    ["b", "a"],
  ],
  [{ a: false }, {}],
  [{ a: { b: "" } }, {}],
  [{ a: [] }, {}],
  [{ a: {} }, {}],
])("a column of %j is another than one of %j", (one, other) => {
  expect(isSame(one, other)).toBe(false);
  expect(isSame(other, one)).toBe(false);
});

test.each([
  [{ a: { b: "" } }, {}],
  [{ a: [] }, {}],
  [{ a: { b: {} } }, { a: null }],
])("in a column that Logto cleans %j is the same as %j", (one, other) => {
  expect(differingColumns({ config: one }, { config: other })).toEqual({});
  expect(differingColumns({ customData: one }, { customData: other })).not.toEqual({});
  expect(lostPlaces({ config: one }, { config: other })).toEqual([]);
});

test("what is held stands as it is declared if that is the same, and only the declared part of it", () => {
  const live = {
    name: "Live",
    description: null,
    methods: null,
    config: { url: "x", extra: 1 },
    data: { a: "" },
    other: true,
  };
  const declared = {
    name: "Declared",
    description: "",
    methods: [],
    config: { url: "x", headers: {} },
    data: { a: "", b: [] },
  };
  const part = {
    name: "Live",
    description: "",
    config: { url: "x", headers: {} },
    data: { a: "" },
  };
  expect(heldPart(live, declared)).toEqual(part);
  expect(holds(live, declared)).toBe(false);
  expect(holds(live, part)).toBe(true);
});

test("only the columns that differ are sent, and null for one that goes", () => {
  const live = { name: "a", description: "x", config: { url: "x" }, theirs: null, methods: null };
  expect(differingColumns(live, { name: "a", config: { url: "y" }, methods: [] })).toEqual({
    description: null,
    config: { url: "y" },
    methods: [],
  });
});
