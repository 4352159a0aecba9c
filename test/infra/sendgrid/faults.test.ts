import * as pulumi from "@pulumi/pulumi";
import { type Fault, type FaultProxy, faults, startFaultProxy } from "../../support/fault-proxy";
import { evaluateProvider } from "../../support/provider";
import { type SendGridForTests, startSendGridForTests } from "../../support/sendgrid";

/**
 * Every request of the preflight under every fault, once and from there on. It only reads, so whatever happened
 * there is nothing to put right: it ends, with SendGrid's consent or in one line, and the next one is as the first.
 *
 * The client's patience is that of a test; its rules are its own.
 */
jest.mock("../../../infra/patience", () => ({
  patience: { firstPause: 10, longestPause: 40, longestRetryAfter: 100 },
}));
jest.setTimeout(120_000);

const apiKey = "SG.canaryKey4711";
const fromEmail = "no-reply@mail.bookstore.example";

let sendGrid: SendGridForTests;
let proxy: FaultProxy;
let notes: string[] = [];
/** Everything that a user would have read. */
const printed: string[] = [];

beforeAll(async () => {
  sendGrid = await startSendGridForTests(
    apiKey,
    ["books@bookstore.example"],
    ["bookstore.example"],
  );
  proxy = await startFaultProxy(sendGrid.endpoint);
});
beforeEach(() => {
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    notes.push(message);
    return Promise.resolve();
  });
});
afterEach(() => {
  jest.restoreAllMocks();
});
afterAll(async () => {
  await proxy.stop();
  await sendGrid.close();
});

/** As `up` does, and answers the error's message or nothing. */
async function preflight(
  operation: "create" | "update",
  timeLimit = 5,
): Promise<string | undefined> {
  notes = [];
  const provider = evaluateProvider<object, object>("sendgrid:Preflight", {
    "logto:fingerprintKey": "a-key-of-the-stack",
  });
  const news = { apiKey, fromEmail, endpoint: proxy.endpoint, timeLimit };
  const { inputs = {}, failures } = await provider.check({}, news);
  expect(failures).toBeUndefined();
  try {
    await (operation === "create"
      ? provider.create(inputs)
      : provider.update("sendgrid-preflight", inputs, inputs));
    return undefined;
  } catch (error) {
    const { message, stack } = error as Error;
    expect(stack).toBe(message);
    expect(message).not.toContain("\n");
    printed.push(message);
    return message;
  }
}

/** That a lasting fault may be nothing to speak of: the answer came. */
const isHarmless = (fault: string) => fault === "is answered slowly";
/** One of these is an answer, and nothing says that another would come. */
const isFinal = (fault: string) => /500|half of its JSON/.test(fault);
const isOfKey = (fault: string) => fault.includes("expired");

let cells = 0;

test.each(["create", "update"] as const)(
  "a preflight's %s ends under every fault of each of its requests, and one fault alone is mostly not even noticed",
  async (operation) => {
    const from = proxy.seen.length;
    expect(await preflight(operation)).toBeUndefined();
    const requests = proxy.seen.slice(from).map(({ line }) => line);
    expect(requests).toHaveLength(5);

    const meet = async (nth: number, name: string, fault: Fault, isLasting: boolean) => {
      proxy.plan((_, count) => (count === nth || (isLasting && count > nth) ? fault : undefined));
      // A healthy answer may take its time on a busy machine; one that never comes shall not.
      const message = await preflight(operation, name.includes("never") ? 0.4 : undefined);
      await proxy.clear();
      printed.push(...notes);
      if (isOfKey(name)) {
        // What a key may not read that was taken a moment ago is passed over, and said where nothing else
        // told that the sender may send.
        if (nth === 1) expect(message).toMatch(/SendGrid does not know the API key/);
        else expect(message).toBeUndefined();
        const isOpen = !isLasting && requests[nth - 1]?.includes("verified_senders");
        expect(notes).toHaveLength(nth === 1 || isOpen ? 0 : 1);
      } else if (isHarmless(name) || (!isLasting && !isFinal(name))) {
        expect(message).toBeUndefined();
        expect(notes).toEqual([]);
      } else {
        expect(message).toMatch(/^Could not (see|list) .+: .+; (see|wait|is) .+/);
      }
      expect(await preflight(operation)).toBeUndefined();
      expect(notes).toEqual([]);
    };

    for (const [index, request] of requests.entries()) {
      for (const [name, fault] of Object.entries<Fault>(faults)) {
        for (const isLasting of [false, true]) {
          cells += 1;
          await meet(index + 1, name, fault, isLasting).catch((error: unknown) => {
            const until = isLasting ? ", and so does what follows" : "";
            throw new Error(`${request} ${name}${until}: ${(error as Error).message}`);
          });
        }
      }
    }
  },
);

test("the key was in no error and no note", () => {
  expect(printed.length).toBeGreaterThan(50);
  expect(printed.filter((text) => /canary|Bearer/.test(text))).toEqual([]);
  process.stderr.write(`${cells} faults ended, ${printed.length} of them in one line.\n`);
});
