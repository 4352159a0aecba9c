import { unknownValue } from "../../../infra/checks";
import { evaluateProvider, failuresOf } from "../../support/provider";

const configuration = { "logto:fingerprintKey": "a-key-of-the-stack" };
const provider = evaluateProvider<object, object>("logto:SendGridConnector", configuration);
const general = evaluateProvider<object, object>("logto:Connector", configuration);

const templates = ["Generic", "Register", "SignIn", "ForgotPassword"].map((usageType) => ({
  usageType,
  type: "text/plain",
  subject: `${usageType} subject`,
  content: `Your code is {{code}} (${usageType})`,
}));
const apiKey = "SG.canary-key";
const config = { apiKey, fromEmail: "no-reply@bookstore.example", templates };
const valid = {
  factoryId: "sendgrid-email-service",
  connectorId: "bookstore-email",
  config,
  secretFields: ["apiKey"],
};
const withConfig = (change: object) => ({ ...valid, config: { ...config, ...change } });
const withTemplate = (change: object) =>
  withConfig({ templates: [{ ...templates[0], ...change }, ...templates.slice(1)] });

test("a valid connector passes with its templates in one order and a fingerprint of its key", async () => {
  const { inputs, failures } = await provider.check({}, withConfig({ fromName: "" }));
  expect(failures).toBeUndefined();
  expect(inputs).toEqual({
    ...valid,
    config: { ...config, templates: [templates[1], templates[2], templates[3], templates[0]] },
    secretFingerprints: { apiKey: expect.stringMatching(/^[\da-f]{16}$/) as string },
  });
});

test("the fingerprint tells keys apart and is another one in another stack", async () => {
  const fingerprintOf = async (checked: typeof provider, key: string) => {
    const { inputs } = await checked.check({}, withConfig({ apiKey: key }));
    return (inputs as { secretFingerprints: { apiKey: string } }).secretFingerprints.apiKey;
  };
  const first = await fingerprintOf(provider, apiKey);
  expect(await fingerprintOf(provider, apiKey)).toBe(first);
  expect(await fingerprintOf(provider, "SG.another-key")).not.toBe(first);
  const elsewhere = evaluateProvider<object, object>("logto:SendGridConnector", {
    "logto:fingerprintKey": "a-key-of-another-stack",
  });
  expect(await fingerprintOf(elsewhere, apiKey)).not.toBe(first);
});

test.each<[string, object, string]>([
  [
    "no API key",
    withConfig({ apiKey: undefined }),
    "config.apiKey: is missing: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "an empty API key",
    withConfig({ apiKey: "" }),
    "config.apiKey: is empty: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "a blank API key",
    withConfig({ apiKey: "  " }),
    "config.apiKey: is empty: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "a placeholder",
    withConfig({ apiKey: "<your-key>" }),
    "config.apiKey: is a placeholder: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "a masked key",
    withConfig({ apiKey: "********" }),
    "config.apiKey: is a placeholder: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "an exported key",
    withConfig({ apiKey: "##SENDGRID_KEY##" }),
    "config.apiKey: is a placeholder: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "a key with a line break",
    withConfig({ apiKey: "SG.a\nb" }),
    "config.apiKey: holds white space: expected a SendGrid API key, such as SG. and 66 more characters",
  ],
  [
    "no sender",
    withConfig({ fromEmail: undefined }),
    "config.fromEmail: is missing: expected an e-mail address, such as no-reply@bookstore.example",
  ],
  [
    "a sender that is no address",
    withConfig({ fromEmail: "Bookstore" }),
    "config.fromEmail: expected an e-mail address, such as no-reply@bookstore.example",
  ],
  [
    "no templates",
    withConfig({ templates: undefined }),
    "config.templates: is missing: expected a list of templates",
  ],
  [
    "a missing template",
    withConfig({ templates: templates.slice(1) }),
    "config.templates: the Generic template is missing",
  ],
  [
    "a template without the code",
    withTemplate({ content: "Your code is 123456" }),
    "config.templates[0].content: expected {{code}} in the Generic template, or its readers get none",
  ],
  [
    "a template without a subject",
    withTemplate({ subject: " " }),
    "config.templates[0].subject: is empty: expected a subject",
  ],
  [
    "Markdown",
    withTemplate({ type: "text/markdown" }),
    "config.templates[0].type: expected text/plain or text/html",
  ],
  [
    "a template that is listed twice",
    withConfig({ templates: [...templates, templates[2]] }),
    "config.templates[4].usageType: there are two SignIn templates",
  ],
  ["an input that there is not", withConfig({ apikey: "x" }), "config.apikey: is not an input"],
  [
    "an id that cannot stand in a path",
    { ...valid, connectorId: "a/b" },
    "connectorId: expected up to 128 letters, digits, dots, dashes or underscores",
  ],
])("%s is refused by the name of the property", async (_, news, expected) => {
  const failures = await failuresOf(provider, news);
  expect(failures).toEqual([expected]);
});

test.each<[string, object, string]>([
  [
    "a code that no reader sees",
    { type: "text/html", content: '<p style="display:none">{{code}}</p>' },
    "config.templates[2].content: expected {{code}} where readers see it: ",
  ],
  [
    "a variable that stays in the mail",
    { content: "{{code}} {{ user.email }}" },
    "config.templates[2].content: {{ user.email }} would stay in the mail: Logto fills {{code}}, ",
  ],
  [
    "a variable that stays in the subject",
    { subject: "%%CODE%%" },
    "config.templates[2].subject: %%CODE%% would stay in the mail: Logto fills {{code}}, ",
  ],
])("%s is refused by its property", async (_, change, problem) => {
  const changed = templates.map((one, index) => (index === 2 ? { ...one, ...change } : one));
  expect(await failuresOf(provider, withConfig({ templates: changed }))).toEqual([
    expect.stringContaining(problem),
  ]);
});

test("an invitation needs its link and no code", async () => {
  const invitation = { ...templates[0], usageType: "OrganizationInvitation" };
  const news = (content: string) =>
    withConfig({ templates: [...templates, { ...invitation, content }] });
  expect(await failuresOf(provider, news("Join: {{link}}"))).toEqual([]);
  expect(await failuresOf(provider, news("Join: {{code}}"))).toEqual([
    "config.templates[4].content: expected {{link}} in the OrganizationInvitation template, or its readers get none",
    expect.stringContaining("{{code}} would stay in the mail: Logto fills {{link}}, "),
  ]);
});

test("all failures are reported at once, and none shows the key", async () => {
  const failures = await failuresOf(
    provider,
    withConfig({
      apiKey: `${apiKey} `.repeat(2),
      fromEmail: "nope",
      templates: [{ usageType: "Nope", type: "nope", subject: "", content: "" }],
    }),
  );
  expect(failures).toHaveLength(10);
  expect(failures.join("\n")).not.toContain("canary");
});

test("a key that is not known yet passes, and so does its fingerprint", async () => {
  const { inputs, failures } = await provider.check({}, withConfig({ apiKey: unknownValue }));
  expect(failures).toBeUndefined();
  expect(inputs).toMatchObject({ secretFingerprints: { apiKey: unknownValue } });
  expect(
    await failuresOf(provider, withConfig({ apiKey: unknownValue, fromEmail: "nope" })),
  ).toHaveLength(1);
});

test("without the key of the fingerprints a changed secret would not show, so it is asked for", async () => {
  const unset = evaluateProvider<object, object>("logto:SendGridConnector", {});
  expect(await failuresOf(unset, valid)).toEqual([
    expect.stringMatching(/^secretFingerprints: logto:fingerprintKey is not set/) as string,
  ]);
  const again = evaluateProvider<object, object>("logto:SendGridConnector", configuration);
  expect(await failuresOf(again, valid)).toEqual([]);
});

test("a secret field of any connector must hold a secret, at any depth", async () => {
  const smtp = {
    factoryId: "simple-mail-transfer-protocol",
    connectorId: "smtp",
    config: { host: "mail.example", auth: { pass: "canary" } },
    secretFields: ["auth.pass"],
  };
  const { inputs } = await general.check({}, smtp);
  expect(Object.keys((inputs as { secretFingerprints: object }).secretFingerprints)).toEqual([
    "auth.pass",
  ]);
  expect(await failuresOf(general, { ...smtp, config: { host: "mail.example" } })).toEqual([
    "config.auth.pass: is missing: expected a secret",
  ]);
});
