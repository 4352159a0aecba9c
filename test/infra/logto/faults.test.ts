import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import path from "node:path";
import { kinds as declaredKinds } from "../../../infra/registry";
import { leftBy, type Tracked } from "../../support/engine";
import { type Fault, type FaultProxy, faults } from "../../support/fault-proxy";
import {
  isAlwaysThere,
  makeThere,
  pathOf,
  type PlayedKind,
  secretOfKinds,
  viewOf,
} from "../../support/kinds";
import type { LogtoForTests } from "../../support/logto";
import { withTimeLimit } from "../../support/patience";
import { type Stage, stages } from "../../support/stages";

/**
 * The matrix: every request that a create, a read, an update and a delete of each Management API resource
 * consists of, under every fault, once and from there on. Whatever happened, one more run finishes it:
 * the server holds exactly what is declared, nothing twice and nothing left over, and the state agrees.
 *
 * The client's patience is that of a test; its rules are its own. Most of the time goes by in waiting for requests that
 * are never answered, so several tests run at once, each with a Logto of its own.
 */
jest.mock("../../../infra/patience", () => jest.requireActual<object>("../../support/patience"));
jest.setTimeout(600_000);

const canary = `SG.canary${randomBytes(8).toString("hex")}`;
const templates = ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
  usageType,
  type: "text/plain",
  subject: "Your code",
  content: "{{code}}",
}));

/** A resource, as it is declared first and then, and what is there before it. */
interface Scenario {
  type: string;
  declared: object;
  changed: object;
  given?: { path: string; body: object };
  /** The kind whose object is there before. */
  givenKind?: PlayedKind;
}

const thatWasThere = "that was there before";

const connector = (name: string) => ({
  factoryId: "sendgrid-email-service",
  connectorId: "bookstore-email",
  config: { apiKey: `${canary}${name}`, fromEmail: `${name}@bookstore.example`, templates },
  secretFields: ["apiKey"],
});

const scenarios: Record<string, Scenario> = {
  "SendGridConnector in the place of another": {
    type: "logto:SendGridConnector",
    given: {
      path: "/api/connectors",
      body: {
        id: "by-hand",
        connectorId: "simple-mail-transfer-protocol",
        config: {
          host: "smtp.bookstore.example",
          port: 587,
          auth: { type: "login", user: "by-hand", pass: "by-hand" },
          fromEmail: "by-hand@bookstore.example",
          templates: templates.map(({ type, ...rest }) => ({ ...rest, contentType: type })),
        },
      },
    },
    declared: connector("declared"),
    changed: connector("changed"),
  },
};

/** Each kind that is declared, made by this stack and there before; what is always there is not made. */
const kindScenarios = declaredKinds().flatMap((kind) =>
  isAlwaysThere(kind) ? [kind.type] : [kind.type, `${kind.type} ${thatWasThere}`],
);

function scenarioOf(name: string, kinds: PlayedKind[]): Scenario {
  const own = scenarios[name];
  if (own !== undefined) return own;
  const [type = ""] = name.split(" ");
  const played = kinds.find(({ kind }) => kind.type === type) as PlayedKind;
  const { declared, changed, there } = played;
  return there && name.endsWith(thatWasThere)
    ? {
        type,
        givenKind: played,
        declared: { ...declared, adopt: "ifPresent" },
        changed: { ...changed, adopt: "ifPresent" },
      }
    : { type, declared, changed };
}

/** Makes what is there before, and answers with its path. */
async function makeGiven(
  logto: LogtoForTests,
  { given, givenKind }: Scenario,
): Promise<string | undefined> {
  if (givenKind) return pathOf(givenKind.kind, await makeThere(logto, givenKind));
  if (given === undefined) return undefined;
  const { id } = await logto.send("POST", given.path, given.body);
  return `${given.path}/${id as string}`;
}

/** Everything that a user would have read, and what must not be in it. */
const printed: string[] = [];
const secrets = new Set([canary, secretOfKinds, "Bearer", "eyJ"]);

const ownStages = stages();
afterAll(() => ownStages.stop());

/** `work` on a stage, of whose credential nothing must be told. */
function watched(work: (stage: Stage) => Promise<void>): Promise<void> {
  return ownStages.play(async (stage) => {
    secrets.add((await stage.logto.sandbox.managementCredential()).clientSecret);
    await work(stage);
  });
}

/** `work`, in which what a failed run had changed must not be taken for somebody else's doing. */
async function unsuspecting({ warnings }: LogtoForTests, work: () => Promise<void>): Promise<void> {
  const from = warnings.length;
  await work();
  // That a connector made by hand gives way is told, and that no leaked password can be looked up.
  const others = warnings
    .slice(from)
    .filter(
      (warning) => !/^Logto (?:has one connector that sends|cannot reach \S+,) /.test(warning),
    );
  expect(others).toEqual([]);
}

/** What the server holds of everything that a scenario touches, but for what differs each time. */
async function viewFor(title: string, { logto, kinds }: Stage) {
  const [type] = title.split(" ");
  const played = kinds.find(({ kind }) => kind.type === type);
  return played ? viewOf(logto, played.kind) : wholeView(logto);
}

async function wholeView(logto: LogtoForTests) {
  const list = async (path: string) => (await logto.get(path)) as unknown as { id: string }[];
  const applications = (await list("/api/applications")).filter(
    ({ id }) => id !== "infrastructure",
  );
  const secrets = await Promise.all(
    applications.map(async ({ id }) =>
      ((await list(`/api/applications/${id}/secrets`)) as unknown as { name: string }[]).map(
        ({ name }) => name,
      ),
    ),
  );
  return {
    applications: applications.map((application) => ({ ...application, id: "", createdAt: 0 })),
    secrets,
    connectors: await list("/api/connectors"),
    experience: await logto.get("/api/sign-in-exp"),
  };
}

type Operation = "create" | "read" | "update" | "delete";

/** One operation as the engine would call it; what it throws is all that a user sees of it. */
async function perform(
  logto: LogtoForTests,
  { type, declared, changed }: Scenario,
  operation: Operation,
  tracked?: Tracked,
): Promise<Tracked | undefined> {
  switch (operation) {
    case "create":
      return logto.up(type, declared, tracked);
    case "read":
      return logto.refresh(type, tracked as Tracked);
    case "update":
      return logto.up(type, changed, tracked);
    case "delete":
      await logto.destroy(type, tracked as Tracked);
      return undefined;
  }
}

async function attempt<Result>(
  work: () => Promise<Result>,
): Promise<{ result?: Result; error?: Error }> {
  try {
    return { result: await work() };
  } catch (error) {
    const { message, stack } = error as Error;
    printed.push(message);
    expect(stack).toBe(message);
    expect(message).not.toContain("\n");
    return { error: error as Error };
  }
}

/** How long a request that is never answered is waited for, in milliseconds. */
const unanswered = 400;

/** `work` while requests suffer what `choose` says. One of them at least has to come. */
async function suffering<Result>(
  proxy: FaultProxy,
  fault: string,
  choose: Parameters<FaultProxy["plan"]>[0],
  work: () => Promise<Result>,
): Promise<Result> {
  let hasStruck = false as boolean;
  proxy.plan((request, count) => {
    const chosen = choose(request, count);
    hasStruck ||= chosen !== undefined;
    return chosen;
  });
  try {
    const result = await (/never/.test(fault) ? withTimeLimit(unanswered, work) : work());
    if (!hasStruck) throw new Error("that request was not sent");
    return result;
  } finally {
    await proxy.clear();
  }
}

const secretsOf = async (logto: LogtoForTests, id: string) => {
  const secrets = await logto.get(`/api/applications/${id}/secrets`);
  return (secrets as unknown as { name: string; value: string }[]).map(
    ({ name, value }): [string, string] => [name, value],
  );
};

/** A client that gives up on one of these cannot know better; the next run does. */
const isFinal = (fault: string) => /500|half of its JSON/.test(fault);

/** Those that last as a server stays down. */
const lasting = new Set<string>([
  "is cut off before it arrives",
  "is answered, and the answer is lost",
  "is answered 500 after it was carried out",
  "is answered 504",
  "is carried out and never answered",
] satisfies (keyof typeof faults)[]);

/** Those after which a run knows no more than that something may have been done: for what it must remember. */
const decisive = new Set<string>([
  "is answered, and the answer is lost",
  "is answered with half of its JSON",
  "is answered 500 after it was carried out",
] satisfies (keyof typeof faults)[]);

const spans = Object.entries(faults).flatMap(([name, fault]: [string, Fault]) => [
  { name, fault, isLasting: false },
  ...(lasting.has(name) ? [{ name, fault, isLasting: true }] : []),
]);

type Span = (typeof spans)[number];

let cells = 0;

const operations: Operation[] = ["create", "read", "update", "delete"];
const played = [...Object.keys(scenarios), ...kindScenarios].flatMap((title) =>
  operations.map((operation) => [title, operation] as const),
);

test.concurrent.each(played)(
  "%s a %s survives every fault of each of its requests, and one more run finishes it",
  (title, operation) => watched((stage) => surviveAll(title, operation, stage)),
);

async function surviveAll(title: string, operation: Operation, stage: Stage): Promise<void> {
  const { logto, proxy, kinds } = stage;
  const scenario = scenarioOf(title, kinds);
  const { type, declared, changed } = scenario;
  const view = () => viewFor(title, stage);
  const given = await makeGiven(logto, scenario);
  const empty = await view();
  // The tokens are there from then on, whatever was played before.
  let tracked: Tracked | undefined = await logto.up(type, declared);
  if (operation === "create") {
    await logto.destroy(type, tracked);
    tracked = undefined;
  }
  // Without a fault: which requests there are, and how it should end.
  const from = proxy.seen.length;
  tracked = await perform(logto, scenario, operation, tracked);
  const requests = proxy.seen.slice(from).map(({ line }) => line);
  const expected = await view();

  /** From before the operation through the fault. */
  const fail = async (nth: number, { name, fault, isLasting }: Span) => {
    if (operation === "create" && tracked) await logto.destroy(type, tracked);
    if (operation === "update") tracked = await logto.up(type, declared, tracked);
    if (operation === "delete") tracked = await logto.up(type, declared);
    const kept = operation === "create" ? undefined : tracked;
    const before = await view();

    const { error, result } = await suffering(
      proxy,
      name,
      (_, count) => (count === nth || (isLasting && count > nth) ? fault : undefined),
      () => attempt(() => perform(logto, scenario, operation, kept)),
    );
    if (!isLasting && !isFinal(name)) expect(error?.message).toBeUndefined();
    return { error, kept: error ? (leftBy(error) ?? kept) : result, before };
  };

  const finish = async (nth: number, span: Span) => {
    const { error, kept } = await fail(nth, span);
    tracked = error ? await perform(logto, scenario, operation, kept) : kept;

    expect(await view()).toEqual(expected);
    if (tracked === undefined) return;
    expect(await logto.refresh(type, tracked)).toEqual(tracked);
    const wanted = operation === "update" ? changed : declared;
    expect(await logto.hasChanges(type, wanted, tracked)).toBe(false);
    const { secretValues } = tracked.state;
    if (secretValues !== undefined) {
      expect(secretValues).toEqual(Object.fromEntries(await secretsOf(logto, tracked.id)));
    }
  };

  /** The user thinks better of it after the failure: a plain `up`, or a `destroy`, and it is as it was. */
  const takeBack = async (nth: number, span: Span) => {
    const { error, kept, before } = await fail(nth, span);
    tracked = kept;
    if (error === undefined) return;
    if (operation === "create") {
      if (kept) await logto.destroy(type, kept);
      tracked = undefined;
      expect(await view()).toEqual(before);
    } else {
      tracked = await logto.up(type, declared, kept);
      expect(await view()).toEqual(before);
      expect(await logto.refresh(type, tracked)).toEqual(tracked);
    }
  };
  const isTakenBack = operation === "create" || operation === "update";

  const chosen = spans.filter(({ name }) => given === undefined || decisive.has(name));
  for (const [index, request] of requests.entries()) {
    for (const span of chosen) {
      // One decisive fault that is not even noticed leaves nothing to take back.
      const fails = decisive.has(span.name) && (span.isLasting || isFinal(span.name));
      const ways = isTakenBack && fails ? [finish, takeBack] : [finish];
      for (const way of ways) {
        cells += 1;
        await unsuspecting(logto, () => way(index + 1, span)).catch((error: unknown) => {
          const until = span.isLasting ? ", and so does what follows" : "";
          throw new Error(
            `${request} ${span.name}${until} (${way.name}): ${(error as Error).message}`,
          );
        });
      }
    }
  }
  if (tracked !== undefined) await logto.destroy(type, tracked);
  expect(await view()).toEqual(empty);
  if (given !== undefined) await logto.send("DELETE", given);
}

test.concurrent(
  "the request for a token survives every fault as well, in the middle of a create",
  () =>
    watched((stage) =>
      unsuspecting(stage.logto, async () => {
        for (const span of spans.filter(({ isLasting }) => !isLasting)) {
          cells += 1;
          await surviveForToken(span, stage);
        }
      }),
    ),
);

async function surviveForToken({ name, fault }: Span, { logto, proxy, kinds }: Stage) {
  const { type, declared } = scenarioOf("logto:Application", kinds);
  // From then on there is a token, which expires.
  await logto.destroy(type, await logto.up(type, declared));
  let isTokenDue = true as boolean;
  const { error, result } = await suffering(
    proxy,
    name,
    ({ line }, count) => {
      if (count === 1) return faults["comes with a token that has expired"];
      if (!isTokenDue || line !== "POST /oidc/token") return undefined;
      isTokenDue = false;
      return fault;
    },
    () => attempt(() => logto.up(type, declared)),
  );
  expect(isTokenDue).toBe(false);
  // A token is asked for with the client's credential and without a bearer: it cannot expire.
  if (!isFinal(name) && !name.includes("expired")) expect(error?.message).toBeUndefined();
  const tracked = result ?? (await logto.up(type, declared));
  expect((await wholeView(logto)).applications).toHaveLength(1);
  await logto.destroy(type, tracked);
}

test("no secret was in any error", () => {
  expect(printed.length).toBeGreaterThan(100);
  for (const secret of secrets) {
    expect(printed.filter((text) => text.includes(secret))).toEqual([]);
  }
  process.stderr.write(
    `${cells} faults were survived, ${printed.length} of them by one more run.\n`,
  );
});

test.each([
  ["README.md", /more than (\d+) faults of the network/],
  ["docs/reliability.md", /counts as one: more than (\d+) in all/],
])("there are no fewer faults than %s says", (file, said) => {
  const text = readFileSync(path.join(__dirname, "../../..", file), "utf8").replace(/\s+/g, " ");
  expect(cells).toBeGreaterThan(Number(said.exec(text)?.[1]));
});

test("docs/reliability.md counts the faults that there are", () => {
  const text = readFileSync(path.join(__dirname, "../../../docs/reliability.md"), "utf8");
  expect(text).toContain(`each of ${Object.keys(faults).length} faults:`);
});
