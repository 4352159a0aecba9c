import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";
import { newMail, sendMail } from "./outbox-mails";
import { type Outbox, startOutbox } from "../support/outbox";
import { send } from "../support/sandbox";

let outbox: Outbox;

beforeAll(async () => {
  outbox = await startOutbox();
}, 30_000);

afterAll(() => outbox.stop());

afterEach(async () => {
  await outbox.recover();
  await outbox.clear();
});

const refused = (message: string, field: string | null = null) => ({
  errors: [expect.objectContaining({ message, field }) as unknown],
});

describe("POST /v3/mail/send", () => {
  test("is accepted with an id and no body, and the mail is listed", async () => {
    const answer = await sendMail(outbox, {
      from: { email: "no-reply@bookstore.example", name: "Bookstore" },
      content: [
        { type: "text/plain", value: "Your code is 424242." },
        { type: "text/html", value: "<p>Your code is <b>424242</b>.</p>" },
      ],
    });
    expect(answer).toMatchObject({ status: 202, body: undefined });
    const id = answer.headers["x-message-id"] as string;
    expect(id).toMatch(/^[\w-]{22}$/);
    expect(await outbox.mails()).toEqual([
      {
        id: `${id}-0`,
        receivedAt: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
        to: "ada@bookstore.example",
        from: { email: "no-reply@bookstore.example", name: "Bookstore" },
        subject: "Your code",
        text: "Your code is 424242.",
        html: "<p>Your code is <b>424242</b>.</p>",
        code: "424242",
        headers: expect.objectContaining({
          From: "Bookstore <no-reply@bookstore.example>",
          To: "ada@bookstore.example",
          Subject: "Your code",
          "Content-Type": "multipart/alternative",
        }) as object,
      },
    ]);
  });

  test("makes a mail of each personalization, newest first", async () => {
    await sendMail(outbox, { subject: "First" });
    await sendMail(outbox, {
      personalizations: [
        { to: [{ email: "ada@bookstore.example", name: "Ada" }], cc: [{ email: "bob@b.example" }] },
        { to: [{ email: "cyd@b.example" }, { email: "dan@b.example" }], subject: "Own" },
      ],
    });
    const mails = await outbox.mails();
    expect(mails.map(({ to, cc, subject }) => ({ to, cc, subject }))).toEqual([
      { to: "cyd@b.example, dan@b.example", subject: "Own" },
      { to: "ada@bookstore.example", cc: "bob@b.example", subject: "Your code" },
      { to: "ada@bookstore.example", subject: "First" },
    ]);
    expect(mails[1]?.headers).toMatchObject({ To: "Ada <ada@bookstore.example>" });
  });

  test("in SendGrid's own sandbox mode is checked and not kept", async () => {
    const checked = { mail_settings: { sandbox_mode: { enable: true } } };
    expect((await sendMail(outbox, checked)).status).toBe(200);
    expect(await outbox.mails()).toEqual([]);
  });

  test.each([
    ["no key", { authorization: "" }],
    ["another key", { authorization: "Bearer canary" }],
    ["the key in another scheme", { authorization: "Basic canary" }],
  ])("with %s is 401", async (_what, headers) => {
    expect(await outbox.request("POST", "/v3/mail/send", newMail(), headers)).toMatchObject({
      status: 401,
      body: refused("The provided authorization grant is invalid, expired, or revoked"),
    });
  });

  test("that is no JSON is 400, and of another type 415", async () => {
    expect(await outbox.request("POST", "/v3/mail/send", "{")).toMatchObject({
      status: 400,
      body: refused("Bad Request"),
    });
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect(await outbox.request("POST", "/v3/mail/send", "a=b", form)).toMatchObject({
      status: 415,
      body: refused("Content-Type should be application/json.", "Content-Type"),
    });
  });

  test("of more than 30 MB is 413, of less is accepted", async () => {
    const of = (megabytes: number) =>
      newMail({ content: [{ type: "text/plain", value: "x".repeat(megabytes * 1024 * 1024) }] });
    expect(await outbox.request("POST", "/v3/mail/send", of(31))).toMatchObject({
      status: 413,
      body: refused("payload too large"),
    });
    expect((await outbox.request("POST", "/v3/mail/send", of(29))).status).toBe(202);
  }, 30_000);

  const people = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ email: `reader${index}@b.example` }));
  const plain = { type: "text/plain", value: "123456" };
  const html = { type: "text/html", value: "<p>123456</p>" };

  test.each<[string, object, string, string]>([
    ["no personalizations", { personalizations: undefined }, "personalizations", "at least one"],
    ["an empty list of them", { personalizations: [] }, "personalizations", "at least one"],
    ["no one to send to", { personalizations: [{}] }, "personalizations.0.to", "The to array"],
    [
      "an address that is none",
      { personalizations: [{ to: [{ email: "ada" }] }] },
      "personalizations.0.to.0.email",
      "Does not contain a valid address.",
    ],
    [
      "more than 1000 readers",
      { personalizations: [{ to: people(600), bcc: people(1001).slice(600) }] },
      "personalizations",
      "There is a limit of 1000 total recipients",
    ],
    [
      "more than 1000 personalizations",
      { personalizations: people(1001).map((one) => ({ to: [one] })) },
      "personalizations",
      "You have provided 1001 personalizations",
    ],
    [
      "somebody twice",
      { personalizations: [{ to: people(1), cc: [{ email: "Reader0@b.example" }] }] },
      "personalizations.0",
      "first duplicate instance of [Reader0@b.example] in the personalizations.0.cc field",
    ],
    ["no sender", { from: undefined }, "from", "The from object must be provided"],
    ["a sender without address", { from: { name: "B" } }, "from.email", "The from object must"],
    [
      "a sender whose address is none",
      { from: { email: "b" } },
      "from.email",
      "The from email does not contain a valid address.",
    ],
    ["no subject", { subject: undefined }, "subject", "The subject is required"],
    ["an empty subject", { subject: "" }, "subject", "The subject is required"],
    ["no content", { content: undefined }, "content", "the content parameter is required"],
    ["an empty content", { content: [{ ...plain, value: "" }] }, "content.0.value", "at least one"],
    ["HTML before the text", { content: [html, plain] }, "content", "text/plain first"],
    ["two texts", { content: [plain, plain] }, "content", "only be provided once"],
  ])("with %s is 400, and names the field", async (_what, change, field, message) => {
    const answer = await sendMail(outbox, change);
    expect(answer).toMatchObject({
      status: 400,
      body: {
        errors: [
          {
            field,
            message: expect.stringContaining(message) as string,
            help: expect.stringMatching(/^http:.*errors\.html#message\./) as string,
          },
        ],
      },
    });
    expect(await outbox.mails()).toEqual([]);
  });

  test("with several things wrong names them all", async () => {
    const { body } = await sendMail(outbox, { from: undefined, content: [] });
    const { errors } = body as { errors: { field: string }[] };
    expect(errors.map(({ field }) => field)).toEqual(["from", "content"]);
  });

  test("to 1000 readers is accepted", async () => {
    expect((await sendMail(outbox, { personalizations: [{ to: people(1000) }] })).status).toBe(202);
  });
});

describe("the code of a mail is", () => {
  test.each<[string, string, string, string | undefined]>([
    ["that of the text", "text/plain", "Code: 123456.", "123456"],
    [
      "that of the HTML, not a colour",
      "text/html",
      '<b style="color:#654321">123456</b>',
      "123456",
    ],
    ["not one of a style sheet", "text/html", "<style>b{z-index:222222}</style>", undefined],
    ["not a part of a longer number", "text/plain", "Call 1234567 or 12345.", undefined],
    ["not a part of a word", "text/plain", "Order AB123456, 123456-7", undefined],
  ])("%s", async (_what, type, value, code) => {
    await sendMail(outbox, { content: [{ type, value }] });
    expect((await outbox.mails())[0]?.code).toBe(code);
  });
});

describe("told to fail", () => {
  test("it answers so, in SendGrid's form, until it is told otherwise", async () => {
    expect((await outbox.fail({ status: 403, message: "not today" })).status).toBe(204);
    expect(await sendMail(outbox)).toMatchObject({ status: 403, body: refused("not today") });
    expect(await outbox.request("GET", "/v3/scopes")).toMatchObject({ status: 200 });
    await outbox.recover();
    expect((await sendMail(outbox)).status).toBe(202);
  });

  test("with 429 it says when to come back", async () => {
    await outbox.fail({ status: 429 });
    const { headers } = await sendMail(outbox);
    expect(Number(headers["x-ratelimit-reset"])).toBeGreaterThan(Date.now() / 1000);
    expect(headers["x-ratelimit-remaining"]).toBe("0");
  });

  test("a wrong key is told first", async () => {
    await outbox.fail({ status: 500 });
    const wrong = { authorization: "Bearer canary" };
    expect((await outbox.request("POST", "/v3/mail/send", newMail(), wrong)).status).toBe(401);
  });

  test.each([
    [{}],
    [{ status: 200 }],
    [{ status: "500" }],
    [{ hang: false }],
    [{ hang: true, x: 1 }],
  ])("by %j it refuses, and goes on as before", async (failure) => {
    expect(await outbox.fail(failure)).toMatchObject({
      status: 400,
      body: { message: expect.stringContaining('"hang": true') as string },
    });
    expect((await sendMail(outbox)).status).toBe(202);
  });
});

describe("what a key may ask", () => {
  test("is nothing about senders if any may send", async () => {
    expect((await outbox.request("GET", "/v3/scopes")).body).toEqual({ scopes: ["mail.send"] });
    for (const requested of ["/v3/verified_senders", "/v3/whitelabel/domains"]) {
      expect(await outbox.request("GET", requested)).toMatchObject({
        status: 403,
        body: refused("access forbidden"),
      });
    }
    expect((await outbox.request("GET", "/v3/templates")).status).toBe(404);
  });

  test("is who is verified if somebody is, and only they may send", async () => {
    const sender = "no-reply@bookstore.example";
    const strict = await startOutbox({ verifiedSenders: [sender] });
    try {
      expect((await strict.request("GET", "/v3/verified_senders")).body).toEqual({
        results: [expect.objectContaining({ from_email: sender, verified: true })],
      });
      expect((await strict.request("GET", "/v3/whitelabel/domains")).body).toEqual([]);
      expect((await sendMail(strict)).status).toBe(202);
      expect(await sendMail(strict, { from: { email: "other@bookstore.example" } })).toMatchObject({
        status: 403,
        body: { errors: [{ field: "from" }] },
      });
    } finally {
      await strict.stop();
    }
  }, 30_000);
});

describe("what is kept", () => {
  test("is the last 200 mails", async () => {
    for (let number = 0; number < 205; number += 1) {
      await sendMail(outbox, { subject: `Mail ${number}` });
    }
    const mails = await outbox.mails();
    expect([mails.length, mails[0]?.subject, mails.at(-1)?.subject]).toEqual([
      200,
      "Mail 204",
      "Mail 5",
    ]);
  }, 30_000);

  test("is not more than memory and page can hold", async () => {
    const value = "x".repeat(15 * 1024 * 1024);
    for (const subject of ["one", "two", "three"]) {
      await sendMail(outbox, { subject, content: [{ type: "text/plain", value }] });
    }
    expect((await outbox.mails()).map(({ subject }) => subject)).toEqual(["three", "two"]);
  }, 30_000);

  test("is still there after a restart", async () => {
    await sendMail(outbox, { subject: "Kept" });
    const before = await outbox.mails();
    await outbox.restart();
    expect(await outbox.mails()).toEqual(before);
    expect(before).toHaveLength(1);
  }, 30_000);

  test("can be deleted", async () => {
    await sendMail(outbox);
    expect((await send(`${outbox.url}/mails`, "DELETE")).status).toBe(204);
    expect(await outbox.mails()).toEqual([]);
  });

  test("lies in files that no one else can read, and in no log", async () => {
    await sendMail(outbox, { content: [{ type: "text/plain", value: "Code 918273" }] });
    const file = path.join(outbox.directory, "mails.json");
    expect(readFileSync(file, "utf8")).toContain("918273");
    expect(statSync(file).mode & 0o777).toBe(0o600);
    for (const secret of ["918273", outbox.apiKey, "ada@bookstore.example"]) {
      expect(outbox.logText()).not.toContain(secret);
    }
  });
});

describe("its page and its JSON", () => {
  const port = () => Number(new URL(outbox.url).port);

  /** fetch does not let the Host header be set. */
  function statusWithHost(host: string): Promise<number> {
    return new Promise((resolve, reject) => {
      http
        .get({ host: "127.0.0.1", port: port(), path: "/mails", headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        })
        .on("error", reject);
    });
  }

  test("answer under the names of this machine only", async () => {
    expect(await statusWithHost(`localhost:${port()}`)).toBe(200);
    expect(await statusWithHost(`127.0.0.1:${port()}`)).toBe(200);
    for (const host of [
      `evil.example:${port()}`,
      "localhost",
      `localhost.evil.example:${port()}`,
    ]) {
      expect([host, await statusWithHost(host)]).toEqual([host, 421]);
    }
  });

  test("answer on the loopback address only", async () => {
    const outside = Object.values(os.networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === "IPv4" && !internal);
    if (outside === undefined) return;
    for (const each of [port(), outbox.mailServer.port]) {
      await expect(fetch(`http://${outside.address}:${each}/mails`)).rejects.toThrow(
        "fetch failed",
      );
    }
  });

  test.each(["/", "/mails", "/page.js", "/page.css"])(
    "%s is kept nowhere, and open to no other site",
    async (requested) => {
      const { status, headers } = await send(`${outbox.url}${requested}`, "GET", undefined, {
        origin: "https://evil.example",
      });
      expect(status).toBe(200);
      expect(headers.get("cache-control")).toBe("no-store");
      expect(headers.get("access-control-allow-origin")).toBeNull();
      expect(headers.get("x-content-type-options")).toBe("nosniff");
      const policy = headers.get("content-security-policy") ?? "";
      expect(policy).toContain("default-src 'none'");
      expect(policy).not.toMatch(/https?:|\*|unsafe-eval/);
    },
  );

  test("escape what a mail holds, wherever it stands", async () => {
    const evil = `"><script>alert(1)</script>`;
    await sendMail(outbox, {
      subject: evil,
      from: { email: "a@b.example", name: evil },
      content: [
        { type: "text/plain", value: evil },
        { type: "text/html", value: evil },
      ],
      headers: { "X-Evil": evil },
    });
    const { body } = await send(`${outbox.url}/`, "GET");
    expect(body).toContain("&lt;script>alert(1)");
    expect(String(body).match(/<script/g)).toHaveLength(1);
    expect(body).toContain('<iframe sandbox srcdoc="&quot;>&lt;script>');
  });
});

describe("what it cannot start with is one line and exit code 1, without the key:", () => {
  test.each<[string, unknown, string]>([
    ["no JSON", "{canary", "is not JSON"],
    ["a key that is missing", { port: 3003, apiKey: "canary" }, "sendGridPort: Required"],
    ["no file", undefined, "needs a configuration file: node sandbox/outbox/start.cjs CONFIG.json"],
  ])("%s", (_what, configuration, expected) => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "logto-stack-outbox-"));
    const file = path.join(folder, "config.json");
    if (configuration !== undefined) {
      const isText = typeof configuration === "string";
      writeFileSync(file, isText ? configuration : JSON.stringify(configuration));
    }
    const { status, stdout } = spawnSync(
      process.execPath,
      ["sandbox/outbox/start.cjs", ...(configuration === undefined ? [] : [file])],
      { encoding: "utf8" },
    );
    rmSync(folder, { recursive: true });
    expect(status).toBe(1);
    const lines = stdout.trim().split("\n");
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "error",
      message: expect.stringContaining(expected) as string,
    });
    expect(stdout).not.toContain("canary");
  });
});
