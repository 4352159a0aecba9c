import fc from "fast-check";
import { originals, reconciled } from "../../../../infra/logto/mechanism/declared";
import { isObject, type Values, withoutNullish } from "../../../../infra/properties";

const nothing = { before: {}, declared: {}, original: {} };

test("neighbours of what is declared stay as they are, at every depth", () => {
  const live = { name: "a", color: { primary: "red", dark: "blue" }, list: [1, 2] };
  const declared = { color: { primary: "green" }, list: [3] };
  expect(reconciled(live, { ...nothing, declared })).toEqual({
    name: "a",
    color: { primary: "green", dark: "blue" },
    list: [3],
  });
});

test("what is no longer declared goes back to what it was, or away", () => {
  const live = { name: "mine", color: { primary: "green", dark: "black" }, terms: "mine" };
  const before = { name: "mine", color: { primary: "green", dark: "black" }, terms: "mine" };
  const original = { name: "theirs", color: { primary: "red" } };
  const declared = { name: "mine" };
  expect(reconciled(live, { before, declared, original })).toEqual({
    name: "mine",
    color: { primary: "red" },
  });
});

test("an object that only we filled goes away with what we put in", () => {
  const live = { data: { theirs: 1, ours: { urn: "x" } } };
  const before = { data: { ours: { urn: "x" } } };
  expect(reconciled(live, { before, declared: {}, original: { data: {} } })).toEqual({
    data: { theirs: 1 },
  });
});

test("what was there before is remembered for what is declared, once", () => {
  const live = { name: "theirs", color: { primary: "red", dark: "blue" }, css: null };
  const first = { name: "mine", color: { primary: "green" }, css: "x" };
  const original = originals(live, { ...nothing, declared: first });
  expect(original).toEqual({ name: "theirs", color: { primary: "red" } });
  const now = reconciled(live, { ...nothing, declared: first });
  const second = { color: { primary: "pink", dark: "black" } };
  expect(originals(now, { before: first, declared: second, original })).toEqual({
    color: { primary: "red", dark: "blue" },
  });
});

test("what was not there before is remembered as not there, however often it changes", () => {
  const one = { data: { ours: { urn: "x" } } };
  const two = { data: { ours: { urn: "y" } } };
  const original = originals({ data: { theirs: 1 } }, { ...nothing, declared: one });
  const live = { data: { theirs: 1, ours: { urn: "x" } } };
  expect(originals(live, { before: one, declared: two, original })).toEqual({ data: {} });
});

test("gaps are cleaned at every depth, and lists keep their length", () => {
  expect(withoutNullish({ a: undefined, b: { c: null, d: [{ e: undefined }] } })).toEqual({
    b: { d: [{}] },
  });
});

const leaf = fc.oneof(fc.integer(), fc.string(), fc.boolean(), fc.array(fc.integer()));
const key = fc.constantFrom("a", "b", "c");
const values = fc.letrec<{ node: unknown; object: Values }>((tie) => ({
  node: fc.oneof({ maxDepth: 2 }, leaf, tie("object")),
  object: fc.dictionary(key, tie("node"), { noNullPrototype: true }),
})).object;

test("after a reconciliation the server holds what is declared, and a second one does nothing", () => {
  fc.assert(
    fc.property(values, values, values, values, (live, before, declared, original) => {
      const now = reconciled(live, { before, declared, original });
      expect(now).toMatchObject(declared);
      const again = reconciled(now, { before: declared, declared, original });
      expect(again).toEqual(now);
    }),
  );
});

test("declaring and then letting go leaves what was there, whatever was declared in between", () => {
  const sameKinds = (live: Values, declared: Values): boolean =>
    Object.entries(declared).every(([name, value]) => {
      const held = live[name];
      if (held === undefined) return true;
      return isObject(held) && isObject(value)
        ? sameKinds(held, value)
        : isObject(held) === isObject(value);
    });
  fc.assert(
    fc.property(values, values, values, (live, first, second) => {
      fc.pre(sameKinds(first, second));
      const one = { before: {}, declared: first, original: {} };
      const afterOne = reconciled(live, one);
      const two = { before: first, declared: second, original: originals(live, one) };
      const afterTwo = reconciled(afterOne, two);
      const last = { before: second, declared: {}, original: originals(afterOne, two) };
      expect(withoutEmptyObjects(reconciled(afterTwo, last))).toEqual(withoutEmptyObjects(live));
    }),
    { numRuns: 500 },
  );
});

/** Whether an object that has nothing in it is there makes no difference to Logto. */
function withoutEmptyObjects(object: Values): Values {
  const entries = Object.entries(object).flatMap(([name, value]) => {
    if (!isObject(value)) return [[name, value]];
    const rest = withoutEmptyObjects(value);
    return Object.keys(rest).length === 0 ? [] : [[name, rest]];
  });
  return Object.fromEntries(entries) as Values;
}
