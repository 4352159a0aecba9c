import type { Child, ChildList, Parent } from "../../../../infra/logto/mechanism/child-list";
import {
  heldEntries,
  nothingMade,
  planChildren,
} from "../../../../infra/logto/mechanism/child-plan";

/** What is done to a list, against one in memory. */
const parent = {} as Parent;

function listOf(held: Child[], refuse: (name: unknown) => Error | undefined = () => undefined) {
  const done: string[] = [];
  const list: ChildList = {
    noun: "scope",
    path: "scopes",
    key: "name",
    isKeyInAddress: false,
    fields: ["description"],
    fixedFields: {},
    madeWithObject: [],
    entriesOf: (input) => (input ?? []) as Record<string, unknown>[],
    inputOf: (entries) => entries,
    all: () => Promise.resolve(held),
    add: (_, entries, refused) =>
      Promise.all(
        entries.map((entry) => {
          const error = refuse(entry["name"]);
          if (error) {
            refused(String(entry["name"]), error);
            return Promise.reject(error);
          }
          done.push(`add ${JSON.stringify(entry)}`);
          return Promise.resolve({ id: `new-${String(entry["name"])}`, ...entry });
        }),
      ),
    change(_, child, body) {
      done.push(`change ${child.id} ${JSON.stringify(body)}`);
      return Promise.resolve();
    },
    remove(_, child) {
      done.push(`remove ${child.id}`);
      return Promise.resolve();
    },
  };
  return { list, done };
}

const scope = (name: string, description: string | null = null): Child => ({
  id: name,
  name,
  description,
});
const own = { before: [], memory: nothingMade, isGuessed: true };

test("what is missing is added and what differs is changed, and the rest stays as it is", async () => {
  const live = [scope("same", "Same"), scope("other", "Old"), scope("foreign")];
  const { list, done } = listOf(live);
  const declared = [
    { name: "same", description: "Same" },
    { name: "other", description: "New" },
    { name: "new" },
  ];
  const plan = planChildren(list, parent, { ...own, live, declared });
  expect(plan.isWork).toBe(true);
  const after = await plan.carryOut();
  expect(done).toEqual(['change other {"description":"New"}', 'add {"name":"new"}']);
  expect(after.map(({ id }) => id)).toEqual(["same", "other", "foreign", "new-new"]);
});

test("what an own object holds just as declared counts as made, as a killed run leaves it, and what differs as somebody's", () => {
  const live = [scope("same", "Same"), scope("other", "Old")];
  const { list } = listOf(live);
  const declared = [
    { name: "same", description: "Same" },
    { name: "other", description: "New" },
  ];
  expect(planChildren(list, parent, { ...own, live, declared }).memory).toEqual({
    made: ["same"],
    original: { other: { description: "Old" } },
  });
  expect(planChildren(list, parent, { ...own, isGuessed: false, live, declared }).memory).toEqual({
    made: [],
    original: { same: { description: "Same" }, other: { description: "Old" } },
  });
});

test("what is no longer declared is removed if it was made, and put back if it was there", async () => {
  const live = [scope("made", "x"), scope("there", "New"), scope("foreign")];
  const { list, done } = listOf(live);
  const plan = planChildren(list, parent, {
    live,
    declared: [],
    before: [
      { name: "made", description: "x" },
      { name: "there", description: "New" },
    ],
    memory: { made: ["made"], original: { there: { description: "Old" } } },
    isGuessed: true,
  });
  await plan.carryOut();
  expect(done).toEqual(['change there {"description":"Old"}', "remove made"]);
  expect(plan.memory).toEqual(nothingMade);
});

test("a field that is no longer declared of an entry goes back to nothing, and one that never was stays", async () => {
  const live = [scope("one", "Declared"), scope("two", "By hand")];
  const { list, done } = listOf(live);
  const plan = planChildren(list, parent, {
    live,
    declared: [{ name: "one" }, { name: "two" }],
    before: [{ name: "one", description: "Declared" }, { name: "two" }],
    memory: { made: ["one", "two"], original: {} },
    isGuessed: true,
  });
  await plan.carryOut();
  expect(done).toEqual(['change one {"description":null}']);
});

test("an entry that somebody deleted is made again and named", () => {
  const { list } = listOf([]);
  const plan = planChildren(list, parent, {
    live: [],
    declared: [{ name: "one" }, { name: "new" }],
    before: [{ name: "one" }],
    memory: { made: ["one"], original: {} },
    isGuessed: true,
  });
  expect(plan.remade).toEqual(["one"]);
});

test("of a failure what was clearly refused is not remembered as made, and what may have been done is", async () => {
  const refusal = Object.assign(new Error("refused"), { status: 422 });
  const lost = Object.assign(new Error("lost"), { status: 500 });
  const { list } = listOf([], (name) => (name === "refused" ? refusal : lost));
  const plan = planChildren(list, parent, {
    ...own,
    live: [],
    declared: [{ name: "refused" }, { name: "lost" }],
  });
  await expect(plan.carryOut()).rejects.toThrow();
  expect(plan.unfinished()).toEqual({ made: ["lost"], original: {} });
});

test("a refresh shows the declared entries as they are, and those that a failed run left after them", () => {
  const live = [scope("left", "Left"), scope("two"), scope("one", "By hand"), scope("foreign")];
  const { list } = listOf(live);
  const declared = [
    { name: "one", description: "Declared" },
    { name: "two", description: "" },
  ];
  expect(heldEntries(list, live, declared, { made: ["left", "one"], original: {} })).toEqual([
    { name: "one", description: "By hand" },
    { name: "two", description: "" },
    { name: "left", description: "Left" },
  ]);
});

test("entries that somebody changed are told, unless they are as declared now or as they were", () => {
  const before = ["same", "changed", "right", "gone", "deleted"].map((name) => ({
    name,
    description: "Before",
  }));
  const live = [
    scope("same", "Before"),
    scope("changed", "By hand"),
    scope("right", "Now"),
    scope("gone", "By hand"),
  ];
  const declared = ["same", "changed", "right", "deleted"].map((name) => ({
    name,
    description: "Now",
  }));
  const memory = { made: before.map(({ name }) => name), original: {} };
  const { list } = listOf(live);
  const plan = planChildren(list, parent, { ...own, live, declared, before, memory });
  expect(plan.overwritten).toEqual(["changed", "gone"]);
  expect(plan.remade).toEqual(["deleted"]);
});

test("an entry that a failed run has put back already is nothing that somebody changed", () => {
  const before = [{ name: "put back", description: "Declared" }];
  const memory = { made: [], original: { "put back": { description: "There before" } } };
  const overwritten = (description: string) => {
    const live = [scope("put back", description)];
    const { list } = listOf(live);
    return planChildren(list, parent, { ...own, live, declared: [], before, memory }).overwritten;
  };
  expect(overwritten("There before")).toEqual([]);
  expect(overwritten("By hand")).toEqual(["put back"]);
});
