import { type MailRecorder, startMailRecorder } from "../support/mail-recorder";
import { type Outbox, startOutbox } from "../support/outbox";
import { type Sandbox, send, startSandboxProcess } from "../support/sandbox";
import { newChallenge, type Page, Visitor } from "../support/visitor";
import { sendGrid } from "./connector-bodies";
import { addClient, authorizationUrl, type Client } from "./oidc-client";
import { differences, recordedSignIns, type SignInStep } from "./recording";
import { declare } from "./sign-in-pages";

const { flows, mails } = recordedSignIns();
const total = flows.reduce((sum, { steps }) => sum + steps.length, 0);
let answeredAsRecorded = 0;
let sentAsRecorded = 0;

/** The one that the recording was made with. */
const connector = {
  ...sendGrid,
  config: {
    ...sendGrid.config,
    fromName: "Bookstore",
    templates: sendGrid.config.templates.map((template) => ({
      ...template,
      content: `Your code is {{code}} (${template.usageType})`,
    })),
  },
};

let outbox: Outbox;
let recorder: MailRecorder;
let sandbox: Sandbox;
let bookstore: Client;

beforeAll(async () => {
  outbox = await startOutbox();
  recorder = await startMailRecorder(outbox);
  sandbox = await startSandboxProcess({ mailServer: recorder.mailServer });
  await sandbox.request("POST", "/api/connectors", connector);
  await declare(sandbox);
  bookstore = await addClient(sandbox);
}, 60_000);

afterAll(async () => {
  await sandbox.stop();
  recorder.stop();
  await outbox.stop();
  process.stdout.write(
    `\n${answeredAsRecorded} of ${total} recorded steps of sign-ins answered as recorded, ` +
      `${sentAsRecorded} of ${mails.length} mails sent as recorded\n`,
  );
});

test("the recording holds the 42 steps and the 4 mails that count", () => {
  expect([total, mails.length]).toEqual([42, 4]);
});

describe("as recorded from a real Logto:", () => {
  // In their order: who registers in one flow signs in in the next.
  test.each(flows.map(({ flow, steps }, index) => ({ flow, steps, mail: mails[index] })))(
    "$flow",
    async ({ steps, mail }) => {
      const to = mail?.body.personalizations[0]?.to[0]?.email as string;
      const way = new Way(to);
      const failures: string[] = [];
      for (const step of steps) {
        const found = unlike(await way.take(step), step);
        answeredAsRecorded += found.length === 0 ? 1 : 0;
        failures.push(...found.map((what) => `${step.step}: ${what}`));
      }
      const sent = recorder.requests.splice(0);
      expect(sent).toHaveLength(1);
      const unlikeMail = differences(sent[0], mail, "mail");
      sentAsRecorded += unlikeMail.length === 0 ? 1 : 0;
      expect([...failures, ...unlikeMail]).toEqual([]);
      expect(await outbox.mailsTo(to)).not.toHaveLength(0);
    },
  );
});

/** Everything that the recording kept of an answer: what it does not have, the answer must not have either. */
function unlike(answer: Page, { status, headers, body }: SignInStep): string[] {
  const recorded = JSON.parse(
    JSON.stringify({ status, headers, body }).replaceAll("<appId>", bookstore.id),
  ) as object;
  const { cookies, headers: all, text, location } = answer;
  const type = all.get("content-type");
  return differences(
    {
      status: answer.status,
      headers: {
        // The recording kept the first one.
        ...(cookies.length > 0 && { "Set-Cookie": cookies[0] }),
        ...(location !== undefined && { Location: asRecorded(location) }),
        ...(type !== null && { "Content-Type": type }),
      },
      body: type?.includes("json") ? (JSON.parse(asRecorded(text)) as unknown) : asRecorded(text),
    },
    recorded,
    "answer",
  );
}

/** The recorded server's address in the place of this sandbox's. */
function asRecorded(text: string): string {
  return text
    .replaceAll(sandbox.endpoint, "http://localhost:3001")
    .replaceAll(encodeURIComponent(sandbox.endpoint), encodeURIComponent("http://localhost:3001"));
}

/** A person's way, which the recording tells by the names of its steps. */
class Way {
  private readonly visitor = new Visitor(sandbox.endpoint);
  private readonly pkce = newChallenge();
  private readonly identifier: { type: "email"; value: string };
  private interactionEvent = "";
  private verificationId = "";
  /** Where the last answer leads. */
  private next = "";
  private accessToken = "";

  constructor(email: string) {
    this.identifier = { type: "email", value: email };
  }

  async take({ step, request }: SignInStep): Promise<Page> {
    const answer = await this.answerTo(step.split(" http")[0] ?? step, request);
    const json = answer.headers.get("content-type")?.includes("json")
      ? (JSON.parse(answer.text) as Record<string, string>)
      : {};
    this.verificationId = json["verificationId"] ?? this.verificationId;
    this.accessToken = json["access_token"] ?? this.accessToken;
    this.next = answer.location ?? json["redirectTo"] ?? this.next;
    return answer;
  }

  private answerTo(step: string, request: Record<string, string>): Promise<Page> {
    const { identifier, interactionEvent, verificationId } = this;
    switch (step) {
      case "connector test":
        return this.testConnector();
      case "auth":
        return this.visitor.get(
          authorizationUrl(bookstore, {
            ...request,
            client_id: bookstore.id,
            code_challenge: this.pkce.challenge,
          }),
        );
      case "page":
      case "follow":
        return this.visitor.get(this.next);
      case "put experience":
        this.interactionEvent = request["interactionEvent"] as string;
        return this.ask("PUT", "", request);
      case "send code":
        return this.ask("POST", "/verification/verification-code", {
          identifier,
          interactionEvent,
        });
      case "verify wrong":
        return this.verify(otherThan(this.code()));
      case "verify":
        return this.verify(this.code());
      case "identify":
      case "identify2":
        return this.ask("POST", "/identification", { verificationId });
      case "switch":
        return this.ask("PUT", "/interaction-event", { interactionEvent: "Register" });
      case "submit":
        return this.ask("POST", "/submit");
      case "token":
        return this.exchange();
      case "me":
        return this.visitor.request("GET", "/oidc/me", {
          headers: { authorization: `Bearer ${this.accessToken}` },
        });
      default:
        throw new Error(`The recording has a step that the test does not know: ${step}`);
    }
  }

  private verify(code: string): Promise<Page> {
    const { identifier, verificationId } = this;
    return this.ask("POST", "/verification/verification-code/verify", {
      identifier,
      verificationId,
      code,
    });
  }

  private ask(method: string, path: string, body: object = {}): Promise<Page> {
    return this.visitor.request(method, `/api/experience${path}`, {
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  private code(): string {
    const text = JSON.stringify(recorder.requests.at(-1)?.body);
    return /\b\d{6}\b/.exec(text)?.[0] as string;
  }

  private exchange(): Promise<Page> {
    return this.visitor.request("POST", "/oidc/token", {
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        authorization: `Basic ${Buffer.from(`${bookstore.id}:${bookstore.secret}`).toString("base64")}`,
      },
      body: new URLSearchParams({
        grant_type: "authorization_code",
        code: new URL(this.next).searchParams.get("code") as string,
        redirect_uri: bookstore.redirectUri,
        code_verifier: this.pkce.verifier,
      }).toString(),
    });
  }

  private async testConnector(): Promise<Page> {
    const { config, connectorId } = connector;
    const response = await send(
      `${sandbox.endpoint}/api/connectors/${connectorId}/test`,
      "POST",
      { email: this.identifier.value, config },
      { authorization: `Bearer ${await sandbox.token()}` },
    );
    const text = typeof response.body === "string" ? response.body : "";
    const { status, headers } = response;
    return { status, headers, cookies: [], location: undefined, text };
  }
}

function otherThan(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, "0");
}
