import { type Change, experience, problemsOf, read } from "../../support/settings";

const pictureOfPages =
  "expected an https URL, such as https://bookstore.example/logo.svg, or the picture itself as data:image/…, as Logto's pages show no other";

test.each<[string, Change, string]>([
  [
    "a language that Logto does not know",
    experience({ fallbackLanguage: "xx" }),
    "logto-stack:signInExperience.fallbackLanguage: expected a language tag that Logto knows, such as en or pt-BR",
  ],
  [
    "an unknown sign-up identifier",
    experience({ signUpIdentifier: "phone" }),
    "logto-stack:signInExperience.signUpIdentifier: expected one of email, username",
  ],
  [
    "a password that is text",
    experience({ password: "yes" }),
    "logto-stack:signInExperience.password: expected true or false",
  ],
  [
    "user names without passwords",
    experience({ signUpIdentifier: "username", password: false }),
    "logto-stack:signInExperience.password: expected true, or none: users who sign up with a user name need a password",
  ],
  [
    "a length of passwords that cannot be",
    experience({ passwordMinimumLength: 12 }),
    "logto-stack:signInExperience.passwordMinimumLength: expected none, or password: true as well, as these users have no passwords",
  ],
  [
    "a length that no password can have",
    experience({ password: true, passwordMinimumLength: 0 }),
    "logto-stack:signInExperience.passwordMinimumLength: expected a whole number, 1 to 256",
  ],
  [
    "an unknown way to agree",
    experience({ agreeToTermsPolicy: "Never" }),
    "logto-stack:signInExperience.agreeToTermsPolicy: expected one of Automatic, ManualRegistrationOnly, Manual",
  ],
  [
    "an unknown mode",
    experience({ mode: "Open" }),
    "logto-stack:signInExperience.mode: expected one of SignInAndRegister, SignIn, Register",
  ],
  [
    "a colour by name",
    experience({ primaryColor: "brown" }),
    "logto-stack:signInExperience.primaryColor: expected a colour, such as #6139F6",
  ],
  [
    "a logo that is a file",
    experience({ logoUrl: "logo.svg" }),
    `logto-stack:signInExperience.logoUrl: ${pictureOfPages}`,
  ],
  ...["logoUrl", "darkLogoUrl", "favicon"].map((name): [string, Change, string] => [
    `a ${name} over http`,
    experience({ [name]: "http://bookstore.example/logo.svg" }),
    `logto-stack:signInExperience.${name}: ${pictureOfPages}`,
  ]),
  [
    "CSS that loads over http",
    experience({ customCss: "a { background: url(http://bookstore.example/a.png?key=canary) }" }),
    "logto-stack:signInExperience.customCss: expected nothing that Logto's pages do not load: url(http://bookstore.example/a.png); they load pictures, styles and frames over https, and no media, scripts or forms of elsewhere",
  ],
  [
    "leaked passwords where there are none",
    experience({ passwordRejectsLeaked: false }),
    "logto-stack:signInExperience.passwordRejectsLeaked: expected none, or password: true as well, as these users have no passwords",
  ],
  [
    "a bad support address",
    experience({ supportEmail: "help" }),
    "logto-stack:signInExperience.supportEmail: expected an e-mail address, such as help@bookstore.example, or an empty text",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

test("who signs up with a user name has a password", () => {
  expect(read(experience({ signUpIdentifier: "username" })).signInExperience.password).toBe(true);
});

test.each(["customCss", "termsOfUseUrl", "privacyPolicyUrl", "supportEmail", "supportWebsiteUrl"])(
  "%s that is set empty is handed on, as it clears what Logto has",
  (name) => {
    expect(read(experience({ [name]: "" })).signInExperience).toMatchObject({ [name]: "" });
  },
);
