import { inOrderOf } from "../../../../infra/logto/mechanism/order";

const unordered = { "config.templates": "usageType" };
const of = (...uses: string[]) => ({
  config: { templates: uses.map((usageType) => ({ usageType })), host: "a" },
});

test("a list comes in the order of the model's, and what the model does not have comes last as it was", () => {
  const held = of("b", "z", "a", "y");
  expect(inOrderOf(of("a", "b"), held, unordered)).toEqual(of("a", "b", "z", "y"));
  expect(held).toEqual(of("b", "z", "a", "y"));
});

test("a list of texts does the same, each of which is its own key", () => {
  expect(inOrderOf({ claims: ["a", "b"] }, { claims: ["b", "z", "a"] }, { claims: "" })).toEqual({
    claims: ["a", "b", "z"],
  });
});

test.each<[string, object, object]>([
  ["no such list", { config: { host: "b" } }, of("b", "a")],
  ["no object there", { config: "text" }, of("b", "a")],
  ["a record in the place of the list", of("a", "b"), { config: { templates: { b: 1, a: 2 } } }],
  ["nothing", {}, {}],
])("an object is left as it is if there is %s", (_, model, held) => {
  expect(JSON.stringify(inOrderOf({ ...model }, { ...held }, unordered))).toBe(
    JSON.stringify(held),
  );
});

test("no list is put in another order that is not named", () => {
  expect(inOrderOf(of("a", "b"), of("b", "a"))).toEqual(of("b", "a"));
});
