import { type Outbox, startOutbox } from "../support/outbox";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { sendGrid } from "./connector-bodies";
import { email, type Event, idOf, refusal, type Reply, username, Visit } from "./experience-visit";
import { addClient, addUser, type Client } from "./oidc-client";
import { declare, method, store } from "./sign-in-pages";

jest.setTimeout(60_000);

let outbox: Outbox;
let sandbox: Sandbox;
let bookstore: Client;

beforeAll(async () => {
  outbox = await startOutbox();
  sandbox = await startSandboxProcess({ mailServer: outbox.mailServer });
  await sandbox.request("POST", "/api/connectors", sendGrid);
  bookstore = await addClient(sandbox);
});

afterAll(async () => {
  await sandbox.stop();
  await outbox.stop();
});

/** What the helper of the plain experience says nothing of. */
const none = {
  sentinelPolicy: {},
  emailBlocklistPolicy: {},
  mfa: { factors: [], policy: "NoPrompt" },
  captchaPolicy: { enabled: false },
};

const declared = (experience: object = {}) => declare(sandbox, { ...none, ...experience });

beforeEach(() => declared());

let people = 0;

function newName(): string {
  people += 1;
  return `reader_${people}`;
}

const newAddress = () => `${newName()}@bookstore.example`;

const begin = (event: Event) => Visit.begin(sandbox, bookstore, event);

async function withCode(event: Event, address: string) {
  const visit = await begin(event);
  const id = idOf(await visit.sendCode(email(address), event));
  const [mail] = await outbox.mailsTo(address);
  return { visit, id, code: mail?.code as string };
}

async function verified(event: Event, address: string) {
  const { visit, id, code } = await withCode(event, address);
  idOf(await visit.verifyCode(email(address), id, code));
  return { visit, id };
}

async function identified(event: Event, address: string): Promise<Visit> {
  const { visit, id } = await verified(event, address);
  expect(await visit.identify(id)).toMatchObject({ status: event === "Register" ? 201 : 204 });
  return visit;
}

describe("the lock-out", () => {
  const wrong = (code: string) => (code === "000000" ? "000001" : "000000");
  const blocked = refusal(400, "session.verification_blocked_too_many_attempts");

  test("keeps everybody from an identifier that has failed as often as declared", async () => {
    await declared({ sentinelPolicy: { maxAttempts: 3, lockoutDuration: 5 } });
    const address = newAddress();
    const { visit, id, code } = await withCode("SignIn", address);
    for (let count = 0; count < 2; count += 1) {
      expect(await visit.verifyCode(email(address), id, wrong(code))).toMatchObject(
        refusal(400, "verification_code.code_mismatch"),
      );
    }
    const third = await visit.verifyCode(email(address), id, wrong(code));
    expect(third).toMatchObject(blocked);
    expect((third.body as { message: string }).message).toContain("in 5 minutes");
    const elsewhere = await withCode("SignIn", address);
    expect(
      await elsewhere.visit.verifyCode(email(address), elsewhere.id, elsewhere.code),
    ).toMatchObject(blocked);
    expect(await elsewhere.visit.identify(elsewhere.id)).toMatchObject(
      refusal(400, "session.verification_failed"),
    );
    const attempt = { identifier: email(address), password: "any" };
    const inGerman = { "accept-language": "de" };
    const german = await elsewhere.visit.post("/verification/password", attempt, inGerman);
    expect(german).toMatchObject(blocked);
    expect((german.body as { message: string }).message).toContain("in 5 Minuten");
  });

  test("ends when its time is over", async () => {
    await declared({ sentinelPolicy: { maxAttempts: 1, lockoutDuration: 5 } });
    const address = newAddress();
    const first = await withCode("SignIn", address);
    expect(await first.visit.verifyCode(email(address), first.id, wrong(first.code))).toMatchObject(
      blocked,
    );
    await sandbox.query(
      "update sentinel_activities set decision_expires_at = now() - interval '1 second', created_at = created_at - interval '6 minutes'",
    );
    const second = await withCode("SignIn", address);
    expect(await second.visit.verifyCode(email(address), second.id, second.code)).toMatchObject({
      status: 200,
    });
  });

  test("counts what failed within the hour", async () => {
    await declared({ sentinelPolicy: { maxAttempts: 2 } });
    const address = newAddress();
    const { visit, id, code } = await withCode("SignIn", address);
    await visit.verifyCode(email(address), id, wrong(code));
    await sandbox.query(
      "update sentinel_activities set created_at = now() - interval '61 minutes'",
    );
    expect(await visit.verifyCode(email(address), id, wrong(code))).toMatchObject(
      refusal(400, "verification_code.code_mismatch"),
    );
    expect(await visit.verifyCode(email(address), id, wrong(code))).toMatchObject(blocked);
  });

  test("blocks everything where no attempt is declared", async () => {
    await declared({ sentinelPolicy: { maxAttempts: 0 } });
    const address = newAddress();
    const { visit, id, code } = await withCode("SignIn", address);
    expect(await visit.verifyCode(email(address), id, code)).toMatchObject(blocked);
  });

  test("keeps no identifier in the clear", async () => {
    const address = newAddress();
    await verified("SignIn", address);
    const rows = await sandbox.query<object>("select * from sentinel_activities");
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toContain(address);
  });
});

describe("the limit of messages", () => {
  test("lets 10 within 600 seconds go to a recipient, whatever the case of the address", async () => {
    const address = newAddress();
    const visit = await begin("SignIn");
    for (let count = 0; count < 10; count += 1) {
      idOf(await visit.sendCode(email(address), "SignIn"));
    }
    for (const same of [address, address.toUpperCase()]) {
      expect(await visit.sendCode(email(same), "SignIn")).toMatchObject(
        refusal(429, "request.message_rate_limited"),
      );
    }
    expect(await outbox.mailsTo(address)).toHaveLength(10);
    idOf(await visit.sendCode(email(newAddress()), "SignIn"));
    await sandbox.query(
      "update sentinel_activities set created_at = created_at - interval '601 seconds'",
    );
    idOf(await visit.sendCode(email(address), "SignIn"));
  });

  test("does not count what could not be sent, and takes away no code that is on its way", async () => {
    await sandbox.query(
      `insert into logto_configs (tenant_id, key, value)
       values ('default', 'messageRateLimitOverride', '{"maxSendsPerRecipient": 1}')`,
    );
    const address = newAddress();
    const failing = await begin("SignIn");
    await outbox.fail({ status: 500 });
    await failing.sendCode(email(address), "SignIn");
    await outbox.recover();
    const { visit, id, code } = await withCode("SignIn", address);
    expect(await visit.sendCode(email(address), "SignIn")).toMatchObject({ status: 429 });
    expect(await visit.verifyCode(email(address), id, code)).toMatchObject({ status: 200 });
    await sandbox.query("delete from logto_configs where key = 'messageRateLimitOverride'");
  });
});

describe("the block list of addresses", () => {
  test.each([
    ["an address", { customBlocklist: ["mallory@example.com"] }, "Mallory@example.com"],
    ["a domain", { customBlocklist: ["@blocked.example"] }, "ada@blocked.example"],
    ["a pattern", { customBlocklist: ["@*.blocked.example"] }, "ada@mail.blocked.example"],
  ])("keeps out %s", async (_what, emailBlocklistPolicy, address) => {
    await declared({ emailBlocklistPolicy });
    const reply = await (await begin("Register")).sendCode(email(address), "Register");
    expect(reply).toMatchObject(refusal(422, "session.email_blocklist.email_not_allowed"));
    expect((reply.body as { message: string }).message).toContain(address);
    expect(await outbox.mailsTo(address)).toEqual([]);
  });

  test("keeps out subaddresses, if it is to", async () => {
    const address = "ada+shop@bookstore.example";
    idOf(await (await begin("Register")).sendCode(email(address), "Register"));
    await declared({ emailBlocklistPolicy: { blockSubaddressing: true } });
    expect(await (await begin("Register")).sendCode(email(address), "Register")).toMatchObject(
      refusal(422, "session.email_blocklist.email_subaddressing_not_allowed"),
    );
  });

  test("holds for a sign-in that becomes a registration, and not for whoever has an account", async () => {
    const [known, unknown] = [newAddress(), newAddress()];
    await addUser(sandbox, { primary_email: known });
    await declared({ emailBlocklistPolicy: { customBlocklist: ["@bookstore.example"] } });
    await identified("SignIn", known);
    const { visit, id } = await verified("SignIn", unknown);
    await visit.put("/interaction-event", { interactionEvent: "Register" });
    expect(await visit.identify(id)).toMatchObject(
      refusal(422, "session.email_blocklist.email_not_allowed"),
    );
  });
});

describe("the policy of usernames", () => {
  const byUsername = {
    signIn: { methods: [method("username", { password: true })] },
    signUp: { identifiers: ["username"], password: true, verify: false },
  };
  const policy = {
    caseSensitive: true,
    minLength: 4,
    maxLength: 8,
    allowedChars: { lowercase: true, uppercase: false, numbers: false, underscore: false },
  };

  const registerAs = async (name: string): Promise<Reply> => {
    const visit = await begin("Register");
    const identity = { identifier: username(name), password: "Tea with milk 42" };
    return visit.post("/verification/new-password-identity", identity);
  };

  afterAll(() =>
    store(sandbox, {
      username_policy: {
        ...policy,
        minLength: 1,
        maxLength: 128,
        allowedChars: { lowercase: true, uppercase: true, numbers: true, underscore: true },
      },
    }),
  );

  test.each([
    ["ada", "too_short"],
    ["adalovelace", "too_long"],
    ["Lovelace", "uppercase_not_allowed"],
    ["ada1815", "numbers_not_allowed"],
    ["ada_l", "underscore_not_allowed"],
  ])("does not take %s: %s", async (name, violation) => {
    await declared({ ...byUsername, usernamePolicy: policy });
    expect(await registerAs(name)).toMatchObject(refusal(422, `user.username_${violation}`));
    expect((await registerAs("lovelace")).status).toBe(200);
  });

  test("makes two of names that differ by case, or one", async () => {
    const anyName = {
      ...policy,
      maxLength: 20,
      allowedChars: { lowercase: true, uppercase: true, numbers: true, underscore: true },
    };
    const name = newName();
    await addUser(sandbox, { username: name });
    await declared({ ...byUsername, usernamePolicy: anyName });
    expect(await registerAs(name.toUpperCase())).toMatchObject({ status: 200 });
    await declared({ ...byUsername, usernamePolicy: { ...anyName, caseSensitive: false } });
    expect(await registerAs(name.toUpperCase())).toMatchObject(
      refusal(422, "user.username_already_in_use"),
    );
  });

  test("holds for a username that is added to a profile, too", async () => {
    await declared({
      usernamePolicy: policy,
      signUp: {
        identifiers: ["email"],
        password: false,
        verify: true,
        secondaryIdentifiers: [{ identifier: "username" }],
      },
    });
    const { visit, id } = await verified("Register", newAddress());
    expect(await visit.identify(id)).toMatchObject(
      refusal(422, "user.missing_profile", { missingProfile: ["username"] }),
    );
    expect(await visit.post("/profile", { type: "username", value: "ada" })).toMatchObject(
      refusal(422, "user.username_too_short"),
    );
    expect(await visit.post("/profile", { type: "username", value: "adalovel" })).toMatchObject({
      status: 204,
    });
    expect(await visit.identify()).toMatchObject({ status: 201 });
    expect(await visit.arrive()).toBeTruthy();
  });
});

describe("what the declared sign-up asks of everybody", () => {
  test("is asked at sign-in, too: an address is added by a code of its own", async () => {
    const [name, taken, address] = [newName(), newAddress(), newAddress()];
    await addUser(sandbox, { primary_email: taken });
    await addUser(sandbox, {
      username: name,
      password_encrypted: "5ebe2294ecd0e0f08eab7690d2a6ee69",
      password_encryption_method: "MD5",
    });
    await declared({
      signIn: {
        methods: [
          method("username", { password: true }),
          method("email", { verificationCode: true }),
        ],
      },
    });
    const visit = await begin("SignIn");
    await visit.identify(idOf(await visit.verifyPassword(username(name), "secret")));
    expect(await visit.post("/submit")).toMatchObject(
      refusal(422, "user.missing_profile", { missingProfile: ["email"] }),
    );
    const add = async (to: string): Promise<Reply> => {
      const verificationId = idOf(await visit.sendCode(email(to), "SignIn"));
      const [mail] = await outbox.mailsTo(to);
      // Neither Register nor SignIn: the connector has the generic template for it.
      expect(mail?.subject).toBe("Generic subject");
      const unproven = await visit.post("/profile", { type: "email", verificationId });
      expect(unproven).toMatchObject(refusal(400, "session.verification_failed"));
      await visit.verifyCode(email(to), verificationId, mail?.code as string);
      return visit.post("/profile", { type: "email", verificationId });
    };
    expect(await add(taken)).toMatchObject(refusal(422, "user.email_already_in_use"));
    expect(await add(address)).toMatchObject({ status: 204 });
    expect(await visit.arrive()).toBeTruthy();
    const rows = await sandbox.query("select primary_email from users where username = $1", [name]);
    expect(rows).toEqual([{ primary_email: address }]);
  });

  test("does not include what somebody else took meanwhile", async () => {
    const address = newAddress();
    const { visit, id } = await verified("Register", address);
    await addUser(sandbox, { primary_email: address });
    expect(await visit.identify(id)).toMatchObject(refusal(422, "user.email_already_in_use"));
  });

  test("is nothing that the sandbox cannot take", async () => {
    const visit = await begin("Register");
    expect(
      await visit.post("/profile", { type: "extraProfile", values: { nickname: "Ada" } }),
    ).toMatchObject(refusal(501, "request.invalid_input"));
  });
});

describe("a declared second factor", () => {
  const optional = { factors: ["Totp"], policy: "PromptAtSignInAndSignUp" };

  test("that is optional can be skipped, once and for all", async () => {
    await declared({ mfa: optional });
    const address = newAddress();
    const visit = await identified("Register", address);
    expect(await visit.post("/submit")).toMatchObject(
      refusal(422, "user.missing_mfa", { availableFactors: ["Totp"], skippable: true }),
    );
    expect(await visit.post("/profile/mfa/mfa-skipped")).toMatchObject({ status: 204 });
    expect(await visit.arrive()).toBeTruthy();
    expect(await (await identified("SignIn", address)).arrive()).toBeTruthy();
  });

  test("is not got past by turning the sign-in into a registration", async () => {
    await declared();
    const address = newAddress();
    await (await identified("Register", address)).arrive();
    await sandbox.query("update users set mfa_verifications = $1 where primary_email = $2", [
      JSON.stringify([
        { type: "Totp", id: "totp", createdAt: new Date().toISOString(), key: "none" },
      ]),
      address,
    ]);
    await declared({ mfa: optional });
    const visit = await identified("SignIn", address);
    expect(await visit.post("/submit")).toMatchObject(
      refusal(403, "session.mfa.require_mfa_verification"),
    );
    await visit.put("/interaction-event", { interactionEvent: "Register" });
    expect(await visit.post("/submit")).toMatchObject(refusal(404, "session.identifier_not_found"));
  });

  test("that is asked for at sign-in is not asked for at registration", async () => {
    await declared({ mfa: { ...optional, policy: "PromptOnlyAtSignIn" } });
    const address = newAddress();
    expect(await (await identified("Register", address)).arrive()).toBeTruthy();
    expect(await (await identified("SignIn", address)).post("/submit")).toMatchObject(
      refusal(422, "user.missing_mfa"),
    );
  });

  test("that is mandatory lets nobody in without, and cannot be skipped", async () => {
    await declared({ mfa: { factors: ["Totp", "BackupCode"], policy: "Mandatory" } });
    const visit = await identified("Register", newAddress());
    const { status, body } = await visit.post("/submit");
    expect({ status, body }).toMatchObject(refusal(422, "user.missing_mfa"));
    expect((body as { data: unknown }).data).toEqual({ availableFactors: ["Totp"] });
    expect(await visit.post("/profile/mfa/mfa-skipped")).toMatchObject(
      refusal(422, "session.mfa.mfa_policy_not_user_controlled"),
    );
  });

  test("that somebody has is asked of them, honestly: the sandbox cannot verify it", async () => {
    const address = newAddress();
    await addUser(sandbox, {
      primary_email: address,
      mfa_verifications: JSON.stringify([
        { id: "totp", type: "Totp", key: "canary", createdAt: new Date().toISOString() },
      ]),
    });
    expect(await (await identified("SignIn", address)).arrive()).toBeTruthy();
    await declared({ mfa: { ...optional, policy: "NoPrompt" } });
    const visit = await identified("SignIn", address);
    for (const reply of [
      await visit.post("/submit"),
      await visit.post("/profile", { type: "username", value: newName() }),
    ]) {
      expect(reply).toMatchObject(
        refusal(403, "session.mfa.require_mfa_verification", { availableFactors: ["Totp"] }),
      );
    }
  });
});

test("a declared captcha is asked for, and nobody's proof is taken", async () => {
  const visit = await begin("SignIn");
  await declared({ captchaPolicy: { enabled: true } });
  expect(await visit.sendCode(email(newAddress()), "SignIn")).toMatchObject(
    refusal(422, "session.captcha_required"),
  );
  expect(await visit.post("/submit")).toMatchObject(refusal(422, "session.captcha_required"));
  expect(
    await visit.put("", { interactionEvent: "SignIn", captchaToken: "anything" }),
  ).toMatchObject(refusal(422, "session.captcha_failed"));
});
