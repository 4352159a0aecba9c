import { unknownValue } from "../../../infra/checks";
import { evaluateProvider, failuresOf } from "../../support/provider";

const provider = evaluateProvider<object, object>("logto:SignInExperience");

const byCode = {
  identifier: "email",
  password: false,
  verificationCode: true,
  isPasswordPrimary: false,
};
const byPassword = {
  identifier: "username",
  password: true,
  verificationCode: false,
  isPasswordPrimary: true,
};
const signUp = { identifiers: ["email"], password: false, verify: true };
const signIn = { methods: [byCode] };
const valid = { signUp, signIn };
const withSignUp = (change: object) => ({ signUp: { ...signUp, ...change } });

test("signing up and in by e-mail passes as it is", async () => {
  expect(await provider.check({}, valid)).toEqual({ inputs: valid });
});

test("a sign-in experience that declares nothing passes", async () => {
  expect(await provider.check({}, {})).toEqual({ inputs: {} });
});

test("an address may be cleared", async () => {
  const cleared = { termsOfUseUrl: "", supportEmail: "", customCss: "" };
  expect(await provider.check({}, cleared)).toEqual({ inputs: cleared });
});

test("pictures pass that Logto's pages show: of Logto's own address over http, too", async () => {
  const shown = {
    branding: {
      logoUrl: "https://cdn.example/l.svg",
      darkLogoUrl: "data:image/png;base64,AA==",
      favicon: "http://localhost:3001/favicon.ico",
    },
  };
  const endpoint = { "logto:endpoint": "http://localhost:3001" };
  const configuredProvider = evaluateProvider<object, object>("logto:SignInExperience", endpoint);
  expect(await failuresOf(configuredProvider, shown)).toEqual([]);
});

test.each<[string, object, string]>([
  [
    "a colour by name",
    { color: { primaryColor: "red" } },
    "color.primaryColor: expected a colour, such as #6139F6",
  ],
  [
    "a logo without a host",
    { branding: { logoUrl: "/logo.svg" } },
    "branding.logoUrl: expected an https URL, such as https://bookstore.example/logo.svg, or the picture itself as data:image/…, as Logto's pages show no other",
  ],
  [
    "a logo over http",
    { branding: { logoUrl: "http://bookstore.example/logo.svg" } },
    "branding.logoUrl: expected an https URL, such as https://bookstore.example/logo.svg, or the picture itself as data:image/…, as Logto's pages show no other",
  ],
  [
    "a style sheet that loads over http",
    { customCss: "a { background: url(http://bookstore.example/a.png) }" },
    "customCss: expected nothing that Logto's pages do not load: url(http://bookstore.example/a.png); they load pictures, styles and frames over https, and no media, scripts or forms of elsewhere",
  ],
  [
    "content that loads over http",
    { customContent: { "/sign-in": "<img src=http://bookstore.example/a.png>" } },
    "customContent: expected nothing in the content of /sign-in that Logto's pages do not load: the src of img; they load pictures, styles and frames over https, and no media, scripts or forms of elsewhere",
  ],
  [
    "a language that there is not",
    { languageInfo: { fallbackLanguage: "xx" } },
    "languageInfo.fallbackLanguage: expected a language tag that Logto knows, such as en or pt-BR",
  ],
  [
    "terms that are no URL",
    { termsOfUseUrl: "terms" },
    "termsOfUseUrl: expected an http or https URL, such as https://bookstore.example/terms, of at most 2048 characters, or an empty text",
  ],
  [
    "a support address that is none",
    { supportEmail: "nope" },
    "supportEmail: expected an e-mail address, such as help@bookstore.example, or an empty text",
  ],
  [
    "an unknown mode",
    { signInMode: "Nope" },
    "signInMode: expected one of SignInAndRegister, SignIn, Register",
  ],
  [
    "sign-up by something else",
    withSignUp({ identifiers: ["fax"] }),
    "signUp.identifiers[0]: expected one of username, email, phone",
  ],
  [
    "an address that no code proves",
    withSignUp({ verify: false }),
    "signUp.verify: expected true: an e-mail address or phone number must be proven by a code",
  ],
  [
    "a username without a password",
    { signUp: { identifiers: ["username"], password: false, verify: false } },
    "signUp.password: expected true: a user with a username and no password could not sign in",
  ],
  [
    "an identifier twice",
    withSignUp({ identifiers: ["email", "email"] }),
    'signUp.identifiers[1]: "email" is listed twice',
  ],
  [
    "secondary identifiers alone",
    {
      signUp: {
        identifiers: [],
        password: true,
        verify: true,
        secondaryIdentifiers: [{ identifier: "username" }],
      },
    },
    "signUp.identifiers: expected at least one",
  ],
  [
    "an identifier that is primary and secondary",
    withSignUp({ secondaryIdentifiers: [{ identifier: "emailOrPhone", verify: true }] }),
    "signUp.secondaryIdentifiers[0].identifier: emailOrPhone is asked for twice",
  ],
  [
    "a secondary number that no code proves",
    withSignUp({ secondaryIdentifiers: [{ identifier: "phone" }] }),
    "signUp.secondaryIdentifiers[0].verify: expected true: an e-mail address or phone number must be proven by a code",
  ],
  [
    "a way to sign in with nothing",
    { signIn: { methods: [{ ...byCode, verificationCode: false }] } },
    "signIn.methods[0]: expected password or verificationCode to be true",
  ],
  [
    "a way to sign in twice",
    { signIn: { methods: [byCode, byCode] } },
    'signIn.methods[1].identifier: "email" is listed twice',
  ],
  [
    "a code to a username",
    { signIn: { methods: [{ ...byPassword, verificationCode: true }] } },
    "signIn.methods[0].verificationCode: expected false: no code can be sent to a username",
  ],
  [
    "a primary password that there is not",
    { signIn: { methods: [{ ...byCode, isPasswordPrimary: true }] } },
    "signIn.methods[0].isPasswordPrimary: expected false, as password is false",
  ],
  [
    "sign-up without a password and sign-in with nothing else",
    { signUp, signIn: { methods: [{ ...byCode, password: true, verificationCode: false }] } },
    "signIn.methods[0].verificationCode: expected true: signUp has no password, so no one could sign in by email",
  ],
  [
    "backup codes alone",
    { mfa: { factors: ["BackupCode"] } },
    "mfa.factors: BackupCode cannot be the only factor",
  ],
  [
    "a factor twice",
    { mfa: { factors: ["Totp", "Totp"] } },
    'mfa.factors[1]: "Totp" is listed twice',
  ],
  [
    "one code as both factors",
    { ...valid, mfa: { factors: ["EmailVerificationCode"] } },
    "mfa.factors[0]: EmailVerificationCode cannot be a second factor while signIn takes a code by email as the first",
  ],
  [
    "adaptive MFA that asks no one",
    { mfa: { policy: "NoPrompt" }, adaptiveMfa: { enabled: true } },
    "mfa.policy: expected PromptOnlyAtSignInMandatory or PromptAtSignInAndSignUpMandatory with adaptiveMfa",
  ],
  [
    "a forced prompt without adaptive MFA",
    { mfa: { policy: "PromptOnlyAtSignInMandatory" }, adaptiveMfa: { enabled: false } },
    "adaptiveMfa.enabled: PromptOnlyAtSignInMandatory needs it to be true",
  ],
  [
    "a lock-out that locks everybody out",
    { sentinelPolicy: { maxAttempts: 0 } },
    "sentinelPolicy.maxAttempts: expected a whole number, at least 1",
  ],
  [
    "a code that is over before it comes",
    { verificationCodePolicy: { expirationDuration: 5 } },
    "verificationCodePolicy.expirationDuration: expected a whole number, 60 to 3600",
  ],
  [
    "passwords of no length",
    { passwordPolicy: { length: { min: 12, max: 8 } } },
    "passwordPolicy.length.min: is more than max",
  ],
  [
    "usernames of digits",
    {
      usernamePolicy: {
        allowedChars: { lowercase: false, uppercase: false, underscore: false, numbers: true },
      },
    },
    "usernamePolicy.allowedChars: expected lowercase, uppercase or underscore: a username cannot begin with a number",
  ],
  [
    "passwords that expire some day",
    { passwordExpiration: { enabled: true } },
    "passwordExpiration.validPeriodDays: is missing: expected the days for which a password is good",
  ],
  [
    "passwords that do not expire after so many days",
    { passwordExpiration: { enabled: false, validPeriodDays: 30 } },
    "passwordExpiration.validPeriodDays: expected nothing unless passwords expire (enabled: true): Logto drops it",
  ],
  [
    "a blocked domain that is none",
    { emailBlocklistPolicy: { customBlocklist: ["spam"] } },
    "emailBlocklistPolicy.customBlocklist[0]: expected an address or a domain such as @spam.example",
  ],
  ["a field of Logto Cloud", { hideLogtoBranding: true }, "hideLogtoBranding: is not an input"],
  ["a field that there is not", { color: { primary: "#000" } }, "color.primary: is not an input"],
])("%s is refused by the name of the property", async (_, news, expected) => {
  expect(await failuresOf(provider, news)).toEqual([expected]);
});

test("all failures are reported at once, wherever they are", async () => {
  const failures = await failuresOf(provider, {
    color: { primaryColor: "red" },
    signUp: { identifiers: ["email", "username"], password: false, verify: false },
    mfa: { factors: ["BackupCode"] },
  });
  expect(failures.map((line) => line.split(":")[0])).toEqual([
    "color.primaryColor",
    "signUp.password",
    "signUp.verify",
    "mfa.factors",
  ]);
});

test("what is not known yet passes, and no rule trips over it", async () => {
  const news = {
    signUp: { ...signUp, verify: unknownValue },
    signIn: unknownValue,
    supportEmail: "nope",
  };
  expect(await failuresOf(provider, news)).toHaveLength(1);
});
