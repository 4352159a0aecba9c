import pg from "pg";
import { sendGrid } from "./connector-bodies";
import { email, type Event, idOf, refusal, Visit } from "./experience-visit";
import { type ExperienceServer, newAddress, startExperience } from "./experience-server";
import { addUser } from "./oidc-client";
import { declare, method } from "./sign-in-pages";

jest.setTimeout(60_000);

let server: ExperienceServer;
let { outbox, sandbox, bookstore } = {} as ExperienceServer;
beforeAll(async () => {
  server = await startExperience();
  ({ outbox, sandbox, bookstore } = server);
});
afterAll(() => server.stop());

beforeEach(() => declare(sandbox));

afterEach(() => outbox.recover());

const begin = (event: Event, parameters?: Record<string, string>) =>
  Visit.begin(sandbox, bookstore, event, parameters);

/** A visit with a code on its way to the address. */
async function withCode(event: Event, address: string) {
  const visit = await begin(event);
  const id = idOf(await visit.sendCode(email(address), event));
  return { visit, id, code: await outbox.codeSentTo(address) };
}

/** A visit that has proven to have the address. */
async function verified(event: Event, address: string) {
  const { visit, id, code } = await withCode(event, address);
  expect(await visit.verifyCode(email(address), id, code)).toEqual({
    status: 200,
    body: { verificationId: id },
  });
  return { visit, id };
}

function other(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, "0");
}

async function userWith(address: string) {
  const [user] = await sandbox.query<Record<string, unknown>>(
    "select * from users where primary_email = $1",
    [address],
  );
  return user;
}

describe("somebody new", () => {
  test("registers by a code, and has a row as Logto makes it", async () => {
    const address = newAddress();
    const { visit, id } = await verified("Register", address);
    expect(await visit.identify(id)).toEqual({ status: 201, body: "Created" });
    expect(await visit.arrive()).toBeTruthy();
    expect(await userWith(address)).toMatchObject({
      id: expect.stringMatching(/^[0-9a-z]{12}$/) as unknown,
      tenant_id: "default",
      username: null,
      password_encrypted: null,
      application_id: bookstore.id,
      logto_config: { mfa: { enabled: false } },
      last_sign_in_at: expect.any(Date) as unknown,
    });
  });

  test("has one account, however often the page asks for it", async () => {
    const address = newAddress();
    const { visit, id } = await verified("Register", address);
    await visit.identify(id);
    const { body } = await visit.get("/interaction");
    expect(await visit.identify(id)).toMatchObject(refusal(422, "user.email_exists_in_profile"));
    expect(await visit.identify()).toMatchObject(refusal(409, "session.identity_conflict"));
    expect(await visit.get("/interaction")).toEqual({ status: 200, body });
    expect(await visit.arrive()).toBeTruthy();
  });

  test("has the roles that are everybody's, and no other", async () => {
    await sandbox.query(
      `insert into roles (tenant_id, id, name, description, type, is_default)
       values ('default', 'reader', 'Reader', '', 'User', true),
              ('default', 'clerk', 'Clerk', '', 'User', false)`,
    );
    const address = newAddress();
    const { visit, id } = await verified("Register", address);
    await visit.identify(id);
    const roles = await sandbox.query(
      "select role_id from users_roles join users on users.id = user_id where primary_email = $1",
      [address],
    );
    expect(roles).toEqual([{ role_id: "reader" }]);
    await sandbox.query("delete from roles where id in ('reader', 'clerk')");
  });

  test("who signs in is told so, and registers with the same code", async () => {
    const address = newAddress();
    const { visit, id } = await verified("SignIn", address);
    expect(await visit.identify(id)).toMatchObject(
      refusal(404, "user.user_not_exist", { identifier: address }),
    );
    expect(await visit.put("/interaction-event", { interactionEvent: "Register" })).toEqual({
      status: 204,
      body: "",
    });
    expect(await visit.identify(id)).toEqual({ status: 201, body: "Created" });
    expect(await visit.arrive()).toBeTruthy();
  });
});

describe("somebody with an account", () => {
  test("signs in by a code, whatever the case of the address", async () => {
    const address = newAddress();
    const userId = await addUser(sandbox, { primary_email: address.toUpperCase() });
    const { visit, id } = await verified("SignIn", address);
    expect(await visit.identify(id)).toEqual({ status: 204, body: "" });
    expect(await visit.get("/interaction")).toMatchObject({ status: 200, body: { userId } });
    expect(await visit.arrive()).toBeTruthy();
  });

  test("who registers is told so, and signs in with the same code", async () => {
    const address = newAddress();
    await addUser(sandbox, { primary_email: address });
    const { visit, id } = await verified("Register", address);
    expect(await visit.identify(id)).toMatchObject(refusal(422, "user.email_already_in_use"));
    await visit.put("/interaction-event", { interactionEvent: "SignIn" });
    expect(await visit.identify(id)).toEqual({ status: 204, body: "" });
    expect(await visit.arrive()).toBeTruthy();
  });

  test("does not get in while suspended", async () => {
    const address = newAddress();
    await addUser(sandbox, { primary_email: address, is_suspended: true });
    const { visit, id } = await verified("SignIn", address);
    expect(await visit.identify(id)).toMatchObject(refusal(401, "user.suspended"));
    expect(await visit.post("/submit")).toMatchObject(refusal(404, "session.identifier_not_found"));
  });

  test("cannot become somebody else within one sign-in", async () => {
    const [one, two] = [newAddress(), newAddress()];
    await addUser(sandbox, { primary_email: one });
    await addUser(sandbox, { primary_email: two });
    const { visit, id } = await verified("SignIn", one);
    await visit.identify(id);
    const second = idOf(await visit.sendCode(email(two), "SignIn"));
    await visit.verifyCode(email(two), second, await outbox.codeSentTo(two));
    expect(await visit.identify(second)).toMatchObject(refusal(409, "session.identity_conflict"));
  });
});

describe("a code", () => {
  test("that is wrong is refused, and identifies no one", async () => {
    const address = newAddress();
    const { visit, id, code } = await withCode("Register", address);
    expect(await visit.verifyCode(email(address), id, other(code))).toMatchObject(
      refusal(400, "verification_code.code_mismatch"),
    );
    expect(await visit.identify(id)).toMatchObject(refusal(400, "session.verification_failed"));
    expect(await userWith(address)).toBeUndefined();
  });

  test("is good once", async () => {
    const address = newAddress();
    const { visit, id, code } = await withCode("Register", address);
    await visit.verifyCode(email(address), id, code);
    expect(await visit.verifyCode(email(address), id, code)).toMatchObject(
      refusal(400, "verification_code.not_found"),
    );
  });

  test("is good once, even when it comes many times at once", async () => {
    const address = newAddress();
    const { visit, id, code } = await withCode("Register", address);
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => visit.verifyCode(email(address), id, code)),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  const waitingForLocks = () =>
    sandbox.query(
      `select pid from pg_stat_activity
       where datname = current_database() and wait_event_type = 'Lock'`,
    );

  test("makes one account of two registrations at the same instant, and tells the later one so", async () => {
    const address = newAddress();
    const { visit, id } = await verified("Register", address);
    const rival = new pg.Client({ connectionString: sandbox.databaseUrl });
    await rival.connect();
    try {
      await rival.query("begin");
      await rival.query(
        "insert into users (tenant_id, id, primary_email) values ('default', 'rival', $1)",
        [address],
      );
      const late = visit.identify(id);
      while ((await waitingForLocks()).length === 0);
      await rival.query("commit");
      expect(await late).toMatchObject(refusal(422, "user.email_already_in_use"));
    } finally {
      await rival.end();
    }
  });

  test("is no longer good after another was sent", async () => {
    const address = newAddress();
    const { visit, id, code } = await withCode("Register", address);
    const second = idOf(await visit.sendCode(email(address), "Register"));
    expect(await visit.verifyCode(email(address), id, code)).toMatchObject(
      refusal(404, "session.verification_session_not_found"),
    );
    const [newest] = await outbox.mailsTo(address);
    expect(await visit.verifyCode(email(address), second, newest?.code as string)).toMatchObject({
      status: 200,
    });
  });

  test.each([
    ["600 seconds where nothing is declared", {}, 601],
    ["as long as declared", { expirationDuration: 120 }, 121],
  ])("is good for %s", async (_what, verificationCodePolicy, seconds) => {
    await declare(sandbox, { verificationCodePolicy });
    const address = newAddress();
    const { visit, id, code } = await withCode("Register", address);
    const age = (by: number) =>
      sandbox.query(
        "update passcodes set created_at = created_at - make_interval(secs => $2) where email = $1",
        [address, by],
      );
    await age(seconds);
    expect(await visit.verifyCode(email(address), id, code)).toMatchObject(
      refusal(400, "verification_code.expired"),
    );
    await age(-30);
    expect(await visit.verifyCode(email(address), id, code)).toMatchObject({ status: 200 });
  });

  test.each([
    ["10 where nothing is declared", {}, 10],
    ["as many as declared", { maxRetryAttempts: 2 }, 2],
  ])("can be tried wrongly %s times, and then not even rightly", async (_what, policy, tries) => {
    await declare(sandbox, { verificationCodePolicy: policy });
    const address = newAddress();
    const { visit, id, code } = await withCode("Register", address);
    for (let count = 0; count < tries; count += 1) {
      expect(await visit.verifyCode(email(address), id, other(code))).toMatchObject(
        refusal(400, "verification_code.code_mismatch"),
      );
    }
    for (const late of [other(code), code]) {
      expect(await visit.verifyCode(email(address), id, late)).toMatchObject(
        refusal(400, "verification_code.exceed_max_try"),
      );
    }
  });

  test("is for the address that it went to, and for the browser that asked for it", async () => {
    const [address, another] = [newAddress(), newAddress()];
    const { visit, id, code } = await withCode("Register", address);
    expect(await visit.verifyCode(email(another), id, code)).toMatchObject(
      refusal(400, "verification_code.email_mismatch"),
    );
    const elsewhere = await begin("Register");
    expect(await elsewhere.verifyCode(email(address), id, code)).toMatchObject(
      refusal(404, "session.verification_session_not_found"),
    );
  });

  test("is in no line of the log", async () => {
    const address = newAddress();
    const { visit, id, code } = await withCode("Register", address);
    await visit.verifyCode(email(address), id, code);
    expect(sandbox.logText()).toContain("/api/experience/verification/verification-code/verify");
    expect(sandbox.logText()).not.toContain(code);
  });
});

describe("the mail", () => {
  test.each(["SignIn", "Register"] as const)("of %s has that template", async (event) => {
    const address = newAddress();
    await withCode(event, address);
    expect(await outbox.mailsTo(address)).toMatchObject([{ subject: `${event} subject` }]);
  });

  test("is in the language of the application, then of the browser, then of the fallback", async () => {
    for (const [language, subject] of [
      ["de", "Ihr Code"],
      ["fr", "Votre code"],
      ["ja", "コード"],
    ]) {
      await sandbox.query(
        `insert into email_templates (tenant_id, id, language_tag, template_type, details)
         values ('default', $1, $1, 'Register', $2)`,
        [language, { subject, content: "{{code}} {{application.name}}" }],
      );
    }
    await declare(sandbox, { languageInfo: { autoDetect: true, fallbackLanguage: "ja" } });
    const subjectOf = async (parameters: Record<string, string>, headers: object) => {
      const address = newAddress();
      const visit = await begin("Register", parameters);
      idOf(await visit.sendCode(email(address), "Register", headers));
      const [mail] = await outbox.mailsTo(address);
      expect(mail?.html).toContain("Bookstore");
      return mail?.subject;
    };
    const inFrench = { "accept-language": "fr" };
    expect(await subjectOf({ ui_locales: "de" }, inFrench)).toBe("Ihr Code");
    expect(await subjectOf({}, inFrench)).toBe("Votre code");
    expect(await subjectOf({}, { "accept-language": "cy" })).toBe("コード");
    await declare(sandbox, { languageInfo: { autoDetect: false, fallbackLanguage: "ja" } });
    expect(await subjectOf({}, inFrench)).toBe("コード");
    await sandbox.query("delete from email_templates");
  });

  test("that could not be sent is Logto's error, leaves no verification, and can be sent again", async () => {
    const address = newAddress();
    const visit = await begin("Register");
    await outbox.fail({ status: 403, message: "The from address is not verified." });
    expect(await visit.sendCode(email(address), "Register")).toMatchObject(
      refusal(400, "connector.general"),
    );
    expect(await visit.get("/interaction")).toMatchObject({ body: { verificationRecords: [] } });
    await outbox.recover();
    idOf(await visit.sendCode(email(address), "Register"));
    expect(await outbox.mailsTo(address)).toHaveLength(1);
  });

  test("goes to no one who could do nothing with it, and the answer does not tell", async () => {
    await declare(sandbox, { signInMode: "SignIn" });
    const [known, unknown] = [newAddress(), newAddress()];
    await addUser(sandbox, { primary_email: known });
    for (const event of ["SignIn", "ForgotPassword"] as const) {
      const visit = await begin(event);
      idOf(await visit.sendCode(email(known), event));
      const id = idOf(await visit.sendCode(email(unknown), event));
      expect(await visit.verifyCode(email(unknown), id, "000000")).toMatchObject({ status: 400 });
    }
    expect(await outbox.mailsTo(known)).toHaveLength(2);
    expect(await outbox.mailsTo(unknown)).toHaveLength(0);
  });

  test("is answered 501 if nothing sends e-mail", async () => {
    await sandbox.query("update connectors set connector_id = 'no-such-connector'");
    const visit = await begin("Register");
    expect(await visit.sendCode(email(newAddress()), "Register")).toMatchObject(
      refusal(501, "connector.not_found"),
    );
    await sandbox.query("update connectors set connector_id = $1", [sendGrid.connectorId]);
  });
});

describe("the declared mode", () => {
  test("SignIn lets no one register", async () => {
    await declare(sandbox, { signInMode: "SignIn" });
    const address = newAddress();
    const { visit, id } = await verified("Register", address);
    expect(await visit.identify(id)).toMatchObject(refusal(403, "auth.forbidden"));
    expect(await userWith(address)).toBeUndefined();
    const other = await begin("SignIn");
    expect(await other.put("/interaction-event", { interactionEvent: "Register" })).toMatchObject(
      refusal(403, "auth.forbidden"),
    );
  });

  test("Register lets no one sign in", async () => {
    await declare(sandbox, { signInMode: "Register" });
    const address = newAddress();
    await addUser(sandbox, { primary_email: address });
    const { visit, id } = await verified("SignIn", address);
    expect(await visit.identify(id)).toMatchObject(refusal(403, "auth.forbidden"));
  });
});

test("a code signs no one in if it is not a declared method", async () => {
  await declare(sandbox, {
    signIn: { methods: [method("username", { password: true })] },
    signUp: { identifiers: ["username"], password: true, verify: false },
  });
  const address = newAddress();
  await addUser(sandbox, { primary_email: address, username: "codeless" });
  const { visit, id } = await verified("SignIn", address);
  expect(await visit.identify(id)).toMatchObject(refusal(422, "user.sign_in_method_not_enabled"));
});

describe("the order of the steps", () => {
  test("begins with an authorization request", async () => {
    const visit = await Visit.open(sandbox, bookstore);
    visit.visitor.setCookie("_interaction", "unknown");
    expect(await visit.put("", { interactionEvent: "SignIn" })).toMatchObject(
      refusal(400, "session.not_found"),
    );
  });

  test("goes on with the event: nothing else is answered before", async () => {
    const visit = await Visit.open(sandbox, bookstore);
    for (const reply of [
      await visit.get("/interaction"),
      await visit.sendCode(email(newAddress()), "SignIn"),
      await visit.post("/submit"),
    ]) {
      expect(reply).toMatchObject(refusal(404, "session.interaction_not_found"));
    }
  });

  test("ends nowhere for somebody who is not known", async () => {
    const { visit } = await withCode("SignIn", newAddress());
    expect(await visit.post("/submit")).toMatchObject(refusal(404, "session.identifier_not_found"));
  });

  test("is forgotten when the event is put again", async () => {
    const { visit, id } = await verified("Register", newAddress());
    await visit.put("", { interactionEvent: "Register" });
    expect(await visit.identify(id)).toMatchObject(
      refusal(404, "session.verification_session_not_found"),
    );
  });

  test("does not turn a forgotten password into a sign-in, or a sign-in into that", async () => {
    const forgot = await begin("ForgotPassword");
    expect(await forgot.put("/interaction-event", { interactionEvent: "SignIn" })).toMatchObject(
      refusal(400, "session.not_supported_for_forgot_password"),
    );
    const signIn = await begin("SignIn");
    expect(
      await signIn.put("/interaction-event", { interactionEvent: "ForgotPassword" }),
    ).toMatchObject(refusal(400, "session.not_supported_for_forgot_password"));
  });

  test("takes a body of the right shape only", async () => {
    const visit = await begin("SignIn");
    for (const reply of [
      await visit.put("", { interactionEvent: "Dance" }),
      await visit.sendCode(email("no address"), "SignIn"),
      await visit.identify(),
    ]) {
      expect(reply).toMatchObject(refusal(400, "guard.invalid_input"));
    }
  });
});

describe("a page of", () => {
  const begin = (visit: Visit, origin: string) =>
    visit.put("", { interactionEvent: "SignIn" }, { origin });

  test.each(["http://localhost:3000", "http://127.0.0.1:3000", "https://evil.example", "null"])(
    "%s is not listened to, whatever cookies come along",
    async (origin) => {
      const visit = await Visit.open(sandbox, bookstore);
      expect(await begin(visit, origin)).toMatchObject(refusal(403, "auth.forbidden"));
      expect(await visit.get("/interaction")).toMatchObject(
        refusal(404, "session.interaction_not_found"),
      );
    },
  );

  test("the sandbox itself is", async () => {
    const visit = await Visit.open(sandbox, bookstore);
    expect(await begin(visit, sandbox.endpoint)).toMatchObject({ status: 204 });
  });
});
