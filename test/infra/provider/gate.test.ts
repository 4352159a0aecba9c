import { checkInputs } from "../../../infra/checks";
import { gate } from "../../../infra/provider/gate";
import { z } from "zod";

interface Inputs {
  door: string;
}

const calls: { door: string; before?: string }[] = [];
let isUp = true;
const provider = gate<Inputs, { opened: number }>({
  id: ({ door }) => door,
  check: (news) => checkInputs<Inputs>(news, z.object({ door: z.string() })),
  outputNames: ["opened"],
  ensure({ door }, before) {
    calls.push({ door, ...(before && { before: before.door }) });
    return Promise.resolve({ opened: calls.length });
  },
  isUp: () => Promise.resolve(isUp),
});
const made = { door: "front", opened: 1 };

test("a gate is passed by its first up, and again once an input is another or it is no longer the case", async () => {
  expect(await provider.create({ door: "front" })).toEqual({ id: "front", outs: made });
  expect(await provider.diff("front", made, { door: "front" })).toMatchObject({ changes: false });
  isUp = false;
  expect(await provider.diff("front", made, { door: "front" })).toMatchObject({ changes: true });
  isUp = true;
  expect(await provider.diff("front", made, { door: "back" })).toMatchObject({ changes: true });
  expect(await provider.update("front", made, { door: "back" })).toEqual({
    outs: { door: "back", opened: 2 },
  });
  expect(calls).toEqual([{ door: "front" }, { door: "back", before: "front" }]);
});

test("a refresh of a gate finds what the state has, and deleting it does nothing", async () => {
  const { length } = calls;
  expect(await provider.read("front", made)).toEqual({
    id: "front",
    inputs: { door: "front" },
    props: made,
  });
  await provider.delete("front", made);
  expect(calls).toHaveLength(length);
});
