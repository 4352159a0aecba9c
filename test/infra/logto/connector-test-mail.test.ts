import { type LogtoForTests, startLogtoForTests } from "../../support/logto";
import { type Outbox, startOutbox } from "../../support/outbox";

jest.setTimeout(120_000);

/** The test mail for real: through the sandbox's route and Logto's own SendGrid connector, into the outbox. */
const resource = "logto:SendGridConnector";
const apiKey = "SG.canary-key";
const testRecipient = "you@bookstore.example";
const templates = ["Register", "SignIn", "ForgotPassword", "Generic"].map((usageType) => ({
  usageType,
  type: "text/plain",
  subject: `${usageType} subject`,
  content: "Your code is {{code}}",
}));
const inputs = (change: object = {}) => ({
  factoryId: "sendgrid-email-service",
  connectorId: "bookstore-email",
  config: { apiKey, fromEmail: "no-reply@bookstore.example", templates, ...change },
  secretFields: ["apiKey"],
  testRecipient,
});

let outbox: Outbox;
let logto: LogtoForTests;
beforeAll(async () => {
  outbox = await startOutbox({ apiKey, verifiedSenders: ["no-reply@bookstore.example"] });
  logto = await startLogtoForTests({ mailServer: { ...outbox.mailServer, timeLimit: 1 } });
});
afterAll(async () => {
  await logto.stop();
  await outbox.stop();
});

const messageOf = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

test("the connector is there after its test mail has come, from the template that is declared", async () => {
  const { id } = await logto.up(resource, inputs());
  expect(await outbox.mails()).toMatchObject([
    { to: testRecipient, subject: "Generic subject", text: "Your code is 000000", code: "000000" },
  ]);
  await logto.send("DELETE", `/api/connectors/${id}`);
});

test.each<[string, object, object | undefined, string]>([
  ["a key that it does not know", { apiKey: "SG.canary-wrong" }, undefined, "SendGrid says"],
  [
    "a sender that it has not verified",
    { fromEmail: "books@bookstore.example" },
    undefined,
    "SendGrid has not verified the sender: verify it at",
  ],
  ["haste", {}, { status: 429, message: "too many requests" }, "wait a minute"],
  ["a failure", {}, { status: 500, message: "Internal error" }, 'SendGrid says "Internal error"'],
  ["no answer", {}, { hang: true }, "did not answer within 1 s"],
])(
  "SendGrid's answer of %s is told, and no connector is made",
  async (_, change, failure, told) => {
    if (failure) await outbox.fail(failure);
    const message = await messageOf(logto.up(resource, inputs(change)));
    await outbox.recover();
    expect(message).toContain(`to ${testRecipient} did not go, so nothing was changed: `);
    expect(message).toContain(told);
    expect(message).not.toMatch(/canary|\n/);
    expect(await logto.get("/api/connectors")).toEqual([]);
    expect(logto.sandbox.logText()).not.toContain("canary");
  },
);
