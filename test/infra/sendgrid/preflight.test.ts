import * as pulumi from "@pulumi/pulumi";
import { unknownValue } from "../../../infra/checks";
import { freePort } from "../../support/free-port";
import { evaluateProvider, failuresOf } from "../../support/provider";
import {
  type Exchange,
  type ScriptedServer,
  startScriptedServer,
} from "../../support/scripted-server";

interface Checked {
  apiKey: string;
  apiKeyFingerprint: string;
}

const provider = evaluateProvider<Checked, Checked>("sendgrid:Preflight", {
  "logto:fingerprintKey": "a-key-of-the-stack",
});
const apiKey = "SG.canary-key";
const fromEmail = "No-Reply@Bookstore.example";

let server: ScriptedServer | undefined;
let notes: string[];
beforeEach(() => {
  notes = [];
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    notes.push(message);
    return Promise.resolve();
  });
});
afterEach(async () => {
  jest.restoreAllMocks();
  await server?.close();
  server = undefined;
});

const get = (path: string, body: unknown, status = 200): Exchange => ({
  method: "GET",
  path: `/v3/${path}`,
  status,
  body,
});
const refusal = (message: string) => ({ errors: [{ field: null, message }] });
const mayNot = (path: string) => get(path, refusal("access forbidden"), 403);
const scopes = get("scopes", { scopes: ["alerts.read", "mail.send"] });
const senders = "verified_senders?limit=100";
const domains = "whitelabel/domains?limit=100&offset=0";
const sender = (id: number, from_email: string, verified = true) => ({
  id,
  from_email,
  verified,
  locked: false,
});
const domain = (id: number, name: string, valid = true) => ({
  id,
  domain: name,
  subdomain: "em1",
  valid,
});
const noSenders = get(senders, { results: [] });
const noDomains = get(domains, []);

/** Checks and creates, as `up` does, and answers the error's message or nothing. */
async function preflight(exchanges: Exchange[], change: object = {}): Promise<string | undefined> {
  server = await startScriptedServer(exchanges);
  const news = { apiKey, fromEmail, endpoint: server.endpoint, timeLimit: 1, ...change };
  const { inputs, failures } = await provider.check({}, news);
  expect(failures).toBeUndefined();
  try {
    await provider.create(inputs as Checked);
    return undefined;
  } catch (error) {
    // A user's error: one line, no stack, no key.
    expect((error as Error).stack).toBe((error as Error).message);
    expect((error as Error).message).not.toMatch(/canary|\n/);
    return (error as Error).message;
  }
}

describe("a sender passes", () => {
  test("that is verified, in whatever case it is written", async () => {
    const found = get(senders, { results: [sender(1, "no-reply@BOOKSTORE.example")] });
    expect(await preflight([scopes, found, ...lastSenders(1)])).toBeUndefined();
    expect(
      server?.requests.every(({ authorization }) => authorization === `Bearer ${apiKey}`),
    ).toBe(true);
    expect(notes).toEqual([]);
  });

  test("that comes on a later page", async () => {
    const pages = [
      get(senders, { results: [sender(3, "a@b.example"), sender(7, "c@d.example")] }),
      get(`${senders}&lastSeenID=7`, { results: [sender(9, fromEmail)] }),
      ...lastSenders(9),
    ];
    expect(await preflight([scopes, ...pages])).toBeUndefined();
  });

  test.each(["bookstore.example", "BookStore.Example", "example"])(
    "whose domain is covered by %s",
    async (name) => {
      const pages = [
        get(domains, [domain(1, "other.example"), domain(2, name)]),
        get("whitelabel/domains?limit=100&offset=2", []),
      ];
      expect(await preflight([scopes, noSenders, ...pages])).toBeUndefined();
    },
  );

  test("whose domain comes on a later page", async () => {
    const pages = [
      get(domains, [domain(1, "other.example")]),
      get("whitelabel/domains?limit=100&offset=1", [domain(2, "bookstore.example")]),
      get("whitelabel/domains?limit=100&offset=2", []),
    ];
    expect(await preflight([scopes, noSenders, ...pages])).toBeUndefined();
  });

  test("with a server that answers the same page for ever", async () => {
    const page = { results: [sender(1, fromEmail)] };
    expect(
      await preflight([scopes, get(senders, page), get(`${senders}&lastSeenID=1`, page)]),
    ).toBeUndefined();
  });
});

const lastSenders = (lastSeen: number) => [
  get(`${senders}&lastSeenID=${lastSeen}`, { results: [] }),
];

describe("one clear error says what is wrong and what to do about it", () => {
  test("for a key that SendGrid does not know", async () => {
    const message = "The provided authorization grant is invalid, expired, or revoked";
    expect(await preflight([get("scopes", refusal(message), 401)])).toBe(
      `Could not see what the SendGrid API key may do: SendGrid does not know the API key, ${server?.endpoint}/v3/scopes answered 401: ${message}; set one that is valid with npm run pulumi -- config set --secret logto-stack:sendgridApiKey`,
    );
  });

  test("for a key that may not send", async () => {
    expect(await preflight([get("scopes", { scopes: ["alerts.read", "mail.send.read"] })])).toBe(
      "The SendGrid API key may not send mail: give it the permission Mail Send at https://app.sendgrid.com/settings/api_keys",
    );
  });

  test("for a sender that SendGrid does not know", async () => {
    const others = [
      get(senders, { results: [sender(1, "reply@bookstore.example")] }),
      ...lastSenders(1),
      get(domains, [domain(1, "store.example"), domain(2, "mail.bookstore.example")]),
      get("whitelabel/domains?limit=100&offset=2", []),
    ];
    expect(await preflight([scopes, ...others])).toMatch(
      /^SendGrid knows No-Reply@Bookstore.example neither as a verified sender nor by an authenticated domain: verify it at https:.*logto-stack:email\.preflight: false/,
    );
  });

  test("for a sender that has not been verified yet", async () => {
    const found = get(senders, { results: [sender(1, fromEmail, false)] });
    expect(await preflight([scopes, found, ...lastSenders(1), noDomains])).toMatch(
      /^SendGrid has not verified the sender No-Reply@Bookstore.example yet: follow the link/,
    );
  });

  test("for a domain whose records are not there yet", async () => {
    const pages = [
      get(domains, [domain(1, "bookstore.example", false)]),
      get("whitelabel/domains?limit=100&offset=1", []),
    ];
    expect(await preflight([scopes, noSenders, ...pages])).toMatch(
      /^SendGrid has not authenticated the domain bookstore.example of the sender .* yet: set its DNS/,
    );
  });

  test("for a SendGrid that is out of order, which is asked three times", async () => {
    const down = get("scopes", "<html>SG.canary-key is down</html>", 503);
    expect(await preflight([down, down, down])).toMatch(
      /v3\/scopes answered 503: <html>\[secret\] is down<\/html>; see https:\/\/status\.sendgrid\.com/,
    );
  }, 30_000);

  test("for a SendGrid that has had too much", async () => {
    const busy = {
      ...get("scopes", refusal("too many requests"), 429),
      headers: { "retry-after": "0" },
    };
    expect(await preflight([busy, busy, busy])).toMatch(
      /answered 429: too many requests; wait a minute and run it again$/,
    );
  }, 30_000);

  test("for a SendGrid that does not answer in time", async () => {
    const slow: Exchange = { method: "GET", path: "/v3/scopes", hang: true };
    expect(await preflight([slow, slow, slow], { timeLimit: 0.1 })).toBe(
      `Could not see what the SendGrid API key may do: SendGrid at ${server?.endpoint} does not answer (ETIMEDOUT); see https://status.sendgrid.com and logto-stack:email.sendgridEndpoint, run it again, or do without this check by logto-stack:email.preflight: false`,
    );
  }, 30_000);

  test("for a SendGrid that is not there", async () => {
    const endpoint = `http://127.0.0.1:${await freePort()}`;
    expect(await preflight([], { endpoint })).toContain(
      `SendGrid at ${endpoint} does not answer (ECONNREFUSED)`,
    );
  }, 30_000);

  test.each([
    ["a page", "<html>welcome</html>"],
    ["JSON of another kind", { scopes: "mail.send" }],
  ])("for %s in the place of an answer", async (_, body) => {
    expect(await preflight([get("scopes", body)])).toMatch(
      /a body that is not SendGrid's; is logto-stack:email\.sendgridEndpoint right\?$/,
    );
  });

  test("and a redirect does not get the key", async () => {
    const moved = { ...get("scopes", "", 302), headers: { location: "/v3/elsewhere" } };
    expect(await preflight([moved])).toContain("v3/scopes answered 302");
  });
});

describe("what the key may not read is passed over with a note", () => {
  test("if it may do nothing but send", async () => {
    expect(
      await preflight([get("scopes", { scopes: ["mail.send"] }), mayNot(senders), mayNot(domains)]),
    ).toBeUndefined();
    expect(notes).toEqual([
      "SendGrid preflight: the API key may not read the verified senders and the authenticated domains, so whether No-Reply@Bookstore.example may send was not checked",
    ]);
  });

  test("if one of the two lists says nothing and the other is closed", async () => {
    expect(
      await preflight([scopes, noSenders, get(domains, refusal("authorization required"), 401)]),
    ).toBeUndefined();
    expect(notes).toEqual([
      "SendGrid preflight: the API key may not read the authenticated domains, so whether No-Reply@Bookstore.example may send was not checked",
    ]);
  });

  test("if its own permissions are closed, and the sender is still looked at", async () => {
    expect(await preflight([mayNot("scopes"), noSenders, noDomains])).toContain("neither");
    expect(notes).toHaveLength(1);
  });

  test("but a list that says yes needs no note", async () => {
    const found = [
      get(domains, [domain(1, "bookstore.example")]),
      get("whitelabel/domains?limit=100&offset=1", []),
    ];
    expect(await preflight([scopes, mayNot(senders), ...found])).toBeUndefined();
    expect(notes).toEqual([]);
  });
});

describe("SendGrid is asked when, and only when, there is something new to know", () => {
  const inputsOf = async (change: object) => {
    const endpoint = server?.endpoint;
    const { inputs } = await provider.check({}, { apiKey, fromEmail, endpoint, ...change });
    return inputs as Checked;
  };

  test("not to check, compare, read or delete", async () => {
    server = await startScriptedServer([]);
    const inputs = await inputsOf({});
    expect(await provider.diff("sendgrid-preflight", inputs, await inputsOf({}))).toMatchObject({
      changes: false,
    });
    expect(await provider.read("sendgrid-preflight", inputs)).toMatchObject({ inputs });
    await provider.delete("sendgrid-preflight", inputs);
    expect(server.requests).toEqual([]);
  });

  test.each<[string, object]>([
    ["key", { apiKey: "SG.canary-other" }],
    ["sender", { fromEmail: "books@bookstore.example" }],
  ])("again for another %s, in place", async (_, change) => {
    server = await startScriptedServer([get("scopes", { scopes: [] })]);
    const [before, after] = [await inputsOf({}), await inputsOf(change)];
    expect(await provider.diff("sendgrid-preflight", before, after)).toEqual({
      changes: true,
      replaces: [],
    });
    await expect(provider.update("sendgrid-preflight", before, after)).rejects.toThrow(
      "may not send mail",
    );
  });
});

test("the key is nowhere but in its own input: what stands next to it is a fingerprint", async () => {
  server = await startScriptedServer([scopes, mayNot(senders), mayNot(domains)]);
  const { inputs } = await provider.check({}, { apiKey, fromEmail, endpoint: server.endpoint });
  const { id, outs } = await provider.create(inputs as Checked);
  expect(id).toBe("sendgrid-preflight");
  expect(outs.apiKeyFingerprint).toMatch(/^[\da-f]{16}$/);
  expect(JSON.stringify({ ...outs, apiKey: "" })).not.toContain("canary");
});

test("inputs that are wrong are refused by name, and an unknown key passes", async () => {
  expect(
    await failuresOf(provider, {
      apiKey: " ",
      fromEmail: "me",
      endpoint: "http://sendgrid.example",
      timeLimit: 0,
    }),
  ).toEqual([
    "apiKey: is empty: expected a SendGrid API key, such as SG. and 66 more characters",
    "fromEmail: expected an e-mail address, such as no-reply@bookstore.example",
    "endpoint: expected https, or http on this machine, and no path, such as https://api.sendgrid.com",
    "timeLimit: expected seconds, more than 0",
  ]);
  const { inputs, failures } = await provider.check({}, { apiKey: unknownValue, fromEmail });
  expect(failures).toBeUndefined();
  expect(inputs).toMatchObject({ apiKeyFingerprint: unknownValue });
  const unset = evaluateProvider<object, object>("sendgrid:Preflight", {});
  expect(await failuresOf(unset, { apiKey, fromEmail })).toEqual([
    expect.stringMatching(/^apiKeyFingerprint: logto:fingerprintKey is not set/) as string,
  ]);
});
