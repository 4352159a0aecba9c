import { checkInputs } from "../../../../infra/checks";
import { ownedList } from "../../../../infra/logto/mechanism/child-list";
import {
  declaredEntries,
  fixedFieldsStay,
  hasList,
  memoryOfNewObject,
  onlyWhereThereIsOne,
  withEntriesOfNewObject,
} from "../../../../infra/logto/mechanism/child-rules";
import type { AnyKind } from "../../../../infra/logto/mechanism/kind";
import { z } from "zod";

const keys = ownedList("api/applications", "secrets", {
  noun: "key",
  onlyFor: { type: ["server"], isOpen: [false, undefined] },
  madeWithObject: [{ name: "first" }],
  fixedFields: { expiresAt: (name) => `${name} stays` },
});
const kind = { noun: "app", children: { keys } } as unknown as AnyKind;
const problemsOf = (inputs: object, before: object = {}) => {
  const rules = [...onlyWhereThereIsOne(kind), ...fixedFieldsStay(kind, before as never)];
  const { failures = [] } = checkInputs(inputs, z.object({}).passthrough(), rules as never);
  return failures.map(({ reason }) => reason);
};

test("an object that has no such list may declare none, and hears why", () => {
  expect(problemsOf({ type: "server", keys: [] })).toEqual([]);
  expect(problemsOf({ type: "browser" })).toEqual([]);
  expect(problemsOf({ type: "browser", keys: [] })).toEqual([
    "keys: an app of type browser has no keys",
  ]);
  expect(problemsOf({ type: "server", isOpen: true, keys: [] })).toEqual([
    "keys: an app of isOpen true has no keys",
  ]);
});

test("a field that Logto cannot change stays in each entry that was declared before", () => {
  const before = { type: "server", keys: [{ name: "a", expiresAt: "1" }, { name: "b" }] };
  const wanted = { type: "server", keys: [{ name: "b" }, { name: "c", expiresAt: "9" }] };
  expect(problemsOf(wanted, before)).toEqual([]);
  expect(problemsOf({ ...wanted, keys: [{ name: "b", expiresAt: "2" }] }, before)).toEqual([
    "keys[0].expiresAt: b stays",
  ]);
});

test("what Logto makes with an object counts as declared and as made by the resource that made the object", () => {
  const object = { type: "server" };
  expect(withEntriesOfNewObject(kind, object)).toEqual({ ...object, keys: [{ name: "first" }] });
  expect(memoryOfNewObject(kind, object)).toEqual({ keys: { made: ["first"], original: {} } });
  expect(declaredEntries(keys, undefined, { isOwn: true, object })).toEqual([{ name: "first" }]);
  expect(declaredEntries(keys, [], { isOwn: true, object })).toEqual([]);
});

test("it does not if the object is adopted, has no such list, or declares it", () => {
  const object = { type: "server" };
  const others = [
    { ...object, adopt: "ifPresent" as const },
    { ...object, adoptId: "1" },
    { type: "browser" },
    { ...object, keys: [] },
  ];
  for (const one of others) expect(withEntriesOfNewObject(kind, one)).toEqual(one);
  expect(declaredEntries(keys, undefined, { isOwn: false, object })).toEqual([]);
  expect(memoryOfNewObject(kind, { type: "browser" })).toEqual({});
  expect(hasList(keys, { type: "browser" })).toBe(false);
});
