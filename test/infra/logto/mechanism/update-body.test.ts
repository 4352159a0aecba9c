import { z } from "zod";
import { alwaysThere, byKey } from "../../../../infra/logto/mechanism/identity";
import { updateBody } from "../../../../infra/logto/mechanism/update-body";

const kind = { identity: alwaysThere, inputs: z.object({}) };
const live = { signUp: "old", signIn: "old", terms: "old", color: "old" };
const wanted = { ...live, signUp: "new", terms: "new" };

test("columns that Logto checks against one another go together, and no others with them", () => {
  const sentTogether = [["signUp", "signIn"], ["color", "terms"], ["one"]];
  const body = updateBody({ ...kind, sentTogether }, { signUp: "new" }, live, wanted);
  expect(body).toEqual({ signUp: "new", signIn: "old" });
});

test("a kind may add to what is sent, and is not asked if nothing is", () => {
  const completeBody = (columns: object) => ({ ...columns, color: null });
  expect(updateBody({ ...kind, completeBody }, { terms: "new" }, live, wanted)).toEqual({
    terms: "new",
    color: null,
  });
  expect(updateBody({ ...kind, completeBody, sentTogether: [["terms"]] }, {}, live, live)).toEqual(
    {},
  );
});

test("what a PUT replaces as a whole is sent as a whole, with what others set in it", () => {
  const put = {
    identity: byKey("signUp"),
    inputs: z.object({ signUp: z.string(), terms: z.string() }),
  };
  expect(updateBody(put, { terms: "new" }, live, wanted)).toEqual({ signUp: "new", terms: "new" });
});

test("what has a request of its own is not part of the whole, and brings nothing along", () => {
  const put = {
    identity: byKey("signUp"),
    inputs: z.object({ signUp: z.string(), terms: z.string(), tint: z.string() }),
    columnNames: { tint: "color" },
    ownRequests: { tint: { method: "POST" as const, path: () => "", body: () => ({}) } },
  };
  expect(updateBody(put, { terms: "new" }, live, wanted)).toEqual({ signUp: "new", terms: "new" });
  expect(updateBody(put, { color: "new" }, live, wanted)).toEqual({ color: "new" });
});
