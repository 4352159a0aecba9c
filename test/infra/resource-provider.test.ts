import { resourceProvider } from "../../infra/resource-provider";

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
