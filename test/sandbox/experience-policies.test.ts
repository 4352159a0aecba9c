import { sendGrid } from "./connector-bodies";
import { email, type Event, idOf, refusal, type Reply, username, Visit } from "./experience-visit";
import { type ExperienceServer, newAddress, newName, startExperience } from "./experience-server";
import { addUser } from "./oidc-client";
import { declare, method, store } from "./sign-in-pages";

jest.setTimeout(60_000);

let server: ExperienceServer;
let { outbox, sandbox, bookstore } = {} as ExperienceServer;
beforeAll(async () => {
  server = await startExperience();
  ({ outbox, sandbox, bookstore } = server);
});
afterAll(() => server.stop());

/** What the helper of the plain experience says nothing of. */
const none = {
  sentinelPolicy: {},
  emailBlocklistPolicy: {},
  mfa: { factors: [], policy: "NoPrompt" },
  captchaPolicy: { enabled: false },
};

const declared = (experience: object = {}) => declare(sandbox, { ...none, ...experience });

beforeEach(() => declared());

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

  test("blocks everything if no attempt is declared", async () => {
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

  test("holds for a sign-in that becomes a registration, and not for those who have an account", async () => {
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

  const proposing = async (name: string) => {
    const visit = await begin("Register");
    const identity = { identifier: username(name), password: "Tea with milk 42" };
    return { visit, reply: await visit.post("/verification/new-password-identity", identity) };
  };
  const registerAs = async (name: string): Promise<Reply> => {
    const { visit, reply } = await proposing(name);
    return visit.identify(idOf(reply));
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
    expect(await sandbox.query("select 1 from users where username = $1", [name])).toEqual([]);
    await sandbox.query("delete from users where username = 'lovelace'");
    expect((await registerAs("lovelace")).status).toBe(201);
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
    expect((await proposing(name.toUpperCase())).reply).toMatchObject({ status: 200 });
    await declared({ ...byUsername, usernamePolicy: { ...anyName, caseSensitive: false } });
    expect((await proposing(name.toUpperCase())).reply).toMatchObject(
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
      expect(mail?.subject).toBe("SignIn subject");
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

  test.each([
    ["as the identifier", { identifiers: ["email"] }, "SignIn"],
    [
      "as a second one",
      { secondaryIdentifiers: [{ identifier: "email", verify: true }] },
      "SignIn",
    ],
    [
      "or a number",
      { secondaryIdentifiers: [{ identifier: "emailOrPhone", verify: true }] },
      "SignIn",
    ],
    ["not at all: then it is for a second factor", {}, "BindMfa"],
  ])(
    "says the template of a code for an address that is added: asked for %s",
    async (_how, asked, type) => {
      const templates = ["Register", "SignIn", "ForgotPassword", "Generic", "BindMfa"].map(
        (usageType) => ({
          usageType,
          type: "text/plain",
          subject: `${usageType} subject`,
          content: "{{code}}",
        }),
      );
      await sandbox.request("POST", "/api/connectors", {
        ...sendGrid,
        config: { ...sendGrid.config, templates },
      });
      const [name, address] = [newName(), newAddress()];
      await addUser(sandbox, {
        username: name,
        password_encrypted: "5ebe2294ecd0e0f08eab7690d2a6ee69",
        password_encryption_method: "MD5",
      });
      await declared({ signIn: { methods: [method("username", { password: true })] } });
      await store(sandbox, {
        sign_up: { identifiers: ["username"], password: true, verify: true, ...asked },
      });
      const visit = await begin("SignIn");
      await visit.identify(idOf(await visit.verifyPassword(username(name), "secret")));
      idOf(await visit.sendCode(email(address), "SignIn"));
      expect(await outbox.mailsTo(address)).toMatchObject([{ subject: `${type} subject` }]);
      await sandbox.request("POST", "/api/connectors", sendGrid);
    },
  );

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
  const suggested = refusal(422, "user.suggest_mfa");
  const totp = { id: "totp", type: "Totp", key: "canary", createdAt: new Date().toISOString() };
  const backup = {
    id: "backup",
    type: "BackupCode",
    createdAt: new Date().toISOString(),
    codes: [{ code: "canary" }],
  };

  /** Somebody who has them, and who chose so about them. */
  async function known(mfa: object = {}, verifications: object[] = [], columns: object = {}) {
    const address = newAddress();
    const id = await addUser(sandbox, {
      primary_email: address,
      mfa_verifications: JSON.stringify(verifications),
      logto_config: JSON.stringify({ mfa }),
      ...columns,
    });
    return { address, id };
  }

  const submitting = async (address: string) =>
    (await identified("SignIn", address)).post("/submit");

  const choicesOf = async (address: string) => {
    const [row] = await sandbox.query<{ choices: unknown }>(
      "select logto_config as choices from users where primary_email = $1",
      [address],
    );
    return row?.choices;
  };

  test("that is optional is suggested, and can be skipped once and for all", async () => {
    await declared({ mfa: optional });
    const address = newAddress();
    const visit = await identified("Register", address);
    const { status, body } = await visit.post("/submit");
    expect({ status, body }).toMatchObject(suggested);
    expect(body).not.toHaveProperty("data");
    expect(await visit.post("/profile/mfa/mfa-skipped")).toMatchObject({ status: 204 });
    expect(await visit.arrive()).toBeTruthy();
    expect(await choicesOf(address)).toMatchObject({ mfa: { enabled: false, skipped: true } });
    expect(await (await identified("SignIn", address)).arrive()).toBeTruthy();
  });

  test("that somebody wants has to be bound, or skipped after all", async () => {
    await declared({ mfa: { ...optional, factors: ["Totp", "WebAuthn", "BackupCode"] } });
    const visit = await identified("Register", newAddress());
    expect(await visit.post("/submit")).toMatchObject(suggested);
    expect(await visit.post("/profile/mfa/mfa-enabled")).toMatchObject({ status: 204 });
    expect((await visit.get("/interaction")).body).toMatchObject({ mfa: { mfaEnabled: true } });
    expect(await visit.post("/submit")).toMatchObject(
      // In the order in which Logto offers them.
      refusal(422, "user.missing_mfa", {
        availableFactors: ["WebAuthn", "Totp"],
        skippable: true,
      }),
    );
    await visit.post("/profile/mfa/mfa-skipped");
    expect(await visit.arrive()).toBeTruthy();
  });

  test.each([
    ["PromptAtSignInAndSignUp", suggested, suggested],
    ["UserControlled", suggested, suggested],
    ["PromptOnlyAtSignIn", { status: 200 }, suggested],
    ["NoPrompt", { status: 200 }, { status: 200 }],
    ["Mandatory", refusal(422, "user.missing_mfa"), refusal(422, "user.missing_mfa")],
    ["PromptOnlyAtSignInMandatory", { status: 200 }, refusal(422, "user.missing_mfa")],
    [
      "PromptAtSignInAndSignUpMandatory",
      refusal(422, "user.missing_mfa"),
      refusal(422, "user.missing_mfa"),
    ],
  ])("is asked for by the policy %s", async (policy, atRegistration, atSignIn) => {
    await store(sandbox, { mfa: { ...optional, policy } });
    expect(await (await identified("Register", newAddress())).post("/submit")).toMatchObject(
      atRegistration,
    );
    const { address } = await known();
    expect(await submitting(address)).toMatchObject(atSignIn);
  });

  test("that is mandatory lets no one in without, and cannot be skipped", async () => {
    for (const policy of ["Mandatory", "PromptAtSignInAndSignUpMandatory"]) {
      await store(sandbox, { mfa: { factors: ["Totp", "BackupCode"], policy } });
      const visit = await identified("Register", newAddress());
      const { status, body } = await visit.post("/submit");
      expect({ status, body }).toMatchObject(refusal(422, "user.missing_mfa"));
      expect((body as { data: unknown }).data).toEqual({ availableFactors: ["Totp"] });
      expect(await visit.post("/profile/mfa/mfa-skipped")).toMatchObject(
        refusal(422, "session.mfa.mfa_policy_not_user_controlled"),
      );
    }
  });

  test("is mandatory for members of an organization that asks for one, if that is declared", async () => {
    const { address, id } = await known({ skipped: true });
    await sandbox.query(
      "insert into organizations (tenant_id, id, name, is_mfa_required) values ('default', 'strict', 'Strict', true)",
    );
    await sandbox.query(
      "insert into organization_user_relations (tenant_id, organization_id, user_id) values ('default', 'strict', $1)",
      [id],
    );
    const quiet = { factors: ["Totp"], policy: "NoPrompt" };
    await declared({ mfa: { ...quiet, organizationRequiredMfaPolicy: "NoPrompt" } });
    expect(await submitting(address)).toMatchObject({ status: 200 });
    await declared({ mfa: { ...quiet, organizationRequiredMfaPolicy: "Mandatory" } });
    const visit = await identified("SignIn", address);
    const { status, body } = await visit.post("/submit");
    expect({ status, body }).toMatchObject(refusal(422, "user.missing_mfa"));
    expect((body as { data: unknown }).data).toEqual({ availableFactors: ["Totp"] });
    expect(await visit.post("/profile/mfa/mfa-skipped")).toMatchObject(
      refusal(422, "session.mfa.mfa_policy_not_user_controlled"),
    );
    await sandbox.query("delete from organizations where id = 'strict'");
  });

  const verification = (...availableFactors: string[]) =>
    refusal(403, "session.mfa.require_mfa_verification", { availableFactors });

  test.each<[string, object, string, object]>([
    ["of before the choice was asked for", {}, "NoPrompt", verification("Totp")],
    ["who wants it", { enabled: true }, "NoPrompt", verification("Totp")],
    ["who turned it off", { enabled: false }, "NoPrompt", { status: 200 }],
    ["who skips it", { enabled: true, skipMfaOnSignIn: true }, "NoPrompt", { status: 200 }],
    ["who turned it off", { enabled: false }, "Mandatory", verification("Totp")],
    ["who skips it", { skipMfaOnSignIn: true }, "Mandatory", verification("Totp")],
  ])(
    "that somebody has is asked of one %s (%o, %s), honestly: the sandbox cannot verify it",
    async (_who, choices, policy, expected) => {
      const { address } = await known(choices, [totp]);
      await declared({ mfa: { factors: ["Totp"], policy } });
      const visit = await identified("SignIn", address);
      expect(await visit.post("/profile", { type: "username", value: newName() })).toMatchObject(
        "body" in expected ? expected : { status: 204 },
      );
      expect(await visit.post("/submit")).toMatchObject(expected);
    },
  );

  test("is asked for in Logto's order, and codes that are used up are none", async () => {
    await declared({ mfa: { factors: ["BackupCode", "Totp", "WebAuthn"], policy: "NoPrompt" } });
    const passkey = {
      ...totp,
      type: "WebAuthn",
      credentialId: "c",
      publicKey: "p",
      counter: 0,
      agent: "a",
    };
    const all = await known({}, [
      backup,
      { ...totp, lastUsedAt: new Date().toISOString() },
      passkey,
    ]);
    expect(await submitting(all.address)).toMatchObject(
      verification("WebAuthn", "Totp", "BackupCode"),
    );
    const usedUp = { ...backup, codes: [{ code: "canary", usedAt: new Date().toISOString() }] };
    const without = await known({}, [usedUp]);
    expect(await submitting(without.address)).toMatchObject({ status: 200 });
  });

  test("is asked of no one by adaptive MFA, except after a month", async () => {
    await declared({
      mfa: { factors: ["Totp"], policy: "PromptAtSignInAndSignUpMandatory" },
      adaptiveMfa: { enabled: true },
    });
    const ago = (days: number) => ({ last_sign_in_at: new Date(Date.now() - days * 86_400_000) });
    const recent = await known({}, [totp], ago(29));
    expect(await submitting(recent.address)).toMatchObject({ status: 200 });
    const old = await known({}, [totp], ago(31));
    expect(await submitting(old.address)).toMatchObject(verification("Totp"));
    await declared({ mfa: none.mfa, adaptiveMfa: { enabled: false } });
  });

  test("that has codes to write down asks for those, too", async () => {
    const { address } = await known({ enabled: true, skipMfaOnSignIn: true }, [totp]);
    await declared({ mfa: { ...optional, factors: ["Totp", "BackupCode"] } });
    expect(await submitting(address)).toMatchObject(
      refusal(422, "session.mfa.backup_code_required"),
    );
  });

  test("that is an address which signs in as well has another one suggested, once", async () => {
    await declared({
      signIn: { methods: [method("email", { password: true })] },
      signUp: { identifiers: ["email"], password: true, verify: true },
      mfa: { ...optional, factors: ["EmailVerificationCode", "Totp"] },
    });
    const { address } = await known({ enabled: true, skipMfaOnSignIn: true }, [], {
      password_encrypted: "5ebe2294ecd0e0f08eab7690d2a6ee69",
      password_encryption_method: "MD5",
    });
    const visit = await begin("SignIn");
    await visit.identify(idOf(await visit.verifyPassword(email(address), "secret")));
    expect(await visit.post("/submit")).toMatchObject(
      refusal(422, "session.mfa.suggest_additional_mfa", {
        availableFactors: ["Totp", "EmailVerificationCode"],
        maskedIdentifiers: { EmailVerificationCode: "read****@bookstore.example" },
        isWebAuthnUsedAsSignInPasskey: false,
        skippable: true,
        suggestion: true,
      }),
    );
    expect(await visit.post("/profile/mfa/mfa-suggestion-skipped")).toMatchObject({ status: 204 });
    expect(await visit.arrive()).toBeTruthy();
  });

  test("is not got past by turning the sign-in into a registration", async () => {
    const { address } = await known({}, [totp]);
    await declared({ mfa: optional });
    const visit = await identified("SignIn", address);
    expect(await visit.post("/submit")).toMatchObject(verification("Totp"));
    await visit.put("/interaction-event", { interactionEvent: "Register" });
    expect(await visit.post("/submit")).toMatchObject(refusal(404, "session.identifier_not_found"));
  });
});

test("a declared passkey is preferred, and can be done without once and for all", async () => {
  await declared({ passkeySignIn: { enabled: true } });
  const address = newAddress();
  const visit = await identified("Register", address);
  expect(await visit.post("/submit")).toMatchObject(refusal(422, "user.passkey_preferred"));
  expect(await visit.post("/profile/mfa/passkey-skipped")).toMatchObject({ status: 204 });
  expect(await visit.arrive()).toBeTruthy();
  expect(await (await identified("SignIn", address)).arrive()).toBeTruthy();
  await declared({ passkeySignIn: { enabled: false } });
});

test("a declared captcha is asked for, and no proof is taken", async () => {
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
