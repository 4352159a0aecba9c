import { PartialFailure } from "../../../infra/provider/partial-failure";
import { resourceProvider } from "../../../infra/provider/resource-provider";

interface Inputs {
  name: string;
  colour?: string;
}

const calls: unknown[] = [];
const provider = resourceProvider<Inputs, { made: string }>(["made"], {
  formerOutputs: ["liveId"],
  check: (news) => ({ inputs: news as Inputs }),
  create: () => Promise.resolve({ id: "1", outputs: { made: "today" } }),
  read: (_id, past) => Promise.resolve(past),
  update: (_id, past) => {
    calls.push(past);
    return Promise.resolve(past.outputs);
  },
  delete: (_id, past) => {
    calls.push(past);
    return Promise.resolve();
  },
});
beforeEach(() => calls.splice(0));

const news = { name: "Bookstore" };
const stateOf = (others: object) => ({ ...news, made: "then", ...others });

test("an output that only an older version had is no change, and in no state that is written", async () => {
  const olds = stateOf({ liveId: "1" });
  expect(await provider.diff("1", olds, news)).toMatchObject({ changes: false });
  const { props } = await provider.read("1", olds);
  expect(props).toEqual(stateOf({}));
  await provider.delete("1", olds);
  expect(calls).toEqual([{ inputs: news, outputs: { made: "then" }, isUnfinished: false }]);
});

test("an output that is as good as none is not written, and there for who reads the state", async () => {
  const sparing = resourceProvider<Inputs, { made: string; notes: string[] }>(["made", "notes"], {
    defaultOutputs: { notes: [] },
    check: (given) => ({ inputs: given as Inputs }),
    create: () => Promise.resolve({ id: "1", outputs: { made: "today", notes: [] } }),
    read: (_id, past) => Promise.resolve(past),
    update: (_id, { outputs }) =>
      Promise.resolve({ ...outputs, notes: [...outputs.notes, "changed"] }),
    delete: () => Promise.resolve(),
  });
  const made = { ...news, made: "today" };
  const { outs } = await sparing.create(news);
  expect(outs).toEqual(made);
  // An older version wrote it.
  const { props } = await sparing.read("1", { ...made, notes: [] });
  expect(props).toEqual(made);
  const updated = await sparing.update("1", outs, news);
  expect(updated.outs).toEqual({ ...made, notes: ["changed"] });
});

test("an input that an older version did not have is a change like any other", async () => {
  const wanted = { ...news, colour: "red" };
  expect(await provider.diff("1", stateOf({}), wanted)).toMatchObject({ changes: true });
  expect((await provider.update("1", stateOf({}), wanted)).outs).toEqual({
    ...wanted,
    made: "then",
  });
});

test("what only a newer version knows is a change, and after it in the state no more", async () => {
  const olds = stateOf({ sessionPolicy: { idle: 60 } });
  expect(await provider.diff("1", olds, news)).toMatchObject({ changes: true, replaces: [] });
  expect((await provider.update("1", olds, news)).outs).toEqual(stateOf({}));
});

describe("a create that never came to know the id", () => {
  const left: string[] = [];
  const deleted: string[] = [];
  const lost = resourceProvider<Inputs, { made: string }>(["made"], {
    check: (given) => ({ inputs: given as Inputs }),
    create: () =>
      Promise.resolve().then(() => {
        throw new PartialFailure(new Error("lost"), { outputs: { made: "now" } });
      }),
    find: ({ name }) => Promise.resolve(name === news.name ? left : []),
    read: (id, past) => Promise.resolve(id === "7" ? past : undefined),
    update: () => Promise.reject(new Error("no update can bring an id")),
    delete: (id) => Promise.resolve(void deleted.push(id)),
  });
  beforeEach(() => {
    left.splice(0);
    deleted.splice(0);
  });
  const kept = async () =>
    (await lost.create(news).catch((error: unknown) => error)) as {
      id: string;
      properties: Inputs & { made: string };
    };

  test("is in the state as unfinished, and replaced by the next up whatever that declares", async () => {
    const { id, properties } = await kept();
    expect(properties).toEqual({ ...news, made: "now", isUnfinished: true });
    expect(await lost.diff(id, properties, news)).toEqual({
      changes: true,
      replaces: ["id"],
      deleteBeforeReplace: true,
    });
  });

  test("deletes all that it may have made", async () => {
    const { id, properties } = await kept();
    await lost.delete(id, properties);
    expect(deleted).toEqual([]);
    left.push("7", "8");
    await lost.delete(id, properties);
    expect(deleted).toEqual(["7", "8"]);
  });

  test("gets its id from a refresh if it made something, and is gone if it did not", async () => {
    const { id, properties } = await kept();
    expect(await lost.read(id, properties)).toEqual({ id: "" });
    left.push("7");
    expect(await lost.read(id, properties)).toMatchObject({
      id: "7",
      props: stateOf({ made: "now" }),
    });
  });
});
