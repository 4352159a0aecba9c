import { goDuration, inGoSpelling, nanosecondsOf } from "../../../../infra/server/docker/duration";

/** What `time.ParseDuration(…).String()` of Go 1.26 says. */
test.each([
  ["0", "0s"],
  ["0s", "0s"],
  ["1ns", "1ns"],
  ["999ns", "999ns"],
  ["1us", "1\u00b5s"],
  ["1.5\u03bcs", "1.5\u00b5s"],
  ["1500ns", "1.5\u00b5s"],
  ["1500us", "1.5ms"],
  ["500ms", "500ms"],
  ["1500ms", "1.5s"],
  ["1.05s", "1.05s"],
  ["59.999s", "59.999s"],
  ["60s", "1m0s"],
  ["1m", "1m0s"],
  ["90s", "1m30s"],
  ["61.5s", "1m1.5s"],
  ["3600s", "1h0m0s"],
  ["1.5h", "1h30m0s"],
  ["36h", "36h0m0s"],
  [".5s", "500ms"],
  ["1.s", "1s"],
  ["100ms100ms", "200ms"],
  ["1.0000000001s", "1s"],
  ["2h45m30.5s", "2h45m30.5s"],
  ["+5s", "5s"],
  ["-0", "0s"],
  ["-90s", "-1m30s"],
  ["1h1ns", "1h0m0.000000001s"],
])("the duration %s is written %s, as Go writes it, and stays that", (given, written) => {
  expect(inGoSpelling(given)).toBe(written);
  expect(inGoSpelling(written)).toBe(written);
  expect(goDuration(nanosecondsOf(given))).toBe(written);
});

test.each(["", "10", "s", "1 s", "1d", "1.2.3s", ".s", "1sx"])(
  "the text %j is no duration, and the error names it",
  (text) => {
    expect(() => nanosecondsOf(text)).toThrow(
      `"${text}" is no duration: expected one such as 500ms, 10s or 1m30s`,
    );
  },
);
