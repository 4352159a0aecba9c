import { dequal } from "dequal";
import { secretNames } from "../../../infra/logto/mechanism/outputs";
import { secretPlaces } from "../../../infra/logto/mechanism/secret-inputs";
import { kinds as declaredKinds } from "../../../infra/registry";
import type { Tracked } from "../../support/engine";
import {
  changeByHand,
  isAlwaysThere,
  makeThere,
  pathOf,
  type PlayedKind,
  playedKinds,
  viewOf,
} from "../../support/kinds";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { evaluateProvider, failuresOf } from "../../support/provider";

/** What this project promises of every resource, played with each kind that is declared. */
jest.setTimeout(60_000);

let logto: LogtoForTests;
let kinds: PlayedKind[];
beforeAll(async () => {
  logto = await startLogtoForTests();
  kinds = await playedKinds(logto);
});
afterAll(() => logto.stop());

const newWarnings = async (work: () => Promise<unknown>) => {
  const before = logto.warnings.length;
  await work();
  return logto.warnings.slice(before);
};

test("the sandbox answers for every kind", async () => {
  const forgotten: string[] = [];
  for (const { kind } of kinds) {
    const { status, body } = await logto.sandbox.request("GET", `/${kind.path}`);
    const { code } = body as { code?: string };
    if (status === 200 || code === "entity.not_found" || code === "entity.not_exists_with_id") {
      continue;
    }
    forgotten.push(
      `GET /${kind.path} of ${kind.type} answers ${status}: add its routes to sandbox/routes and name them in sandbox/application.ts`,
    );
  }
  expect(forgotten).toEqual([]);
});

describe.each(declaredKinds().map((kind) => [kind.type, kind] as const))("%s", (type, kind) => {
  let played: PlayedKind;
  let before: unknown[];
  let tracked: Tracked | undefined;
  const up = async (inputs: object) => (tracked = await logto.up(type, inputs, tracked));
  const live = () => tracked as Tracked;
  const path = () => pathOf(kind, live().id);
  const view = () => viewOf(logto, played.kind);

  beforeEach(async () => {
    played = kinds.find(({ kind }) => kind.type === type) as PlayedKind;
    before = await view();
    tracked = undefined;
  });
  afterEach(async () => {
    if (tracked) await logto.destroy(type, tracked);
    expect(await view()).toEqual(before);
  });

  test("is made, is left alone by a second up, is changed, and goes", async () => {
    await up(played.declared);
    const declared = await view();
    expect(declared).not.toEqual(before);
    expect(await logto.writesDuring(() => up(played.declared))).toEqual([]);
    expect(await logto.refresh(type, live())).toEqual(live());
    await up(played.changed);
    expect(await view()).not.toEqual(declared);
    expect(await logto.refresh(type, live())).toEqual(live());
    expect(await logto.hasChanges(type, played.changed, live())).toBe(false);
    // Nothing of what is no longer declared stays.
    await up(played.declared);
    expect(await view()).toEqual(declared);
  });

  test("shows what somebody else changed, and puts it right with a warning", async () => {
    await up(played.declared);
    const declared = await view();
    await changeByHand(logto, played, live().id);
    const seen = (await logto.refresh(type, live())) as Tracked;
    expect(await logto.hasChanges(type, played.declared, seen)).toBe(true);
    const stale = tracked;
    tracked = seen;
    await up(played.declared);
    expect(await view()).toEqual(declared);
    // Without a refresh the next change writes over it, and says so.
    await changeByHand(logto, played, live().id);
    tracked = stale;
    expect((await newWarnings(() => up(played.changed))).join()).toContain("writes over");
  });

  test("keeps its secrets out of the outputs and inputs that are not marked, and shows that they changed", async () => {
    await up(played.declared);
    const { outputs = {}, secretInputs } = played.kind;
    for (const output of secretNames(outputs)) expect(live().state[output]).toBeTruthy();
    const { secretFingerprints: first } = live().state;
    expect(first !== undefined).toBe(secretPlaces(secretInputs).exist);
    await up(played.changed);
    if (first !== undefined) expect(dequal(live().state["secretFingerprints"], first)).toBe(false);
  });

  // What is always there is neither made nor deleted, and taken over without being asked to.
  if (isAlwaysThere(kind)) {
    test("takes no word on adoption, as there is nothing to decide", async () => {
      const provider = evaluateProvider<object, object>(type);
      const words = { adopt: "ifPresent", adoptId: "default" };
      expect(await failuresOf(provider, { ...played.declared, ...words })).toEqual([
        "adopt: is not an input",
        "adoptId: is not an input",
      ]);
    });
    return;
  }

  test("is made again by a change if somebody deleted it, and says so", async () => {
    await up(played.declared);
    await logto.sandbox.request("DELETE", path());
    expect((await newWarnings(() => up(played.changed))).join()).toContain("deleted the");
    const again = await view();
    expect(again).not.toEqual(before);
    expect(await logto.writesDuring(() => up(played.changed))).toEqual([]);
    const seen = (await logto.refresh(type, live())) as Tracked;
    // An id that is ours to choose stays, and so does a key; the state need not remember another.
    const { chosenId, isPut = false } = kind.identity;
    const isSameId = chosenId !== undefined || isPut;
    expect(seen.id === live().id).toBe(isSameId);
    expect(live().state["liveId"] === undefined).toBe(isSameId);
    // What a state without that refresh knows is enough to go on, too.
    await up(played.declared);
    expect(await view()).not.toEqual(again);
  });

  test("is refused if one is there already that this stack did not make, or leaves that alone if both can be", async () => {
    const id = await makeThere(logto, played);
    const there = await view();
    // What Logto has room for once is taken over or gives way if nothing else is said.
    const never = played.kind.slot ? { adopt: "never" } : {};
    if (played.kind.identity.isProof && !played.kind.slot) {
      await up(played.declared);
      expect(live().id).not.toBe(id);
      await logto.destroy(type, live());
      tracked = undefined;
    } else {
      await expect(up({ ...played.declared, ...never })).rejects.toThrow(
        'declare adopt as "ifPresent"',
      );
    }
    expect(await view()).toEqual(there);
    await logto.send("DELETE", pathOf(kind, id));
  });

  test("is taken over if it is to be adopted, and put back when it goes", async () => {
    const id = await makeThere(logto, played);
    const there = await view();
    await up({ ...played.declared, adopt: "ifPresent" });
    expect(live().id).toBe(id);
    expect(await logto.refresh(type, live())).toEqual(live());
    await up({ ...played.changed, adopt: "ifPresent" });
    await logto.destroy(type, live());
    tracked = undefined;
    expect(await view()).toEqual(there);
    await logto.send("DELETE", pathOf(kind, id));
  });

  test("is taken over without a write if it is as declared already", async () => {
    const made = await logto.up(type, played.declared);
    const whole = await view();
    const writes = await logto.writesDuring(() => up({ ...played.declared, adoptId: made.id }));
    expect(writes).toEqual([]);
    expect(live().id).toBe(made.id);
    const leaving = await logto.writesDuring(() => logto.destroy(type, live()));
    expect(leaving).toEqual([]);
    expect(await view()).toEqual(whole);
    tracked = made;
  });

  test("must be there if adoption is required", async () => {
    await expect(up({ ...played.declared, adopt: "required" })).rejects.toThrow("to adopt");
  });

  test("is found again if an earlier run was killed before it wrote its state", async () => {
    const { id } = await logto.up(type, played.declared);
    const warnings = await newWarnings(() => up(played.declared));
    expect(live().id).toBe(id);
    expect(warnings.join()).toContain("Goes on with");
  });
});
