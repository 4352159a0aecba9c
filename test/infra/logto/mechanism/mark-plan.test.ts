import { reconciled } from "../../../../infra/logto/mechanism/declared";
import { markOf, type Notes, notesIn } from "../../../../infra/logto/mechanism/mark";
import {
  changeWithMark,
  changeWithoutMark,
  type Marked,
  originalWithMark,
} from "../../../../infra/logto/mechanism/mark-plan";

const column = "customData";
const urn = "urn:ours";
const adoption = { declared: { name: "New" }, original: { name: "Old" } };

function marked(mark?: unknown): Marked {
  const live = {
    customData: { team: "theirs", ...(mark !== undefined && { "logto-stack": mark }) },
  };
  return { live, column, urn, noted: notesIn(live, column, urn) };
}

function after(notes: Notes, object: Marked, isWork: boolean) {
  const change = { before: {}, declared: {}, original: {} };
  return reconciled(object.live, changeWithMark(change, notes, object, isWork));
}

test("a mark holds what was noted, and is read by the resource that left it and by no other", () => {
  const mark = markOf(urn, { adoption, lists: { secrets: ["one"], roles: [] } });
  expect(mark).toEqual({ urn, secrets: ["one"], adopted: JSON.stringify(adoption) });
  const live = { customData: { "logto-stack": mark } };
  expect(notesIn(live, column, urn)).toEqual({ adoption, lists: { secrets: ["one"] } });
  expect(notesIn(live, column, "urn:theirs")).toBeUndefined();
});

test.each([["no object"], [null], [{ urn: 1 }], [{ urn, secrets: [1], adopted: "{" }]])(
  "what somebody made of a mark is no error: %j",
  (mark) => {
    expect(notesIn({ customData: { "logto-stack": mark } }, column, urn)?.lists ?? {}).toEqual({});
  },
);

test("an own object gets its mark back, and an adopted one gets it with another change only", () => {
  const ours = { team: "theirs", "logto-stack": { urn } };
  expect(after({ lists: {} }, marked(), false)).toEqual({ customData: ours });
  const notes = { adoption, lists: { secrets: ["one"] } };
  expect(after(notes, marked(), false)).toEqual({ customData: { team: "theirs" } });
  const noted = { ...ours, "logto-stack": markOf(urn, notes) };
  expect(after(notes, marked(), true)).toEqual({ customData: noted });
  // What it says of the last change is brought up to date, and nothing of that stays.
  const earlier = markOf(urn, { adoption, lists: { secrets: ["zero"], roles: ["a"] } });
  expect(after(notes, marked(earlier), false)).toEqual({ customData: noted });
});

test("an adopted object has another resource's mark again when it is put back", () => {
  const theirs = { urn: "urn:theirs", secrets: ["theirs"] };
  const original = originalWithMark({ name: "Old" }, {}, marked(theirs));
  expect(original).toEqual({ name: "Old", customData: { "logto-stack": theirs } });
  const ours = marked(markOf(urn, { adoption: { declared: {}, original }, lists: {} }));
  expect(originalWithMark({ name: "Old" }, original, ours)).toEqual(original);
  const change = { before: {}, declared: {}, original };
  expect(reconciled(ours.live, changeWithoutMark(change, ours))).toEqual(marked(theirs).live);
  // One that this resource never marked keeps what it holds.
  expect(reconciled(marked(theirs).live, changeWithoutMark(change, marked(theirs)))).toEqual(
    marked(theirs).live,
  );
});
