import { isUrl } from "../../infra/url";

test("an address with letters beyond ASCII is one, also after it was asked often", () => {
  // Node 20 compiles its own check of addresses after some thousands of calls, and then it errs.
  for (let call = 0; call < 50_000; call += 1) {
    if (!isUrl("https://bücher.example/agb")) throw new Error(`no address in call ${call}`);
  }
  expect(isUrl("https://bücher.example/agb")).toBe(true);
});

test("what is no address is none, but may be one relative to another", () => {
  expect(isUrl("no address")).toBe(false);
  expect(isUrl("/path")).toBe(false);
  expect(isUrl("/path", "https://bookstore.example")).toBe(true);
});
