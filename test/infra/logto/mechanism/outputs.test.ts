import {
  idsInList,
  outputValues,
  secretField,
  secretNames,
} from "../../../../infra/logto/mechanism/outputs";

const seen = {
  endpoint: "https://logto.example",
  live: { id: "1", signingKey: "made by Logto" },
  inputs: { first: "b" },
  lists: {
    scopes: [
      { id: "7", name: "a" },
      { id: "8", name: "b" },
    ],
  },
};

test("an output is made of the object, of what its lists hold, and of the inputs", () => {
  const outputs = {
    signingKey: secretField("signingKey"),
    scopeIds: idsInList("scopes"),
    roleIds: idsInList("roles"),
    firstScope: {
      of: ({ inputs, lists }: typeof seen) =>
        lists.scopes.find(({ name }) => name === inputs.first)?.id,
    },
  };
  expect(outputValues(outputs as never, seen)).toEqual({
    signingKey: "made by Logto",
    scopeIds: { a: "7", b: "8" },
    // A list that was not read, as nothing of it is declared.
    roleIds: {},
    firstScope: "8",
  });
});

test("only those that are declared as secret are named as such", () => {
  expect(
    secretNames({ signingKey: secretField("signingKey"), scopeIds: idsInList("scopes") }),
  ).toEqual(["signingKey"]);
});
