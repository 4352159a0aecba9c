import * as pulumi from "@pulumi/pulumi";
import { evaluateProvider, failuresOf } from "../../support/provider";
import {
  type Exchange,
  type ScriptedServer,
  startScriptedServer,
} from "../../support/scripted-server";

/** What goes over the wire, and in which order, when a connector has a testRecipient. */
type Properties = Record<string, unknown>;

const templates = ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
  usageType,
  type: "text/plain",
  subject: usageType,
  content: "{{code}}",
}));
const apiKey = "SG.canary-key";
const config = { apiKey, fromEmail: "no-reply@bookstore.example", templates };
const testRecipient = "you@bookstore.example";
const factoryId = "sendgrid-email-service";
const connector = "/api/connectors/bookstore-email";
const news = {
  factoryId,
  connectorId: "bookstore-email",
  config,
  secretFields: ["apiKey"],
  testRecipient,
};

const live = (held: object = config) => ({
  id: "bookstore-email",
  connectorId: factoryId,
  type: "Email",
  config: held,
});
const read: Exchange = { method: "GET", path: connector, body: live() };
const missing: Exchange = {
  method: "GET",
  path: connector,
  status: 404,
  body: { code: "entity.not_found", message: "Not found." },
};
const factory: Exchange = {
  method: "GET",
  path: `/api/connector-factories/${factoryId}`,
  body: { type: "Email" },
};
const list = (...held: object[]): Exchange => ({
  method: "GET",
  path: "/api/connectors",
  body: held,
});
const mail: Exchange = { method: "POST", path: `/api/connectors/${factoryId}/test`, status: 204 };
const refusedWith = (data: unknown, code = "connector.general"): Exchange => ({
  ...mail,
  status: 400,
  body: { code, message: "Error occurred in connector.", data },
});
const create: Exchange = { method: "POST", path: "/api/connectors", body: live() };
const patch: Exchange = { method: "PATCH", path: connector, body: live() };
/** The answer to a write after which the connector holds that, too. */
const holding = (write: Exchange, change: object): Exchange => ({
  ...write,
  body: { ...(write.body as object), config: { ...config, ...change } },
});

let server: ScriptedServer;
// The first check of a connector looks, once in a process, for the one that it will take the place of.
beforeAll(async () => {
  await checked(await start([list()]), news);
  await server.close();
});
afterEach(() => server.close());

async function start(exchanges: Exchange[]) {
  server = await startScriptedServer(exchanges);
  return newRun();
}

function newRun() {
  return evaluateProvider<Properties, Properties>("logto:SendGridConnector", {
    "logto:endpoint": server.endpoint,
    "logto:clientSecret": "canary-secret",
    "logto:fingerprintKey": "a-key-of-the-tests",
  });
}

async function checked(provider: Awaited<ReturnType<typeof start>>, inputs: object) {
  return (await provider.check({}, inputs)).inputs as Properties;
}

async function created(exchanges: Exchange[], inputs: object = news) {
  const provider = await start(exchanges);
  return provider.create(await checked(provider, inputs));
}

async function updated(exchanges: Exchange[], before: object, after: object) {
  const provider = await start(exchanges);
  const past = { ...(await checked(provider, before)), adopted: false, original: {} };
  return provider.update("bookstore-email", past, await checked(provider, after));
}

const writes = () =>
  server.requests
    .filter(({ line }) => !line.startsWith("GET") && line !== "POST /oidc/token")
    .map(({ line }) => line.replace(factoryId, "…"));
const sent = () =>
  server.requests
    .filter(({ line }) => line.endsWith("/test"))
    .map(({ body }) => JSON.parse(body) as unknown);
const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => {
      const { message, stack } = error as Error;
      expect(stack).toBe(message);
      expect(message).not.toMatch(/canary|\n/);
      return message;
    },
  );

const withConfig = (change: object) => ({ ...news, config: { ...config, ...change } });
const withoutRecipient = ({ testRecipient: _, ...rest }: typeof news) => rest;

describe("one mail goes", () => {
  test("before a new connector is created, with its config", async () => {
    await created([missing, factory, list(), mail, create]);
    expect(writes()).toEqual(["POST /api/connectors/…/test", "POST /api/connectors"]);
    expect(sent()).toEqual([
      { email: testRecipient, config: { ...config, templates: expect.any(Array) as unknown } },
    ]);
  });

  test("before a connector that is there is taken over, with the config that it is to have", async () => {
    const rival = { ...live({ ...config, fromName: "Old", replyTo: "x" }), id: "other" };
    const there = {
      ...patch,
      path: "/api/connectors/other",
      body: { ...rival, config: { ...rival.config, fromName: "New" } },
    };
    await created([missing, factory, list(rival), mail, there], withConfig({ fromName: "New" }));
    expect(writes()).toEqual(["POST /api/connectors/…/test", "PATCH /api/connectors/other"]);
    expect(sent()).toMatchObject([{ config: { fromName: "New", replyTo: "x" } }]);
  });

  test("before a change, and before a drift is put right", async () => {
    const books = { fromName: "Books" };
    await updated([read, mail, holding(patch, books)], news, withConfig(books));
    expect(writes()).toEqual(["POST /api/connectors/…/test", `PATCH ${connector}`]);
    expect(sent()).toMatchObject([{ email: testRecipient, config: { fromName: "Books" } }]);
  });

  test("to a new recipient, if nothing else changes", async () => {
    const recipient = "me@bookstore.example";
    await updated([read, mail], news, { ...news, testRecipient: recipient });
    expect(sent()).toMatchObject([{ email: recipient, config: { apiKey } }]);
    expect(writes()).toHaveLength(1);
  });

  test("before a connector that is gone is made again", async () => {
    const warn = jest.spyOn(pulumi.log, "warn").mockResolvedValue();
    await updated(
      [missing, factory, list(), mail, holding(create, { fromName: "Books" })],
      news,
      withConfig({ fromName: "Books" }),
    );
    expect(warn).toHaveBeenCalledTimes(1);
    expect(writes()).toEqual(["POST /api/connectors/…/test", "POST /api/connectors"]);
  });
});

describe("no mail goes", () => {
  test("if no one is named, or no one any more", async () => {
    await created([missing, factory, list(), create], withoutRecipient(news));
    await server.close();
    await updated([read], news, withoutRecipient(news));
    expect(writes()).toEqual([]);
  });

  test("if Logto holds already what is wanted", async () => {
    await updated([read], withConfig({ fromName: "Before" }), news);
    expect(writes()).toEqual([]);
  });

  test("by a check, a comparison or a refresh", async () => {
    const provider = await start([read]);
    const inputs = await checked(provider, news);
    const state = { ...inputs, adopted: false, original: {} };
    expect(await provider.diff("bookstore-email", state, inputs)).toMatchObject({ changes: false });
    expect(await provider.read("bookstore-email", state)).toMatchObject({
      inputs: { testRecipient },
    });
    expect(writes()).toEqual([]);
  });

  test("when an adopted connector is put back", async () => {
    const provider = await start([read, patch]);
    const original = { config: { fromName: "Old" } };
    const state = { ...(await checked(provider, news)), adopted: true, original };
    await provider.delete("bookstore-email", state);
    expect(writes()).toEqual([`PATCH ${connector}`]);
  });
});

describe("a refusal says what SendGrid said and what to do, and nothing is written after it", () => {
  const unverified =
    "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved.";
  test.each<[string, unknown, string]>([
    [
      "a key that it does not know",
      { message: errors("The provided authorization grant is invalid, expired, or revoked") },
      'SendGrid says "The provided authorization grant is invalid, expired, or revoked", that is, SendGrid does not know the API key, or no longer: set one that is valid with npm run pulumi -- config set --secret logto-stack:sendgridApiKey',
    ],
    [
      "a sender that is not verified",
      { message: errors(unverified) },
      `SendGrid says "${unverified}", that is, SendGrid has not verified the sender: verify it at https://app.sendgrid.com/settings/sender_auth, or name another sender in logto-stack:email.fromEmail`,
    ],
    [
      "a key that may not send",
      { message: errors("access forbidden") },
      'SendGrid says "access forbidden", that is, the API key may not send mail: give it the permission Mail Send at https://app.sendgrid.com/settings/api_keys',
    ],
    [
      "too many requests",
      { message: errors("too many requests") },
      'SendGrid says "too many requests", that is, SendGrid has had too many requests: wait a minute',
    ],
    [
      "a plan that is used up",
      { message: errors("Maximum credits exceeded") },
      'SendGrid says "Maximum credits exceeded", that is, the account has used up the mails of its plan: wait for the next period or change the plan',
    ],
    [
      "several things at once, one of them with the key in it",
      { message: errors("does not contain a valid address", `no ${apiKey}`) },
      'SendGrid says "does not contain a valid address; no [secret]"',
    ],
    ["a page", { message: "<html>\n  bad gateway  </html>" }, "bad gateway"],
    ["nothing that can be read", { name: "Error" }, "Error occurred in connector."],
    ["no data", undefined, "Error occurred in connector."],
    [
      "nothing, as Logto has no way to it",
      {
        code: "ECONNREFUSED",
        timings: { start: 1 },
        options: { headers: { authorization: apiKey } },
      },
      "Logto cannot reach the mail service from where it runs (ECONNREFUSED); let its machine or container connect to that",
    ],
  ])("%s", async (_, data, expected) => {
    const change = withConfig({ fromName: "Books" });
    const message = await messageOf(updated([read, refusedWith(data)], news, change));
    expect(message).toBe(
      `The test mail of the connector "bookstore-email" (sendgrid-email-service) to you@bookstore.example did not go, so nothing was changed: ${expected}`,
    );
    expect(writes()).toEqual(["POST /api/connectors/…/test"]);
  });

  test("and nothing is created either", async () => {
    const refusal = refusedWith({ message: errors("access forbidden") });
    expect(await messageOf(created([missing, factory, list(), refusal]))).toContain("Mail Send");
    expect(writes()).toEqual(["POST /api/connectors/…/test"]);
  });

  test("and the next up tries again", async () => {
    const provider = await start([
      read,
      refusedWith({ message: errors("access forbidden") }),
      read,
      mail,
      holding(patch, { fromName: "Books" }),
    ]);
    const before = { ...(await checked(provider, news)), adopted: false, original: {} };
    const after = await checked(provider, withConfig({ fromName: "Books" }));
    expect(await messageOf(provider.update("bookstore-email", before, after))).toContain(
      "SendGrid",
    );
    // The engine keeps the state of before where an update fails.
    expect(await provider.diff("bookstore-email", before, after)).toMatchObject({ changes: true });
    await newRun().update("bookstore-email", before, after);
    expect(writes().at(-1)).toBe(`PATCH ${connector}`);
  });
});

test("a failure of Logto's own is told as such, and the mail is not asked for twice", async () => {
  const failure = { ...mail, status: 500, body: { message: "Internal server error." } };
  expect(await messageOf(updated([read, failure], news, withConfig({ fromName: "Books" })))).toBe(
    `Could not send a test mail with the connector "bookstore-email" (sendgrid-email-service): POST ${server.endpoint}/api/connectors/sendgrid-email-service/test answered 500: Internal server error.`,
  );
  expect(writes()).toHaveLength(1);
});

test("a mail service that hangs is given up after half a minute, once", async () => {
  const change = withConfig({ fromName: "Books" });
  expect(await messageOf(updated([read, { ...mail, hang: true }], news, change))).toMatch(
    /did not go, so nothing was changed: Logto did not answer within 30 s, most likely because the mail service does not answer it; whether the mail still goes is not known, and the next up sends another one$/,
  );
  expect(writes()).toHaveLength(1);
}, 90_000);

test("a recipient is an address, and its connector one for e-mail", async () => {
  const provider = await start([read, refusedWith(undefined, "connector.unexpected_type")]);
  expect(await failuresOf(provider, { ...news, testRecipient: "me" })).toEqual([
    "testRecipient: expected an e-mail address, such as you@bookstore.example",
  ]);
  const past = {
    ...(await checked(provider, withoutRecipient(news))),
    adopted: false,
    original: {},
  };
  const wanted = await checked(provider, news);
  expect(await messageOf(provider.update("bookstore-email", past, wanted))).toBe(
    "testRecipient: sendgrid-email-service is no e-mail connector, so no mail can be tested",
  );
});

function errors(...messages: string[]): string {
  return JSON.stringify({
    errors: messages.map((message) => ({ message, field: null, help: null })),
  });
}
