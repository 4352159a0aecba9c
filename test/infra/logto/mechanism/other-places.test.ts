import { withoutOtherPlaces } from "../../../../infra/logto/mechanism/other-places";

const places: Record<string, string[]> = { Text: ["least"], Date: ["format"] };
const complete = withoutOtherPlaces("config", ({ type }) => places[type as string]);
const text = { type: "Text", config: { least: 1 } };
const date = { type: "Date", config: { format: "custom" } };

test("what belongs to another sort goes while this one is declared, even if it declares nothing there", () => {
  const change = { before: {}, declared: text, original: {} };
  const { declared } = complete(change, date);
  expect(declared).toEqual({ type: "Text", config: { least: 1, format: undefined } });
  expect(Object.keys(declared["config"] as object)).toContain("format");
  const bare = complete({ ...change, declared: { type: "Text" } }, date);
  expect(bare.declared).toEqual({ type: "Text", config: { format: undefined } });
});

test("it comes back once nothing is declared any more", () => {
  const { before, declared } = complete({ before: text, declared: {}, original: date }, text);
  expect(Object.keys(before["config"] as object)).toEqual(["format", "least"]);
  expect(declared).toEqual({});
});

test("a sort that is as it was is left alone", () => {
  const change = { before: text, declared: text, original: {} };
  expect(complete(change, text)).toEqual(change);
});

test("the sort that is put back takes along nothing of one that somebody put there", () => {
  const change = { before: date, declared: {}, original: { type: "Text", config: { least: 2 } } };
  const { before } = complete(change, { type: "Other", config: { least: 1, most: 3 } });
  expect(Object.keys(before["config"] as object)).toEqual(["least", "most", "format"]);
});
