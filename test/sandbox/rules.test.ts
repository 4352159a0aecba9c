import { type Answer, type Sandbox, startSandboxProcess } from "../support/sandbox";
import { sendGrid, smtp, twilio } from "./connector-bodies";

/** The rules of the sign-in experience, each kept and broken by other values than the recorded ones. */

let sandbox: Sandbox;
let initial: Record<string, unknown>;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  // As the database has it, to go back to it between tests.
  const [row] = await sandbox.query<Record<string, unknown>>(
    "select to_jsonb(sign_in_experiences) as row from sign_in_experiences where tenant_id = 'default'",
  );
  initial = row?.["row"] as Record<string, unknown>;
}, 60_000);

afterEach(async () => {
  await sandbox.query("delete from connectors");
  await sandbox.query("delete from users");
  await sandbox.query("delete from sign_in_experiences where tenant_id = 'default'");
  await sandbox.query(
    "insert into sign_in_experiences select * from jsonb_populate_record(null::sign_in_experiences, $1)",
    [JSON.stringify(initial)],
  );
});

afterAll(() => sandbox.stop());

type Change = Record<string, unknown>;

const method = (
  identifier: string,
  password: boolean,
  verificationCode: boolean,
): Record<string, unknown> => ({
  identifier,
  password,
  verificationCode,
  isPasswordPrimary: password,
});

const signUp = (identifiers: string[], more: Change = {}): Change => ({
  signUp: { identifiers, password: true, verify: true, ...more },
});

const signIn = (...methods: Change[]): Change => ({ signIn: { methods } });

const secondary = (identifier: string, verify?: boolean): Change => ({ identifier, verify });

const mfa = (factors: string[], policy = "NoPrompt"): Change => ({ mfa: { factors, policy } });

const byText = signIn(method("phone", false, true));
const byMail = signIn(method("email", false, true));

describe("with no connector", () => {
  test.each<[string, Change]>([
    ["sign-up by username, with a password", signUp(["username"], { verify: false })],
    ["sign-up by username, without one", signUp(["username"], { verify: false, password: false })],
    ["no sign-up identifier at all", signUp([])],
    ["sign-in by e-mail and password", signIn(method("email", true, false))],
    ["sign-in by phone and password", signIn(method("phone", true, false))],
    ["no way to sign in", signIn()],
  ])("%s is taken", taken);

  test.each<[string, Change, string]>([
    ["sign-up by phone", signUp(["phone"]), "Enabled Sms connector not found."],
    ["sign-up by e-mail", signUp(["email"]), "Enabled Email connector not found."],
    [
      "sign-up with a second e-mail",
      signUp(["username"], { secondaryIdentifiers: [secondary("email", true)] }),
      "Enabled Email connector not found.",
    ],
    [
      "sign-up with a second phone",
      signUp(["username"], { secondaryIdentifiers: [secondary("phone", true)] }),
      "Enabled Sms connector not found.",
    ],
    [
      "sign-up with either",
      signUp(["username"], { secondaryIdentifiers: [secondary("emailOrPhone", true)] }),
      "Enabled Email connector not found.",
    ],
    [
      "sign-in by a code in an e-mail",
      signIn(method("email", true, true)),
      "Enabled Email connector not found.",
    ],
    ["sign-in by a code in a text message", byText, "Enabled Sms connector not found."],
  ])("%s is refused", async (_what, change, message) => {
    await refused(change, 400, "sign_in_experiences.enabled_connector_not_found", message);
  });
});

describe("with a connector for text messages", () => {
  beforeEach(() => connect(twilio));

  test.each<[string, Change]>([
    ["sign-up and sign-in by phone", { ...signUp(["phone"], { password: false }), ...byText }],
    ["a second phone", signUp(["username"], { secondaryIdentifiers: [secondary("phone", true)] })],
  ])("%s is taken", taken);

  test("sign-up by either is refused while e-mail has none", async () => {
    const change = signUp(["username"], {
      secondaryIdentifiers: [secondary("emailOrPhone", true)],
    });
    await refused(change, 400, "sign_in_experiences.enabled_connector_not_found");
  });
});

describe("with both connectors", () => {
  beforeEach(async () => {
    await connect(smtp);
    await connect(twilio);
  });

  test.each<[string, Change]>([
    ["both as primary identifiers", signUp(["email", "phone"])],
    ["a secondary e-mail", signUp(["phone"], { secondaryIdentifiers: [secondary("email", true)] })],
    [
      "either as second identifier",
      signUp(["username"], { secondaryIdentifiers: [secondary("emailOrPhone", true)] }),
    ],
    [
      "a secondary username, which needs no verifying",
      signUp(["email"], { secondaryIdentifiers: [secondary("username")] }),
    ],
    [
      "either with one of the two, both secondary",
      signUp(["username"], {
        secondaryIdentifiers: [secondary("emailOrPhone", true), secondary("email", true)],
      }),
    ],
    [
      "a username by password and an e-mail by code",
      {
        ...signUp(["email"], { password: false }),
        ...signIn(method("email", false, true), method("username", true, false)),
      },
    ],
    [
      "an e-mail by password where sign-up asks for one",
      { ...signUp(["email"]), ...signIn(method("email", true, false)) },
    ],
  ])("%s is taken", taken);

  test.each<[string, string, Change]>([
    [
      "passwordless_requires_verify",
      "a phone that is not verified",
      signUp(["phone"], { verify: false }),
    ],
    [
      "passwordless_requires_verify",
      "a secondary e-mail that is not verified",
      signUp(["username"], { secondaryIdentifiers: [secondary("email")] }),
    ],
    [
      "passwordless_requires_verify",
      "a secondary e-mail where nothing is",
      signUp(["username"], { verify: false, secondaryIdentifiers: [secondary("email", true)] }),
    ],
    ["duplicated_sign_up_identifiers", "an identifier twice", signUp(["email", "email"])],
    [
      "duplicated_sign_up_identifiers",
      "a secondary one twice",
      signUp(["username"], {
        secondaryIdentifiers: [secondary("email", true), secondary("email", true)],
      }),
    ],
    [
      "duplicated_sign_up_identifiers",
      "one that is secondary too",
      signUp(["username"], { secondaryIdentifiers: [secondary("username")] }),
    ],
    [
      "duplicated_sign_up_identifiers",
      "either with a primary phone",
      signUp(["phone"], { secondaryIdentifiers: [secondary("emailOrPhone", true)] }),
    ],
    [
      "missing_sign_up_identifiers",
      "a secondary one alone",
      signUp([], { secondaryIdentifiers: [secondary("email", true)] }),
    ],
    [
      "at_least_one_authentication_factor",
      "a way in that asks for nothing",
      signIn(method("email", true, true), method("username", false, false)),
    ],
    [
      "code_sign_in_must_be_enabled",
      "a password that sign-up never asks for",
      { ...signUp(["email"], { password: false }), ...signIn(method("email", true, false)) },
    ],
  ])("%s: %s is refused", async (code, _what, change) => {
    await refused(change, 400, `sign_in_experiences.${code}`);
  });

  test("sign-in alone is checked against the sign-up that is stored", async () => {
    await taken("", { ...signUp(["email"], { password: false }), ...byMail });
    await refused(
      signIn(method("email", true, false)),
      400,
      "sign_in_experiences.code_sign_in_must_be_enabled",
    );
  });

  test("sign-up alone is not checked against the sign-in that is stored", async () => {
    await taken("", { ...signUp(["email"]), ...signIn(method("email", true, false)) });
    await taken("", signUp(["email"], { password: false }));
  });

  test.each([
    ["email", "EmailVerificationCode"],
    ["phone", "PhoneVerificationCode"],
  ])("a code by %s is not a first factor and a second one", async (identifier, factor) => {
    const first = signIn(method(identifier, true, true));
    const second = mfa([factor, "Totp"]);
    const code = `sign_in_experiences.${identifier}_verification_code_cannot_be_used_for`;
    await refused({ ...first, ...second }, 400, `${code}_sign_in`);
    await taken("", second);
    await refused(first, 400, `${code}_sign_in`);
    await taken("", { ...first, ...mfa(["Totp"]) });
    await refused(second, 400, `${code}_mfa`);
    await taken("", { ...signIn(method(identifier, true, false)), ...second });
  });

  test("a deleted connector leaves the sign-up that needed it as it is", async () => {
    await taken("", signUp(["email"]));
    const { body } = await sandbox.request("GET", "/api/connectors");
    for (const { id } of body as { id: string }[]) {
      expect((await sandbox.request("DELETE", `/api/connectors/${id}`)).status).toBe(204);
    }
    expect((await experience())["signUp"]).toMatchObject({ identifiers: ["email"] });
  });
});

describe("MFA", () => {
  test.each<[string, Change]>([
    ["one factor", mfa(["WebAuthn"], "Mandatory")],
    ["a backup code with another", mfa(["WebAuthn", "BackupCode"])],
    [
      "what organizations ask for",
      {
        mfa: { factors: ["Totp"], policy: "NoPrompt", organizationRequiredMfaPolicy: "Mandatory" },
      },
    ],
    [
      "adaptive MFA with a prompt that cannot be skipped",
      { ...mfa(["Totp"], "PromptOnlyAtSignInMandatory"), adaptiveMfa: { enabled: true } },
    ],
    [
      "no adaptive MFA with one that can",
      { ...mfa(["Totp"], "PromptOnlyAtSignIn"), adaptiveMfa: { enabled: false } },
    ],
    ["an unskippable prompt while there is no factor", mfa([], "PromptOnlyAtSignInMandatory")],
  ])("%s is taken", taken);

  test.each<[string, number, string, Change]>([
    ["a factor twice", 400, "duplicated_mfa_factors", mfa(["WebAuthn", "Totp", "WebAuthn"])],
    [
      "a backup code alone",
      400,
      "backup_code_cannot_be_enabled_alone",
      mfa(["BackupCode"], "Mandatory"),
    ],
    [
      "adaptive MFA without a factor",
      422,
      "adaptive_mfa_requires_mfa",
      { adaptiveMfa: { enabled: true } },
    ],
    [
      "adaptive MFA with a prompt that can be skipped",
      422,
      "adaptive_mfa_requires_non_skippable_policy",
      { ...mfa(["Totp"], "NoPrompt"), adaptiveMfa: { enabled: true } },
    ],
    [
      "an unskippable prompt without adaptive MFA",
      422,
      "non_adaptive_mfa_requires_skippable_policy",
      mfa(["Totp"], "PromptAtSignInAndSignUpMandatory"),
    ],
    [
      "the same, said in full",
      422,
      "non_adaptive_mfa_requires_skippable_policy",
      { ...mfa(["Totp"], "PromptOnlyAtSignInMandatory"), adaptiveMfa: { enabled: false } },
    ],
  ])("%s is refused", async (_what, status, code, change) => {
    await refused(change, status, `sign_in_experiences.${code}`);
  });

  test("turned off it takes adaptive MFA with it, and while that is on the prompt stays unskippable", async () => {
    await taken("", {
      ...mfa(["Totp"], "PromptOnlyAtSignInMandatory"),
      adaptiveMfa: { enabled: true },
    });
    await refused(
      mfa(["Totp"], "NoPrompt"),
      422,
      "sign_in_experiences.adaptive_mfa_requires_non_skippable_policy",
    );
    expect(await taken("", mfa([], "NoPrompt"))).toMatchObject({ adaptiveMfa: { enabled: false } });
  });
});

describe("forgotten passwords", () => {
  test.each([
    ["EmailVerificationCode", sendGrid, "email", { email: true, phone: false }],
    ["PhoneVerificationCode", twilio, "sms", { email: false, phone: true }],
  ])("%s needs its connector", async (name, connector, kind, available) => {
    const change = { forgotPasswordMethods: [name] };
    await refused(
      change,
      400,
      "sign_in_experiences.forgot_password_method_requires_connector",
      `Forgot password method requires a corresponding ${kind} connector to be configured.`,
    );
    await connect(connector);
    await taken("", change);
    const { body } = await sandbox.request(
      "GET",
      "/api/.well-known/sign-in-exp",
      undefined,
      "none",
    );
    expect(body).toMatchObject({ forgotPassword: available });
    expect(body).not.toHaveProperty("forgotPasswordMethods");
  });

  test("without a choice every connector counts, and with an empty one none does", async () => {
    await connect(sendGrid);
    const available = async () => {
      const { body } = await sandbox.request(
        "GET",
        "/api/.well-known/sign-in-exp",
        undefined,
        "none",
      );
      return (body as { forgotPassword: unknown }).forgotPassword;
    };
    await taken("", { forgotPasswordMethods: null });
    expect(await available()).toEqual({ email: true, phone: false });
    await taken("", { forgotPasswordMethods: [] });
    expect(await available()).toEqual({ email: false, phone: false });
  });
});

describe("passwords that expire", () => {
  const expires = { passwordExpiration: { enabled: true, validPeriodDays: 90 } };
  const recovery = { forgotPasswordMethods: ["EmailVerificationCode"] };
  const needsRecovery = "sign_in_experiences.password_expiration_requires_forgot_password";

  test("are refused while no one could set a new one", async () => {
    await refused(expires, 422, needsRecovery);
    await connect(sendGrid);
    await refused(expires, 422, needsRecovery);
    await taken("", { ...expires, ...recovery });
  });

  test("count from the change that turned it on, whatever time is sent", async () => {
    await connect(sendGrid);
    await taken("", recovery);
    const since = (body: Change) => (body["passwordExpiration"] as { enabledAt: number }).enabledAt;
    const first = since(
      await taken("", { passwordExpiration: { enabled: true, validPeriodDays: 90, enabledAt: 5 } }),
    );
    expect(Math.abs(Date.now() - first)).toBeLessThan(60_000);
    const again = await taken("", { passwordExpiration: { enabled: true, validPeriodDays: 30 } });
    expect(again["passwordExpiration"]).toEqual({
      enabled: true,
      validPeriodDays: 30,
      enabledAt: first,
    });
    const off = await taken("", { passwordExpiration: { enabled: false } });
    expect(off["passwordExpiration"]).toEqual({ enabled: false });
  });

  test("hold on to the connector by which new ones are set", async () => {
    await connect(sendGrid);
    await taken("", { ...expires, ...recovery });
    const { body } = await sandbox.request("GET", "/api/connectors");
    const [{ id }] = body as [{ id: string }];
    expect(await sandbox.request("DELETE", `/api/connectors/${id}`)).toMatchObject({
      status: 422,
      body: { code: needsRecovery },
    });
    await refused({ forgotPasswordMethods: [] }, 422, needsRecovery);
  });

  test.each([0, 1.5, -1, "30", undefined])(
    "a life of %s days is refused",
    async (validPeriodDays) => {
      await refused(
        { passwordExpiration: { enabled: true, validPeriodDays } },
        400,
        "guard.invalid_input",
      );
    },
  );
});

describe("usernames", () => {
  const policy = (caseSensitive: boolean) => ({
    usernamePolicy: {
      caseSensitive,
      minLength: 3,
      maxLength: 20,
      allowedChars: { lowercase: true, uppercase: true, numbers: true, underscore: false },
    },
  });

  test("cannot ignore case while that would make two people one", async () => {
    await addUser("one", "Ann");
    await taken("", policy(false));
    await taken("", policy(true));
    await addUser("two", "ann");
    const answer = await patch(policy(false));
    expect(answer).toMatchObject({
      status: 409,
      body: {
        code: "sign_in_experiences.username_policy_case_conflicts_exist",
        data: { totalConflicts: 1, samples: [{ usernameLower: "ann", userIds: ["one", "two"] }] },
      },
    });
    const found = await sandbox.request(
      "GET",
      "/api/sign-in-exp/username-policy/case-sensitivity-conflicts",
    );
    expect(found.body).toMatchObject({ totalConflicts: 1 });
    await taken("", policy(true));
  });

  test("of another tenant do not count", async () => {
    await addUser("one", "Ann");
    await addUser("two", "ann", "admin");
    await taken("", policy(false));
  });

  test("may not be longer than 128 characters", async () => {
    const { usernamePolicy } = policy(true);
    await refused(
      { usernamePolicy: { ...usernamePolicy, maxLength: 129 } },
      400,
      "guard.invalid_input",
    );
  });
});

describe("languages", () => {
  test.each(["de", "pt-BR", "zh-CN"])("%s is one of Logto's own", (fallbackLanguage) =>
    taken("", { languageInfo: { autoDetect: true, fallbackLanguage } }),
  );

  test("another one counts once there are texts in it", async () => {
    const change = { languageInfo: { autoDetect: false, fallbackLanguage: "nl-NL" } };
    await refused(
      change,
      400,
      "sign_in_experiences.unsupported_default_language",
      "This language - nl-NL is not supported at the moment.",
    );
    await sandbox.query(
      "insert into custom_phrases (tenant_id, id, language_tag, translation) values ('default', 'nl', 'nl-NL', '{}')",
    );
    await taken("", change);
  });
});

describe("links and addresses", () => {
  const links = [
    "termsOfUseUrl",
    "privacyPolicyUrl",
    "supportWebsiteUrl",
    "unknownSessionRedirectUrl",
  ];

  test.each([...links, "supportEmail"])(
    "%s is set, and taken away by null or an empty text",
    async (field) => {
      const value = field === "supportEmail" ? "help@b.example" : "https://b.example/x";
      for (const nothing of [null, ""]) {
        expect(await taken("", { [field]: value })).toHaveProperty(field, value);
        expect(await taken("", { [field]: nothing })).toHaveProperty(field, null);
      }
    },
  );

  test.each([...links, "supportEmail"])("%s is refused where it is none", (field) =>
    refused({ [field]: "b.example" }, 400, "guard.invalid_input"),
  );
});

describe("the e-mail block list", () => {
  test("holds each item once", async () => {
    const customBlocklist = ["@b.example", "a@b.example", "@b.example"];
    expect(await taken("", { emailBlocklistPolicy: { customBlocklist } })).toHaveProperty(
      "emailBlocklistPolicy",
      { customBlocklist: ["@b.example", "a@b.example"] },
    );
  });

  test("names the items that are neither address nor domain", () =>
    refused(
      { emailBlocklistPolicy: { customBlocklist: ["b.example", "@ok.example", "x"] } },
      400,
      "sign_in_experiences.invalid_custom_email_blocklist_format",
      "Invalid custom email blocklist items: b.example and x. Each item must be a valid email address or email domain, e.g., foo@example.com or @example.com.",
    ));

  test("cannot know disposable addresses", () =>
    refused(
      { emailBlocklistPolicy: { blockDisposableAddresses: true } },
      400,
      "request.invalid_input",
    ));
});

describe("what is of Logto Cloud only", () => {
  test("is refused", async () => {
    await refused({ hideLogtoBranding: true }, 400, "request.invalid_input");
    await refused(
      { customUiCsp: { scriptSrc: ["https://cdn.example"] } },
      400,
      "request.invalid_input",
      "Input is invalid. Custom UI CSP configuration is not available",
    );
    await refused(
      { customUiCsp: { scriptSrc: ["https://a.example;"] } },
      400,
      "request.invalid_input",
      expect.stringContaining("Semicolons are not allowed") as string,
    );
  });

  test("is taken if it says no", async () => {
    await taken("", { hideLogtoBranding: false });
    await taken("", { customUiCsp: { scriptSrc: [] } });
  });
});

test("what is not released yet, or not known, is dropped", async () => {
  const before = await experience();
  const after = await taken("", {
    signInMode: "Register",
    trustedDevice: { enabled: true },
    id: "other",
    unknown: 1,
  });
  expect(after).toEqual({ ...before, signInMode: "Register" });
});

describe("of the tenant", () => {
  test.each(["admin", "", "nowhere"])("'%s' is none to give the row to", async (tenantId) => {
    const before = await experience();
    expect(await patch({ tenantId, signInMode: "Register" })).toMatchObject({
      status: 500,
      body: { message: "Internal server error." },
    });
    expect(await experience()).toEqual(before);
    expect(sandbox.logText()).toContain("violates row-level security policy");
  });

  test("the row's own can be said", () => taken("", { tenantId: "default" }));

  test("a name that is too long is none", () =>
    refused({ tenantId: "x".repeat(22) }, 400, "guard.invalid_input"));
});

describe("the fields of sign-up", () => {
  beforeEach(async () => {
    for (const [order, name] of ["gamma", "alpha", "beta"].entries()) {
      await sandbox.query(
        "insert into custom_profile_fields (tenant_id, id, name, type, required, sie_order) values ('default', $1, $1, 'Text', false, $2)",
        [name, order],
      );
    }
  });

  afterEach(() => sandbox.query("delete from custom_profile_fields"));

  test("are those that there are, in the order that was asked for", async () => {
    const wanted = ["beta", "nowhere", "gamma"].map((name) => ({ name }));
    expect(await taken("", { signUpProfileFields: wanted })).toHaveProperty("signUpProfileFields", [
      { name: "beta" },
      { name: "gamma" },
    ]);
    expect(await taken("", { signUpProfileFields: null })).toHaveProperty(
      "signUpProfileFields",
      null,
    );
  });

  test("come once each", async () => {
    const wanted = ["beta", "alpha", "beta"].map((name) => ({ name }));
    expect(await patch({ signUpProfileFields: wanted })).toMatchObject({
      status: 400,
      body: {
        code: "request.invalid_input",
        message: "Input is invalid. Duplicate profile field names: beta",
        data: { duplicateNames: ["beta"] },
      },
    });
  });
});

test("a change of nothing that is known is refused", () =>
  refused(
    { unknown: 1 },
    422,
    "entity.invalid_input",
    "Invalid input. Value list must not be empty.",
  ));

test("each column is replaced as a whole, and no other changes", async () => {
  const before = await experience();
  const change = {
    customCss: ".a::after { content: 'é\\'\"'; }",
    customContent: { "/sign-in": "<p>${x} $1</p>" },
    passwordPolicy: { characterTypes: { min: 2 } },
    captchaPolicy: { enabled: true },
    passkeySignIn: { enabled: true, showPasskeyButton: false },
    socialSignIn: { automaticAccountLinking: true },
    singleSignOnEnabled: true,
    sentinelPolicy: { lockoutDuration: 5 },
  };
  expect(await taken("", change)).toEqual({ ...before, ...change });
  expect(await taken("", { sentinelPolicy: { maxAttempts: 3 } })).toHaveProperty("sentinelPolicy", {
    maxAttempts: 3,
  });
  expect(await taken("", { customCss: "" })).toHaveProperty("customCss", null);
});

test("password rejections that are left out are turned on, by the guard", async () => {
  const { passwordPolicy } = await taken("", { passwordPolicy: { rejects: { words: ["b"] } } });
  expect(passwordPolicy).toEqual({
    rejects: { pwned: true, repetitionAndSequence: true, userInfo: true, words: ["b"] },
  });
});

test.each<[string, unknown]>([
  ["color", { primaryColor: "#12345", isDarkModeEnabled: true, darkPrimaryColor: "#fff" }],
  ["color", { primaryColor: "#fff" }],
  ["branding", { logoUrl: "logo.svg" }],
  ["signInMode", null],
  ["agreeToTermsPolicy", "Never"],
  ["signUp", { identifiers: ["fax"], password: true, verify: true }],
  ["signIn", { methods: [{ identifier: "email" }] }],
  ["mfa", { factors: ["Sms"], policy: "NoPrompt" }],
  ["mfa", { factors: [], policy: "Always" }],
  ["passwordPolicy", { characterTypes: { min: 5 } }],
  ["verificationCodePolicy", { maxRetryAttempts: 101 }],
  ["verificationCodePolicy", { expirationDuration: 3601 }],
  ["forgotPasswordMethods", ["Pigeon"]],
  ["termsOfUseUrl", 5],
  ["customCss", 5],
])("%s %j is refused by its guard", async (field, value) => {
  const answer = await patch({ [field]: value });
  expect(answer).toMatchObject({ status: 400, body: { code: "guard.invalid_input" } });
  expect((answer.body as { details: string }).details).toContain(`Error in key path "${field}`);
});

test("the sign-in experience is changed for the tenant default alone", async () => {
  await taken("", { signInMode: "SignIn" });
  const rows = await sandbox.query(
    "select tenant_id, sign_in_mode from sign_in_experiences order by 1",
  );
  expect(rows).toEqual([
    { tenant_id: "admin", sign_in_mode: "Register" },
    { tenant_id: "default", sign_in_mode: "SignIn" },
  ]);
});

test("everybody may read what sign-in pages need, and no more than that", async () => {
  await taken("", { emailBlocklistPolicy: { customBlocklist: ["@canary.example"] } });
  await sandbox.query(
    "insert into captcha_providers (tenant_id, id, config) values ('default', 'c', $1)",
    [JSON.stringify({ type: "Turnstile", siteKey: "site", secretKey: "canary" })],
  );
  await taken("", { captchaPolicy: { enabled: true } });
  const { status, body } = await sandbox.request(
    "GET",
    "/api/.well-known/sign-in-exp",
    undefined,
    "none",
  );
  expect(status).toBe(200);
  expect(body).toMatchObject({ captchaConfig: { type: "Turnstile", siteKey: "site" } });
  expect(JSON.stringify(body)).not.toContain("canary");
});

function patch(change: Change): Promise<Answer> {
  return sandbox.request("PATCH", "/api/sign-in-exp", change);
}

/** The change is made, and is what is read from then on. */
async function taken(_what: string, change: Change): Promise<Change> {
  const answer = await patch(change);
  expect(answer).toMatchObject({ status: 200 });
  expect(await experience()).toEqual(answer.body);
  return answer.body as Change;
}

/** The change is refused, and nothing of it is stored. */
async function refused(
  change: Change,
  status: number,
  code: string,
  message?: string,
): Promise<void> {
  const before = await experience();
  const answer = await patch(change);
  expect(answer).toMatchObject({ status, body: { code, ...(message && { message }) } });
  expect(await experience()).toEqual(before);
}

async function experience(): Promise<Change> {
  const { body } = await sandbox.request("GET", "/api/sign-in-exp");
  return body as Change;
}

async function connect(connector: object): Promise<void> {
  const { status } = await sandbox.request("POST", "/api/connectors", connector);
  expect(status).toBe(200);
}

function addUser(id: string, username: string, tenant = "default"): Promise<unknown> {
  return sandbox.query("insert into users (tenant_id, id, username) values ($1, $2, $3)", [
    tenant,
    id,
    username,
  ]);
}
