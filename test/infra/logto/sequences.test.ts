import fc from "fast-check";
import { kindTypes } from "../../../infra/registry";
import { leftBy, type Tracked } from "../../support/engine";
import { type FaultProxy, faults, startFaultProxy } from "../../support/fault-proxy";
import {
  changeByHand,
  expectKindDeclared,
  isAlwaysThere,
  liveOf,
  pathOf,
  type PlayedKind,
  playedKinds,
} from "../../support/kinds";
import { type LogtoForTests, startLogtoForTests } from "../../support/logto";

/**
 * Random sequences of declarations, edits by somebody else, faults and runs. Whatever came before, after one
 * clean `up` live equals declared, once, and a second one with a refresh does nothing. The first one looks at the
 * server as well where only that can tell: after an edit, or a removal that failed.
 *
 * 25 of them, the same ones each time, or as many others as LOGTO_STACK_SEQUENCES says, and half as many of all declared
 * kinds. A failure shows its steps: they become a test of their own.
 */
jest.mock("../../../infra/patience", () => ({
  patience: { timeLimit: 2_000, tries: 3, firstPause: 5, longestPause: 20, longestRetryAfter: 100 },
}));
jest.setTimeout(7_200_000);

const { LOGTO_STACK_SEQUENCES: asked } = process.env;
const sequences = Number(asked ?? 25);

const handWritten = ["one", "two", "email", "experience"];
/** What a stack can declare: those, and an object of each declared kind by its type. */
type Key = string;
const keys: Key[] = [...handWritten, ...kindTypes];
const types: Record<Key, string> = {
  one: "logto:Application",
  two: "logto:Application",
  email: "logto:SendGridConnector",
  experience: "logto:SignInExperience",
};
/** That of a declared kind is its key. */
const typeOf = (key: Key) => types[key] ?? key;
const urnOf = (key: Key) => `urn:pulumi:sequences::logto-stack::logto:Application::${key}`;

const application = fc.record(
  {
    name: fc.constantFrom("Bookstore", "Bücher 📚", "\u05d7\u05e0\u05d5\u05ea"),
    description: fc.constantFrom("a", "b"),
    oidcClientMetadata: fc.record({
      redirectUris: fc.subarray(["https://a.example/", "https://b.example/", "app.books://c"], {
        minLength: 1,
      }),
    }),
    customData: fc.record({ team: fc.constantFrom("x", "y"), deep: fc.constant({ a: [1] }) }, {}),
    secrets: fc
      .subarray(["Default secret", "2026", "2027"], { minLength: 1 })
      .map((names) => names.map((name) => ({ name }))),
  },
  { requiredKeys: ["name"] },
);
const connector = fc.record(
  { fromEmail: fc.constantFrom("a@b.example", "c@b.example"), fromName: fc.constantFrom("A", "B") },
  { requiredKeys: ["fromEmail"] },
);
const experience = fc.record(
  {
    termsOfUseUrl: fc.constantFrom("https://a.example/", "https://b.example/"),
    color: fc.record(
      { primaryColor: fc.constantFrom("#111111", "#222222"), isDarkModeEnabled: fc.boolean() },
      { requiredKeys: [] },
    ),
    customCss: fc.constantFrom("a {}", "b {}"),
  },
  { requiredKeys: [] },
);
const names = Object.keys(faults).filter((name) => !/never/.test(name));
const applicationKey = fc.constantFrom<Key>("one", "two");

const edits = ["change", "delete", "neighbour", "set up again"] as const;

const declare = (key: fc.Arbitrary<Key>, what: fc.Arbitrary<object>) =>
  fc.record({ do: fc.constant("declare" as const), key, what: fc.option(what) });
const editOf = (some: Key[]) =>
  fc.record({
    do: fc.constant("edit" as const),
    key: fc.constantFrom(...some),
    how: fc.constantFrom(...edits),
  });
const run = {
  weight: 4,
  arbitrary: fc.record({
    do: fc.constant("run" as const),
    refresh: fc.boolean(),
    fault: fc.option(
      fc.record({
        // Most of all those after which a run has failed although the server did what it was asked.
        name: fc.oneof(
          fc.constantFrom(...names.filter((name) => !/500 after|half/.test(name))),
          fc.constantFrom(...names.filter((name) => /500 after|half/.test(name))),
        ),
        nth: fc.integer({ min: 1, max: 8 }),
        isLasting: fc.boolean(),
      }),
    ),
  }),
};

const step = fc.oneof(
  declare(applicationKey, application),
  declare(fc.constant("email"), connector),
  declare(fc.constant("experience"), experience),
  editOf(handWritten),
  run,
);
const stepOfKinds = fc.oneof(
  {
    weight: 3,
    arbitrary: declare(
      fc.constantFrom(...kindTypes),
      fc.record({ values: fc.constantFrom("declared" as const, "changed" as const) }),
    ),
  },
  editOf(kindTypes),
  run,
);
type ValueOf<Of> = Of extends fc.Arbitrary<infer Value> ? Value : never;
type Step = ValueOf<typeof step>;

let logto: LogtoForTests;
let proxy: FaultProxy;
let kinds: PlayedKind[] = [];
const kindOf = (key: Key) => kinds.find(({ kind }) => kind.type === key);
beforeAll(async () => {
  logto = await startLogtoForTests({
    through: async (endpoint) => {
      proxy = await startFaultProxy(endpoint);
      return proxy.endpoint;
    },
  });
  kinds = await playedKinds(logto);
});
afterAll(async () => {
  await logto.stop();
  await proxy.stop();
});

interface Listed {
  id: string;
  name: string;
  customData: { "logto-stack"?: { urn: string } };
}
const applications = async () =>
  ((await logto.get("/api/applications?page_size=100")) as unknown as Listed[]).filter(
    ({ id }) => id !== "infrastructure",
  );

/** The inputs of a resource, as a program would give them. */
function inputsOf(key: Key, what: object): object {
  const kind = kindOf(key);
  if (kind) return kind[(what as { values: "declared" | "changed" }).values];
  switch (key) {
    case "email":
      return {
        factoryId: "sendgrid-email-service",
        connectorId: "sequences",
        secretFields: ["apiKey"],
        config: { apiKey: "SG.canary", templates, ...what },
      };
    case "experience":
      return what;
    default:
      return { type: "Traditional", managedBy: urnOf(key), ...what };
  }
}
const templates = ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
  usageType,
  type: "text/plain",
  subject: "Code",
  content: "{{code}}",
}));

const byHand = {
  id: "by-hand",
  connectorId: "sendgrid-email-service",
  config: { apiKey: "SG.by-hand", fromEmail: "hand@b.example", fromName: "Hand", templates },
};

/** A stack, and the engine's part of keeping its state. */
class Stack {
  readonly declared = new Map<Key, object>();
  readonly state = new Map<Key, Tracked>();
  /** Something that no plain `up` can know of: an edit, or a removal that failed after it was carried out. */
  needsRefresh = false;

  /** One `up`: what it throws ends it, as the engine ends. */
  async up(refresh: boolean): Promise<void> {
    for (const [key, tracked] of refresh ? [...this.state] : []) {
      const live = await logto.refresh(typeOf(key), tracked);
      if (live === undefined) this.state.delete(key);
      else this.state.set(key, live);
    }
    if (refresh) this.needsRefresh = false;
    for (const key of keys) {
      const what = this.declared.get(key);
      if (what === undefined) continue;
      try {
        this.state.set(key, await logto.up(typeOf(key), inputsOf(key, what), this.state.get(key)));
      } catch (error) {
        const left = leftBy(error);
        if (left) this.state.set(key, left);
        throw error;
      }
    }
    for (const [key, tracked] of [...this.state].reverse()) {
      if (this.declared.has(key)) continue;
      await logto.destroy(typeOf(key), tracked).catch((error: unknown) => {
        this.needsRefresh = true;
        throw error;
      });
      this.state.delete(key);
    }
  }
}

/** What somebody else does in the console. */
async function edit(key: Key, how: (typeof edits)[number]): Promise<void> {
  const kind = kindOf(key);
  if (kind) {
    const live = await liveOf(logto, kind);
    const place = live && pathOf(kind.kind, live.id);
    if (place && how === "delete" && !isAlwaysThere(kind.kind)) await logto.send("DELETE", place);
    if (live && how === "change") await changeByHand(logto, kind, live.id);
    return;
  }
  if (key === "experience") {
    const change =
      how === "neighbour" ? { privacyPolicyUrl: "https://p.example/" } : { customCss: "by hand" };
    await logto.send("PATCH", "/api/sign-in-exp", change);
    return;
  }
  const place = key === "email" ? "/api/connectors/sequences" : await applicationPath(key);
  if (place === undefined || (await logto.sandbox.request("GET", place)).status !== 200) return;
  if (how === "delete") {
    await logto.sandbox.request("DELETE", place);
    return;
  }
  if (how === "set up again") {
    // The console's new e-mail connector takes the place of the one that is there.
    if (key === "email") await logto.send("POST", "/api/connectors", byHand);
    return;
  }
  const live = await logto.get(place);
  const change =
    key === "email"
      ? {
          config: {
            ...(live["config"] as object),
            ...(how === "change" ? { fromName: "Hand" } : { ipPoolName: "p" }),
          },
        }
      : how === "change"
        ? { name: "By hand" }
        : { customData: { ...(live["customData"] as object), neighbour: 1 } };
  await logto.send("PATCH", place, change);
}

async function applicationPath(key: Key): Promise<string | undefined> {
  const live = (await applications()).find(
    ({ customData }) => customData["logto-stack"]?.urn === urnOf(key),
  );
  return live && `/api/applications/${live.id}`;
}

async function expectDeclared({ declared }: Stack): Promise<void> {
  for (const kind of kinds) {
    const { type } = kind.kind;
    const what = declared.get(type);
    await expectKindDeclared(logto, kind, what && { ...inputsOf(type, what) });
  }
  const all = await applications();
  const ofKinds = kinds.map((kind) => kind.declared["managedBy"]);
  const urns = all
    .map(({ customData }) => customData["logto-stack"]?.urn)
    .filter((urn) => urn === undefined || !ofKinds.includes(urn))
    .sort();
  const wanted = (["one", "two"] as const).filter((key) => declared.has(key));
  expect(urns).toEqual(wanted.map(urnOf).sort());
  for (const key of wanted) {
    const path = (await applicationPath(key)) as string;
    const { secrets = [{ name: "Default secret" }], ...columns } = declared.get(key) as {
      secrets?: { name: string }[];
    };
    expect(await logto.get(path)).toMatchObject(columns);
    const held = (await logto.get(`${path}/secrets`)) as unknown as { name: string }[];
    expect(held.map(({ name }) => name).sort()).toEqual(secrets.map(({ name }) => name).sort());
  }
  const connectors = (await logto.get("/api/connectors")) as unknown as { type: string }[];
  const mailers = connectors.filter(({ type }) => type === "Email");
  const email = declared.get("email");
  if (email) expect(mailers).toMatchObject([{ config: email }]);
  // What somebody set up by hand was put back.
  else if (!declared.has(types["email"] as string) && mailers.length > 0) {
    expect(mailers).toMatchObject([byHand]);
  }
  expect(await logto.get("/api/sign-in-exp")).toMatchObject(declared.get("experience") ?? {});
}

async function play(steps: Step[]): Promise<void> {
  const stack = new Stack();
  for (const one of steps) {
    if (one.do === "declare") {
      if (one.what === null) stack.declared.delete(one.key);
      else stack.declared.set(one.key, one.what);
    } else if (one.do === "edit") {
      await edit(one.key, one.how);
      stack.needsRefresh = true;
    } else {
      const { fault } = one;
      if (fault) {
        proxy.plan((_, count) =>
          count === fault.nth || (fault.isLasting && count > fault.nth)
            ? faults[fault.name as keyof typeof faults]
            : undefined,
        );
      }
      await stack.up(one.refresh).catch((error: unknown) => {
        // Nothing but a user error may come of it.
        expect((error as Error).stack).toBe((error as Error).message);
      });
      await proxy.clear();
    }
  }
  await stack.up(stack.needsRefresh);
  await expectDeclared(stack);
  expect(await logto.writesDuring(() => stack.up(true))).toEqual([]);
  // The next sequence begins with an empty server.
  stack.declared.clear();
  await stack.up(true);
  await expectDeclared(stack);
  await logto.sandbox.request("DELETE", "/api/connectors/by-hand");
}

// Those of a pull request pass or fail by what it changed, and not by luck.
const own = asked === undefined ? { seed: 4711, endOnFailure: true } : {};

test.each([
  ["of the hand-written resources", step, sequences],
  ["of the declared kinds", stepOfKinds, Math.ceil(sequences / 2)],
] as const)(
  "random sequences %s end with live as declared, and a second up that does nothing",
  async (_, arbitrary, numRuns) => {
    const steps = fc.array(arbitrary, { minLength: 6, maxLength: 20 });
    await fc.assert(fc.asyncProperty(steps, play), { numRuns, ...own });
  },
);
