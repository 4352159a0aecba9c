import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { readEvents } from "../../../tools/review/events";
import { longestComment, markdownOf } from "../../../tools/review/markdown";
import { type Review, reviewOf } from "../../../tools/review/review";

/**
 * Previews as the real engine told them (previews/README.md) and their reports, a file each: a change of how
 * a report looks shows in a pull request as a diff of these. UPDATE_REPORTS=true writes them again.
 */
const names = readdirSync(path.join(__dirname, "previews"))
  .filter((file) => file.endsWith(".jsonl"))
  .map((file) => path.basename(file, ".jsonl"));

function reviewOfRecorded(name: string): Review {
  const events = readFileSync(path.join(__dirname, `previews/${name}.jsonl`), "utf8");
  return reviewOf(readEvents(events), {
    stack: "local",
    isRefreshed: ["drift", "violation"].includes(name),
  });
}

test.each(names)("the report of the preview %s is the one on file", (name) => {
  const file = path.join(__dirname, `reports/${name}.md`);
  const report = markdownOf(reviewOfRecorded(name));
  if (process.env["UPDATE_REPORTS"] === "true") writeFileSync(file, report);
  expect(report).toBe(readFileSync(file, "utf8"));
});

test("the report does not depend on the order in which the engine came to the resources", () => {
  for (const name of names) {
    const lines = readFileSync(path.join(__dirname, `previews/${name}.jsonl`), "utf8").split("\n");
    // The stack's own events stay in their order: the last holds its outputs.
    const others = lines.filter((line) => !line.includes('"type":"pulumi:pulumi:Stack"'));
    const own = lines.filter((line) => line.includes('"type":"pulumi:pulumi:Stack"'));
    const turned = readEvents([...own, ...others.reverse()].join("\n"));
    const { isRefreshed } = reviewOfRecorded(name);
    expect(markdownOf(reviewOf(turned, { stack: "local", isRefreshed }))).toBe(
      markdownOf(reviewOfRecorded(name)),
    );
  }
});

const empty: Review = {
  stack: "local",
  isRefreshed: false,
  counts: { replace: 0, delete: 0, create: 0, update: 1, same: 3 },
  changes: [],
  drift: [],
  outputs: [],
  violations: [],
  advice: [],
  judgedInUp: [],
  unknown: [],
  errors: [],
};
const update = (name: string, differences: Review["changes"][number]["differences"]) => ({
  operation: "update",
  urn: `urn:pulumi:local::logto-stack::a::${name}`,
  type: "logto:Application",
  name,
  differences,
  replacedBy: [],
});

describe("a report that is too long for a comment", () => {
  const lines = Array.from(
    { length: 4000 },
    (_, index) => `+line ${index} of a very long template`,
  );
  const long: Review = {
    ...empty,
    violations: [{ policy: "rule", level: "mandatory", urn: undefined, message: "It must not." }],
    changes: [
      update("first", [{ path: "content", kind: "text", lines }]),
      update("second", [{ path: "name", kind: "changed", before: "a", after: "b" }]),
    ],
  };

  test("is cut to what one takes, and says what is cut and where the whole is", () => {
    expect(markdownOf(long).length).toBeGreaterThan(longestComment);
    const cut = markdownOf(long, longestComment);
    expect(cut.length).toBeLessThanOrEqual(longestComment);
    expect(cut).toContain("The whole is in the artefact of this run.");
    expect(cut).toContain("`content`: 4000 lines that differ, cut.");
    expect(cut).toContain("`rule`: `It must not.`");
    expect(cut).toContain('- `name`: `"a"` → `"b"`');
  });

  test("is cut if even the list of its resources is too long", () => {
    const changes = Array.from({ length: 3000 }, (_, index) => update(`resource-${index}`, []));
    const cut = markdownOf({ ...long, changes }, longestComment);
    expect(cut.length).toBeLessThanOrEqual(longestComment);
    expect(cut.length).toBeGreaterThan(longestComment / 2);
    expect(cut).toMatch(/… and \d+ more parts that are cut\.\n$/);
    expect(cut).toContain("`rule`: `It must not.`");
  });

  test("is whole if it fits to the character", () => {
    const whole = markdownOf(long);
    expect(markdownOf(long, whole.length)).toBe(whole);
    expect(markdownOf(long, whole.length - 1)).not.toBe(whole);
  });
});

describe("what comes from the stack cannot pass itself off as the report", () => {
  test("a template cannot close its fence", () => {
    const report = markdownOf({
      ...empty,
      changes: [update("a", [{ path: "content", kind: "text", lines: ["+```", "+## Approved"] }])],
    });
    expect(report).toContain("````diff\n+```\n+## Approved\n````");
  });

  test("a value cannot close its span, end a table's cell or mention anyone", () => {
    const report = markdownOf({
      ...empty,
      changes: [
        update("a|b", [
          {
            path: "name",
            kind: "changed",
            before: "x",
            after: "`` @everyone <img> | ## Approved\n",
          },
        ]),
      ],
    });
    expect(report).toContain("| update | `a\\|b` |");
    expect(report).toContain('→ ```"`` @everyone <img> | ## Approved\\n"```');
  });

  test("a character that turns or hides text is written out", () => {
    const hidden = "safe\u202e\u200b\u0000";
    const report = markdownOf({
      ...empty,
      changes: [
        update("a", [
          { path: "name", kind: "added", after: hidden },
          { path: "content", kind: "text", lines: [`+${hidden}\r`] },
        ]),
      ],
    });
    expect(report).toContain("+safe\\u{202e}\\u{200b}\\u{0}\\u{d}");
    expect(report).toContain('"safe\\u{202e}\\u{200b}\\u0000"');
    expect(report).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
  });
});

test.each([
  ["a blank that does not break", "\u00a0", "\\u{a0}"],
  ["a wide one", "\u2003", "\\u{2003}"],
  ["an ideographic one", "\u3000", "\\u{3000}"],
  ["two of them", "  ", " \\u{20}"],
  ["a filler", "\u3164", "\\u{3164}"],
  ["a selector of variants", "\ufe00", "\\u{fe00}"],
  ["a pattern of Braille without a dot", "\u2800", "\\u{2800}"],
])("%s in the place of a blank shows", (_, character, shown) => {
  const report = markdownOf({
    ...empty,
    changes: [
      update("a", [
        {
          path: "name",
          kind: "changed",
          before: "Book store",
          after: `Book${character}store`,
        },
      ]),
    ],
  });
  expect(report).toContain(`\`"Book store"\` → \`"Book${shown}store"\``);
});

test("a preview that failed before it came to a change does not say that there is none", () => {
  const report = markdownOf({ ...empty, errors: ["a has a problem"] });
  expect(report).toContain("**Changes unknown**, 3 unchanged.");
  expect(report).toContain("**The preview failed, so this may not be all.**");
});

describe("the option protect, which for the engine changes no resource", () => {
  const line = (operation: string, sides: object) =>
    JSON.stringify({
      resourcePreEvent: {
        metadata: {
          op: operation,
          urn: "urn:pulumi:local::logto-stack::docker:index/volume:Volume::data",
          type: "docker:index/volume:Volume",
          ...sides,
        },
      },
    });
  const ended = JSON.stringify({ summaryEvent: { resourceChanges: { same: 4 } } });
  const about = { stack: "local", isRefreshed: false };

  test("shows where it is taken away, with what that means", () => {
    const same = line("same", { old: { inputs: {}, protect: true }, new: { inputs: {} } });
    const report = markdownOf(reviewOf(readEvents(`${same}\n${ended}`), about));
    expect(report).toContain("**1 to update**, 3 unchanged.");
    expect(report).toContain("| update | `data` | `docker:Volume` | `the option protect` |");
    expect(report).toContain(
      "> From now on a destroy or a replacement may delete it. Then: Every account, session and setting in it is lost unless a backup is restored.\n\n- `the option protect`: `true` → `false`\n",
    );
  });

  test("shows where it is set, and not where it stays or the resource is new", () => {
    const set = line("same", { old: { inputs: {} }, new: { inputs: {}, protect: true } });
    const report = markdownOf(reviewOf(readEvents(`${set}\n${ended}`), about));
    expect(report).toContain("- `the option protect`: `false` → `true`");
    expect(report).not.toContain("may delete it");
    const kept = line("same", { old: { protect: true }, new: { protect: true } });
    expect(reviewOf(readEvents(kept), about).changes).toEqual([]);
    const created = line("create", { new: { inputs: { name: "data" }, protect: true } });
    expect(markdownOf(reviewOf(readEvents(created), about))).not.toContain("the option protect");
  });
});

test("a drift check says what it compared and what it did not look at", () => {
  const report = markdownOf({
    ...empty,
    counts: { ...empty.counts, update: 0, same: 4 },
    isRefreshed: true,
    isDriftCheck: true,
    notLookedAt: ["postgres (docker:Container)"],
  });
  expect(report).toContain(
    "\n\nThe server holds what the last `up` left there. 4 resources compared with it, without a preview.\n\n### Not looked at\n\n- `postgres (docker:Container)`\n",
  );
});

test("a drift check says first that something could not be reached", () => {
  const report = markdownOf({
    ...empty,
    counts: { ...empty.counts, update: 0, same: 4 },
    isRefreshed: true,
    isDriftCheck: true,
    notLookedAt: [],
    unreachable: ["access (logto-server:ManagementAccess): it does not answer"],
  });
  expect(report).toContain(
    "\n\n**1 resource could not be reached: whether anything changed there is not known.** The others: The server holds what",
  );
  expect(report).toContain(
    "### Not reached\n\n- `access (logto-server:ManagementAccess): it does not answer`\n",
  );
});

test("an offline review says what it was compared with, what stands for the server and what is not judged", () => {
  const report = markdownOf({
    ...empty,
    isFingerprintKeyChanged: true,
    offline: {
      base: "main`s",
      settings: [{ path: "logto:endpoint", kind: "added", after: "https://a.example" }],
      notJudged: ["What the real server holds."],
    },
  });
  expect(report).toContain(
    "Offline: compared with ``main`s`` on a sandbox; nothing of the real environment was asked. **`logto:fingerprintKey` changed, so every secret shows as changed: whether one did cannot be told.**",
  );
  expect(report).toContain(
    "### What the stack's file says of the server, which was not asked\n\n- `logto:endpoint`: added",
  );
  expect(report).toContain("Not judged offline:\n\n- What the real server holds.\n\n### What the");
});
