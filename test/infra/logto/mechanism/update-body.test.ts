import { updateBody } from "../../../../infra/logto/mechanism/update-body";

const live = { signUp: "old", signIn: "old", terms: "old", color: "old" };
const wanted = { ...live, signUp: "new", terms: "new" };

test("columns that Logto checks against one another go together, and no others with them", () => {
  const sentTogether = [["signUp", "signIn"], ["color", "terms"], ["one"]];
  const body = updateBody({ sentTogether }, { signUp: "new" }, live, wanted);
  expect(body).toEqual({ signUp: "new", signIn: "old" });
});

test("a kind may add to what is sent, and is not asked if nothing is", () => {
  const completeBody = (columns: object) => ({ ...columns, color: null });
  expect(updateBody({ completeBody }, { terms: "new" }, live, wanted)).toEqual({
    terms: "new",
    color: null,
  });
  expect(updateBody({ completeBody, sentTogether: [["terms"]] }, {}, live, live)).toEqual({});
});
