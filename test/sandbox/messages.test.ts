import { createServer } from "node:https";
import net, { type AddressInfo } from "node:net";
import { makeCertificate } from "../support/certificate";
import { freePort } from "../support/free-port";
import { type Outbox, type OutboxMail, startOutbox } from "../support/outbox";
import { type Answer, type Sandbox, startSandboxProcess } from "../support/sandbox";
import { apiKey, sendGrid, smtp, twilio } from "./connector-bodies";

const to = "dev@bookstore.example";

let outbox: Outbox;
let sandbox: Sandbox;

beforeAll(async () => {
  outbox = await startOutbox();
  sandbox = await startSandboxProcess({ mailServer: { ...outbox.mailServer, timeLimit: 1 } });
}, 60_000);

afterAll(async () => {
  await sandbox.stop();
  await outbox.stop();
});

afterEach(async () => {
  await outbox.recover();
  await outbox.clear();
  await sandbox.query("delete from email_templates");
});

/** What Logto's "Send" button asks for. */
function sendTest(body: object = {}, factoryId = sendGrid.connectorId): Promise<Answer> {
  const whole = { email: to, config: sendGrid.config, ...body };
  return sandbox.request("POST", `/api/connectors/${factoryId}/test`, whole);
}

async function onlyMail(): Promise<OutboxMail> {
  const mails = await outbox.mails();
  expect(mails).toHaveLength(1);
  return mails[0] as OutboxMail;
}

async function addTemplate(language: string, type: string, details: object): Promise<void> {
  await sandbox.query(
    `insert into email_templates (tenant_id, id, language_tag, template_type, details)
     values ('default', $1, $2, $3, $4)`,
    [`${language}-${type}`.slice(0, 21), language, type, JSON.stringify(details)],
  );
}

describe("POST /api/connectors/:factoryId/test", () => {
  test("sends the generic template of the given config with the code 000000", async () => {
    const config = { ...sendGrid.config, fromName: "Bookstore" };
    expect(await sendTest({ config })).toMatchObject({ status: 204, body: undefined });
    expect(await onlyMail()).toMatchObject({
      to,
      from: { email: "no-reply@bookstore.example", name: "Bookstore" },
      subject: "Generic subject",
      text: "Your code is 000000",
    });
  });

  test.each([
    ["no address", { email: undefined }, sendGrid.connectorId, "guard.invalid_input"],
    ["an address that is none", { email: "dev" }, sendGrid.connectorId, "guard.invalid_input"],
    ["no config", { config: undefined }, sendGrid.connectorId, "guard.invalid_input"],
    ["a factory that is not there", {}, "carrier-pigeon", "connector.not_found"],
    ["a factory that sends nothing", {}, "github-universal", "connector.not_found"],
    [
      "a number for e-mail",
      { phone: "15550100" },
      sendGrid.connectorId,
      "connector.unexpected_type",
    ],
    ["an address for SMS", {}, twilio.connectorId, "connector.unexpected_type"],
    [
      "a config without a key",
      { config: { ...sendGrid.config, apiKey: undefined } },
      sendGrid.connectorId,
      "connector.invalid_config",
    ],
  ])("%s is refused and nothing is sent", async (_what, body, factoryId, code) => {
    expect(await sendTest(body, factoryId)).toMatchObject({ status: 400, body: { code } });
    expect(await outbox.mails()).toEqual([]);
  });

  test("needs a token", async () => {
    const requested = `/api/connectors/${sendGrid.connectorId}/test`;
    const answer = await sandbox.request("POST", requested, { email: to }, "none");
    expect(answer.status).toBe(401);
  });
});

describe("the tenant's own templates come before those of the config:", () => {
  beforeEach(async () => {
    for (const language of ["en", "de"]) {
      await addTemplate(language, "Generic", {
        subject: `Generic in ${language}`,
        content: "<p>{{code}}</p>",
      });
    }
  });

  test("the one in the reader's language", async () => {
    await sendTest({ locale: "de" });
    expect(await onlyMail()).toMatchObject({
      subject: "Generic in de",
      html: "<p>000000</p>",
      code: "000000",
    });
  });

  test.each([["fr"], [undefined]])(
    "the one in the fallback language for a reader of %s",
    async (locale) => {
      await sendTest({ locale });
      expect((await onlyMail()).subject).toBe("Generic in en");
    },
  );

  test("with the sender that it names, and the connector's name for the reader, as the connector has it", async () => {
    await sandbox.query("delete from email_templates");
    await addTemplate("en", "Generic", {
      subject: "Code {{code}}",
      content: "{{code}} for {{application.name}}",
      contentType: "text/plain",
      sendFrom: "Support",
    });
    await sendTest({ config: { ...sendGrid.config, fromName: "Bookstore" } });
    const { from, subject, text, headers } = await onlyMail();
    expect({ from, subject, text, To: headers["To"] }).toEqual({
      from: { email: "no-reply@bookstore.example", name: "Support" },
      subject: "Code 000000",
      text: "000000 for {{application.name}}",
      To: `Bookstore <${to}>`,
    });
  });

  test("not one of another tenant", async () => {
    await sandbox.query("update email_templates set tenant_id = 'admin'");
    await sendTest();
    expect((await onlyMail()).subject).toBe("Generic subject");
  });
});

describe("what goes wrong is Logto's connector error, and holds no key:", () => {
  test.each([
    [401, "The provided authorization grant is invalid, expired, or revoked"],
    [403, "access forbidden"],
    [413, "payload too large"],
    [429, "too many requests"],
    [500, "internal server error"],
    [503, "service unavailable"],
  ])("SendGrid's %s, with what SendGrid says", async (status, message) => {
    await outbox.fail({ status });
    const { body, ...answer } = await sendTest();
    expect(answer.status).toBe(400);
    const data = { message: JSON.stringify({ errors: [{ message, field: null, help: null }] }) };
    expect(body).toEqual({
      code: "connector.general",
      message: `Error occurred in connector: ${JSON.stringify(data)}`,
      data,
    });
    expect(await outbox.mails()).toEqual([]);
  });

  test("another key than SendGrid knows", async () => {
    const config = { ...sendGrid.config, apiKey: "canary" };
    const answer = await sendTest({ config });
    expect(answer).toMatchObject({ status: 400, body: { code: "connector.general" } });
    expect(JSON.stringify(answer.body)).toContain("authorization grant is invalid");
    expect(JSON.stringify(answer.body)).not.toContain("canary");
  });

  test("a mail server that never answers, after the time limit", async () => {
    await outbox.fail({ hang: true });
    const answer = await sendTest();
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: "connector.general",
        data: { code: "ETIMEDOUT", message: "The mail server did not answer within 1 s." },
      },
    });
    expect(JSON.stringify(answer.body)).not.toContain(apiKey);
  });

  test("no code and no key in the log of either process", async () => {
    await sendTest();
    await outbox.fail({ status: 401 });
    await sendTest();
    for (const secret of ["000000", apiKey]) {
      expect(sandbox.logText()).not.toContain(secret);
      expect(outbox.logText()).not.toContain(secret);
    }
  });
});

describe("the mail server is the only way out:", () => {
  // Twilio's connector hands a request without answer on as it is, and Logto answers that with 500.
  test("a connector with another address is refused, and the log names that", async () => {
    const body = { email: undefined, phone: "15550100", config: twilio.config };
    expect((await sendTest(body, twilio.connectorId)).status).toBe(500);
    expect(sandbox.logText()).toContain("The sandbox sends nothing to api.twilio.com");
    expect(sandbox.logText()).not.toContain("canary");
  });

  test("a connector that sends by SMTP is refused, and asks for no connection", async () => {
    let connections = 0;
    const server = net.createServer((socket) => {
      connections += 1;
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const config = { ...smtp.config, host: "127.0.0.1", port, secure: false };
    const answer = await sendTest({ config }, smtp.connectorId);
    server.close();
    expect(answer).toMatchObject({
      status: 501,
      body: {
        code: "connector.not_implemented",
        data: { message: expect.stringContaining("SMTP") as string },
      },
    });
    expect(connections).toBe(0);
  });

  test("without one nothing is sent, and the error says so", async () => {
    const alone = await startSandboxProcess();
    const requested = `/api/connectors/${sendGrid.connectorId}/test`;
    const answer = await alone.request("POST", requested, { email: to, config: sendGrid.config });
    await alone.stop();
    expect(answer).toMatchObject({
      status: 400,
      body: {
        code: "connector.general",
        data: { message: "The sandbox was started without a mail server: nothing is sent." },
      },
    });
  }, 60_000);

  test.each([
    ["another certificate", "api.sendgrid.com", false],
    ["its certificate for another name", "mail.bookstore.example", true],
  ])(
    "a server with %s gets nothing",
    async (_what, name, isTrusted) => {
      const pair = await makeCertificate([name]);
      const requests: string[] = [];
      const server = createServer(pair, (request, response) => {
        requests.push(request.url ?? "");
        response.writeHead(202).end();
      });
      const port = await freePort();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      const certificate = isTrusted ? pair.cert : outbox.mailServer.certificate;
      const misled = await startSandboxProcess({ mailServer: { port, certificate } });
      const requested = `/api/connectors/${sendGrid.connectorId}/test`;
      const answer = await misled.request("POST", requested, {
        email: to,
        config: sendGrid.config,
      });
      await misled.stop();
      server.closeAllConnections();
      server.close();
      expect(answer).toMatchObject({ status: 400, body: { code: "connector.general" } });
      expect(requests).toEqual([]);
    },
    60_000,
  );

  test("a server that takes the connection and says nothing is given up", async () => {
    const sockets: net.Socket[] = [];
    const server = net.createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as AddressInfo;
    const { certificate } = outbox.mailServer;
    const patient = await startSandboxProcess({ mailServer: { port, certificate, timeLimit: 1 } });
    const requested = `/api/connectors/${sendGrid.connectorId}/test`;
    const answer = await patient.request("POST", requested, { email: to, config: sendGrid.config });
    await patient.stop();
    sockets.forEach((socket) => socket.destroy());
    server.close();
    expect(answer).toMatchObject({ status: 400, body: { data: { code: "ETIMEDOUT" } } });
  }, 60_000);
});
