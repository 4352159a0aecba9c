import { createHash, randomBytes } from "node:crypto";
import bcrypt from "bcryptjs";
import { argon2i } from "hash-wasm";
import {
  email,
  type Event,
  idOf,
  type Named,
  refusal,
  type Reply,
  username,
  Visit,
} from "./experience-visit";
import { type ExperienceServer, newAddress, newName, startExperience } from "./experience-server";
import { addUser } from "./oidc-client";
import { declare, method } from "./sign-in-pages";

jest.setTimeout(60_000);

const password = "Tea with milk 42";

const byUsername = {
  signIn: { methods: [method("username", { password: true })] },
  signUp: { identifiers: ["username"], password: true, verify: false },
};

const byEmail = {
  signIn: { methods: [method("email", { password: true, verificationCode: true })] },
  signUp: { identifiers: ["email"], password: true, verify: true },
  forgotPasswordMethods: ["EmailVerificationCode"],
};

let server: ExperienceServer;
let { outbox, sandbox, bookstore } = {} as ExperienceServer;
beforeAll(async () => {
  server = await startExperience();
  ({ outbox, sandbox, bookstore } = server);
});
afterAll(() => server.stop());

const begin = (event: Event) => Visit.begin(sandbox, bookstore, event);

async function verified(event: Event, address: string) {
  const visit = await begin(event);
  const id = idOf(await visit.sendCode(email(address), event));
  const [mail] = await outbox.mailsTo(address);
  idOf(await visit.verifyCode(email(address), id, mail?.code as string));
  return { visit, id };
}

/** Somebody who has the password. It is hashed as cheaply as can be: how Logto does it costs a second. */
async function addReader(name: string, columns: Record<string, unknown> = {}): Promise<void> {
  const hash = await argon2i({
    password,
    salt: randomBytes(16),
    iterations: 1,
    parallelism: 1,
    memorySize: 8,
    hashLength: 32,
    outputType: "encoded",
  });
  await addUser(sandbox, {
    username: name,
    password_encrypted: hash,
    password_encryption_method: "Argon2i",
    ...columns,
  });
}

async function register(name: string): Promise<void> {
  const visit = await begin("Register");
  const identity = { identifier: username(name), password };
  const id = idOf(await visit.post("/verification/new-password-identity", identity));
  expect(await visit.identify(id)).toEqual({ status: 201, body: "Created" });
  expect(await visit.arrive()).toBeTruthy();
}

async function tryPassword(identifier: Named, attempt: string): Promise<Reply> {
  return (await begin("SignIn")).verifyPassword(identifier, attempt);
}

async function signIn(identifier: Named, attempt: string): Promise<void> {
  const visit = await begin("SignIn");
  const id = idOf(await visit.verifyPassword(identifier, attempt));
  expect(await visit.identify(id)).toEqual({ status: 204, body: "" });
  expect(await visit.arrive()).toBeTruthy();
}

describe("a username and a password", () => {
  beforeEach(() => declare(sandbox, byUsername));

  test("make an account, and sign in to it", async () => {
    const name = newName();
    await register(name);
    await signIn(username(name), password);
  });

  test("are stored as Logto stores them, and the password nowhere else", async () => {
    const name = newName();
    await register(name);
    const [row] = await sandbox.query("select * from users where username = $1", [name]);
    expect(row).toMatchObject({
      password_encrypted: expect.stringMatching(
        /^\$argon2i\$v=19\$m=8192,t=8,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$/,
      ) as unknown,
      password_encryption_method: "Argon2i",
      password_updated_at: expect.any(Date) as unknown,
    });
    expect(JSON.stringify(row)).not.toContain(password);
    expect(sandbox.logText()).not.toContain(password);
    expect(
      await sandbox.query("select 1 from oidc_model_instances where payload::text like $1", [
        `%${password}%`,
      ]),
    ).toEqual([]);
  });

  test("that are wrong are refused alike, whether there is such an account or not", async () => {
    const name = newName();
    await addReader(name);
    const replies = [
      await tryPassword(username(name), "not it"),
      await tryPassword(username("nobody"), password),
    ];
    expect(replies[0]).toEqual(replies[1]);
    expect(replies[0]).toMatchObject(refusal(422, "session.invalid_credentials"));
  });

  test("are no way in for somebody who has no password", async () => {
    const name = newName();
    await addUser(sandbox, { username: name });
    expect(await tryPassword(username(name), "")).toMatchObject(
      refusal(400, "guard.invalid_input"),
    );
    expect(await tryPassword(username(name), password)).toMatchObject(
      refusal(422, "session.invalid_credentials"),
    );
  });

  test("are no way in while suspended", async () => {
    const name = newName();
    await addReader(name, { is_suspended: true });
    expect(await tryPassword(username(name), password)).toMatchObject(
      refusal(401, "user.suspended"),
    );
  });

  test("cannot be those of somebody else", async () => {
    const name = newName();
    await addReader(name);
    const visit = await begin("Register");
    const identity = { identifier: username(name), password };
    expect(await visit.post("/verification/new-password-identity", identity)).toMatchObject(
      refusal(422, "user.username_already_in_use"),
    );
  });

  test("of a page's state show no hash", async () => {
    const visit = await begin("Register");
    const identity = { identifier: username(newName()), password };
    idOf(await visit.post("/verification/new-password-identity", identity));
    const { status, body } = await visit.get("/interaction");
    expect(status).toBe(200);
    expect(JSON.stringify(body)).toContain("NewPasswordIdentity");
    expect(JSON.stringify(body)).not.toContain("argon2");
  });

  test("of an account make no new one: a password verification registers no one", async () => {
    const name = newName();
    await addReader(name);
    const visit = await begin("SignIn");
    const id = idOf(await visit.verifyPassword(username(name), password));
    await visit.put("/interaction-event", { interactionEvent: "Register" });
    expect(await visit.identify(id)).toMatchObject(refusal(400, "session.verification_failed"));
  });

  test("sign no one in by an identifier that is not a declared method", async () => {
    const [name, address] = [newName(), newAddress()];
    await addReader(name, { primary_email: address });
    const visit = await begin("SignIn");
    const id = idOf(await visit.verifyPassword(email(address), password));
    expect(await visit.identify(id)).toMatchObject(refusal(422, "user.sign_in_method_not_enabled"));
  });
});

test.each([
  ["MD5", createHash("md5").update(password).digest("hex")],
  ["SHA1", createHash("sha1").update(password).digest("hex")],
  ["SHA256", createHash("sha256").update(password).digest("hex")],
  ["Bcrypt", bcrypt.hashSync(password, 4)],
])("a password that was imported as %s signs in, and no other", async (encryption, hash) => {
  await declare(sandbox, byUsername);
  const name = newName();
  await addUser(sandbox, {
    username: name,
    password_encrypted: hash,
    password_encryption_method: encryption,
  });
  expect(await tryPassword(username(name), "not it")).toMatchObject({ status: 422 });
  await signIn(username(name), password);
});

test("a password that was imported is hashed as a new one once it was right, and counts as no newer", async () => {
  await declare(sandbox, byUsername);
  const name = newName();
  await addUser(sandbox, {
    username: name,
    password_encrypted: createHash("md5").update(password).digest("hex"),
    password_encryption_method: "MD5",
  });
  const stored = async () => {
    const [row] = await sandbox.query<Record<string, unknown>>(
      "select password_encrypted as hash, password_encryption_method as method, password_updated_at as at from users where username = $1",
      [name],
    );
    return row;
  };
  await tryPassword(username(name), "not it");
  expect(await stored()).toMatchObject({ method: "MD5" });
  await tryPassword(username(name), password);
  expect(await stored()).toEqual({
    method: "Argon2i",
    hash: expect.stringContaining("$argon2i$v=19$m=8192,t=8,p=1$") as unknown,
    at: null,
  });
  await signIn(username(name), password);
});

test.each([
  [300, ["too_long", "restricted.repetition"]],
  [2048, ["too_long", "restricted.repetition"]],
  // Logto would look through these as well, for so long as that takes.
  [2049, ["too_long"]],
  [500_000, ["too_long"]],
])(
  "a password of %i characters is refused, and looked through if it is not far too long",
  async (length, issues) => {
    await declare(sandbox, byUsername);
    const visit = await begin("Register");
    const { status, body } = await visit.post("/verification/new-password-identity", {
      identifier: username(newName()),
      password: "a".repeat(length),
    });
    expect({ status, body }).toMatchObject(refusal(422, "password.rejected"));
    expect((body as { data: { code: string }[] }).data.map(({ code }) => code)).toEqual(
      issues.map((issue) => `password_rejected.${issue}`),
    );
  },
);

describe("if a password is required", () => {
  beforeEach(() => declare(sandbox, byEmail));

  test("an address alone makes no account; with a password it does", async () => {
    const address = newAddress();
    const { visit, id } = await verified("Register", address);
    expect(await visit.identify(id)).toMatchObject(
      refusal(422, "user.missing_profile", { missingProfile: ["password"] }),
    );
    expect(await visit.post("/profile", { type: "password", value: password })).toEqual({
      status: 204,
      body: "",
    });
    expect(await visit.identify()).toEqual({ status: 201, body: "Created" });
    expect(await visit.arrive()).toBeTruthy();
    await signIn(email(address), password);
  });

  test("somebody who has none sets it at their next sign-in", async () => {
    const address = newAddress();
    await addUser(sandbox, { primary_email: address });
    const { visit, id } = await verified("SignIn", address);
    await visit.identify(id);
    expect(await visit.post("/submit")).toMatchObject(
      refusal(422, "user.missing_profile", { missingProfile: ["password"] }),
    );
    await visit.post("/profile", { type: "password", value: password });
    expect(await visit.arrive()).toBeTruthy();
    await signIn(email(address), password);
  });

  test("somebody who has one cannot set another in passing", async () => {
    const address = newAddress();
    await addUser(sandbox, {
      primary_email: address,
      password_encrypted: createHash("md5").update(password).digest("hex"),
      password_encryption_method: "MD5",
    });
    const { visit, id } = await verified("SignIn", address);
    await visit.identify(id);
    expect(
      await visit.post("/profile", { type: "password", value: "Another one 4711" }),
    ).toMatchObject(refusal(422, "user.password_exists_in_profile"));
  });

  test("no one adds anything before it is known who they are", async () => {
    const visit = await begin("SignIn");
    expect(await visit.post("/profile", { type: "password", value: password })).toMatchObject(
      refusal(404, "session.identifier_not_found"),
    );
  });
});

describe("a forgotten password", () => {
  let address: string;

  beforeEach(async () => {
    address = newAddress();
    await addReader(newName(), { primary_email: address });
    await declare(sandbox, byEmail);
  });

  test("is reset by a code, and the old one is no longer good", async () => {
    const { visit, id } = await verified("ForgotPassword", address);
    expect(await outbox.mailsTo(address)).toMatchObject([{ subject: "ForgotPassword subject" }]);
    expect(await visit.identify(id)).toEqual({ status: 204, body: "" });
    expect(await visit.put("/profile/password", { password: "Coffee, black 77" })).toEqual({
      status: 204,
      body: "",
    });
    expect(await visit.post("/submit")).toEqual({ status: 204, body: "" });
    expect(await visit.post("/submit")).toMatchObject(
      refusal(404, "session.interaction_not_found"),
    );
    expect(await tryPassword(email(address), password)).toMatchObject({ status: 422 });
    await signIn(email(address), "Coffee, black 77");
  });

  test("is not reset to the same, or to one that the policy rejects", async () => {
    const { visit, id } = await verified("ForgotPassword", address);
    await visit.identify(id);
    expect(await visit.put("/profile/password", { password })).toMatchObject(
      refusal(422, "user.same_password"),
    );
    expect(await visit.put("/profile/password", { password: "short" })).toMatchObject(
      refusal(422, "password.rejected"),
    );
    expect(await visit.post("/submit")).toMatchObject(
      refusal(422, "user.new_password_required_in_profile"),
    );
  });

  test("is not reset without a proof of the address", async () => {
    const visit = await begin("ForgotPassword");
    const id = idOf(await visit.sendCode(email(address), "ForgotPassword"));
    expect(await visit.identify(id)).toMatchObject(refusal(400, "session.verification_failed"));
    expect(await visit.put("/profile/password", { password: "Coffee, black 77" })).toMatchObject(
      refusal(404, "session.identifier_not_found"),
    );
  });

  test("is reset in that flow only", async () => {
    const { visit, id } = await verified("SignIn", address);
    await visit.identify(id);
    expect(await visit.put("/profile/password", { password: "Coffee, black 77" })).toMatchObject(
      refusal(400, "session.invalid_interaction_type"),
    );
    const { visit: forgot, id: known } = await verified("ForgotPassword", address);
    await forgot.identify(known);
    expect(
      await forgot.post("/profile", { type: "password", value: "Coffee, black 77" }),
    ).toMatchObject(refusal(400, "session.not_supported_for_forgot_password"));
  });

  test("is reset by the declared methods only, and never by the password", async () => {
    const visit = await begin("ForgotPassword");
    const byPassword = idOf(await visit.verifyPassword(email(address), password));
    expect(await visit.identify(byPassword)).toMatchObject(
      refusal(422, "session.not_supported_for_forgot_password"),
    );
    await declare(sandbox, { ...byEmail, forgotPasswordMethods: [] });
    const { visit: undeclared, id } = await verified("ForgotPassword", address);
    expect(await undeclared.identify(id)).toMatchObject(
      refusal(422, "session.not_supported_for_forgot_password"),
    );
  });
});

describe("the declared password policy", () => {
  const issuesOf = async (passwordPolicy: object, attempt: string, name = newName()) => {
    await declare(sandbox, { ...byUsername, passwordPolicy });
    const visit = await begin("Register");
    const identity = { identifier: username(name), password: attempt };
    const reply = await visit.post("/verification/new-password-identity", identity);
    if (reply.status === 200) return [];
    expect(reply).toMatchObject(refusal(422, "password.rejected"));
    const { data } = reply.body as { data: { code: string }[] };
    return data.map(({ code }) => code.replace("password_rejected.", ""));
  };

  test.each([
    ["length", { length: { min: 20, max: 30 } }, "Tea with milk 42", "too_short"],
    ["length", { length: { min: 4, max: 10 } }, "Tea with milk 42", "too_long"],
    ["character types", { characterTypes: { min: 3 } }, "tea with milk", "character_types"],
    [
      "repetition and sequence",
      { rejects: { repetitionAndSequence: true } },
      "aaaaabcdefg",
      "restricted.repetition",
    ],
    ["words", { rejects: { words: ["bookstore"] } }, "bookstore1", "restricted.words"],
  ])("rejects by %s", async (_what, passwordPolicy, attempt, issue) => {
    expect(await issuesOf(passwordPolicy, attempt)).toContain(issue);
  });

  test("says at once that something endless is too long", async () => {
    const rejects = { repetitionAndSequence: true, userInfo: true };
    expect(await issuesOf({ rejects }, "a".repeat(500_000))).toEqual(["too_long"]);
  });

  test("rejects what tells the person's own name, if it is to", async () => {
    const attempt = "librarian_9z";
    expect(await issuesOf({ rejects: { userInfo: true } }, attempt, "librarian_9")).toContain(
      "restricted.user_info",
    );
    expect(await issuesOf({ rejects: { userInfo: false } }, attempt, "librarian_9")).toEqual([]);
  });

  test("asks no server on the Internet whether a password has leaked", async () => {
    expect(await issuesOf({ rejects: { pwned: true } }, "Tea with milk 42")).toEqual([]);
  });

  test("holds for a password that is added to a profile, too", async () => {
    await declare(sandbox, { ...byEmail, passwordPolicy: { length: { min: 20, max: 30 } } });
    const { visit, id } = await verified("Register", newAddress());
    await visit.identify(id);
    expect(await visit.post("/profile", { type: "password", value: password })).toMatchObject(
      refusal(422, "password.rejected"),
    );
  });
});

test("others are answered while a password is checked", async () => {
  const address = newAddress();
  const options = { salt: randomBytes(16), iterations: 256, parallelism: 1, hashLength: 32 };
  const slow = await argon2i({ ...options, password, memorySize: 16_384, outputType: "encoded" });
  await addReader(newName(), { primary_email: address, password_encrypted: slow });
  await declare(sandbox, byEmail);
  const visit = await begin("SignIn");
  let answered = 0;
  const checking = visit.verifyPassword(email(address), password);
  const status = () => fetch(`${sandbox.endpoint}/api/status`).then(() => "status");
  while ((await Promise.race([checking, status()])) === "status") answered += 1;
  expect(await checking).toMatchObject({ status: 200 });
  // Some come before it begins.
  expect(answered).toBeGreaterThan(50);
});

test("an expired password signs no one in until it is reset", async () => {
  const address = newAddress();
  const ago = (days: number) => new Date(Date.now() - days * 86_400_000);
  await addReader(newName(), { primary_email: address, password_updated_at: ago(31) });
  await declare(sandbox, {
    ...byEmail,
    passwordExpiration: { enabled: true, validPeriodDays: 30 },
  });
  expect(await tryPassword(email(address), password)).toMatchObject(
    refusal(422, "password.expired"),
  );
  await sandbox.query("update users set password_updated_at = $1", [ago(29)]);
  expect(await tryPassword(email(address), password)).toMatchObject({ status: 200 });
  await sandbox.query("update users set is_password_expired = true");
  expect(await tryPassword(email(address), password)).toMatchObject(
    refusal(422, "password.expired"),
  );
  const { visit, id } = await verified("ForgotPassword", address);
  await visit.identify(id);
  await visit.put("/profile/password", { password: "Coffee, black 77" });
  await visit.post("/submit");
  await signIn(email(address), "Coffee, black 77");
  await declare(sandbox, { ...byEmail, passwordExpiration: { enabled: false } });
});
