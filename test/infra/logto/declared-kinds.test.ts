import { extendedIdTokenClaims } from "@logto/core-kit";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { requiredUsageTypes } from "../../../infra/logto/email-usage";
import * as application from "../../../infra/logto/application";
import { ApiResource } from "../../../infra/logto/api-resource";
import {
  alwaysReplaced,
  alwaysThere,
  byMark,
  byUniqueField,
  onceOrNever,
} from "../../../infra/logto/mechanism/identity";
import { secretOutputsOf } from "../../../infra/logto/mechanism/kind";
import { managementResource } from "../../../infra/logto/mechanism/management-resource";
import { claim, claimsOf } from "../../../infra/logto/mechanism/one-owner";
import { idNamed } from "../../../infra/logto/mechanism/outputs";
import { SendGridConnector } from "../../../infra/logto/sendgrid-connector";
import * as role from "../../../infra/logto/role";
import { Role } from "../../../infra/logto/role";
import { Webhook } from "../../../infra/logto/webhook";
import { kinds } from "../../../infra/registry";
import { judge } from "../../support/policies";
import { evaluateProvider, failuresOf } from "../../support/provider";
import { registeredBy } from "../../support/registered";
import { secretOutputsAreDeclared } from "../../../policies/secrets/secret-outputs-are-declared";

/** What a program makes of the kinds, before any engine. */
const orders = { name: "Orders", indicator: "https://api.bookstore.example" };
const hook = {
  name: "audit",
  events: ["PostSignIn" as const],
  config: { url: "https://a.example/" },
};

test("a program declares an API resource, a role with its scopes and a webhook, and refers to what is made", async () => {
  const registered = await registeredBy("test", () => {
    const api = new ApiResource("orders", { ...orders, scopes: [{ name: "read:orders" }] });
    new Role("clerk", {
      name: "clerk",
      description: "Sells",
      scopeIds: [pulumi.output(api.id).apply((id) => `scope-of-${id}`)],
    });
    new Webhook("audit", {
      ...hook,
      config: { ...hook.config, headers: { authorization: pulumi.output("Bearer canary") } },
    });
  });
  const byName = new Map(registered.map((one) => [one.name, one]));
  expect(byName.get("clerk")?.inputs).toMatchObject({ scopeIds: ["scope-of-orders"] });
  expect(byName.get("audit")?.additionalSecretOutputs).toEqual(["signingKey", "original"]);
});

test.each([
  [
    "logto:AccessTokenCustomizer",
    {
      script: "export const getCustomJwtClaims = async () => ({});",
      environmentVariables: { KEY: 1 },
      blockIssuanceOnError: "yes",
      contextSample: { application: {} },
      tokenSample: "ey",
    },
    [
      "script: expected JavaScript, not TypeScript and no module: 'import' and 'export' may appear only with 'sourceType: module' (1:0)",
      "environmentVariables.KEY: expected a text",
      "blockIssuanceOnError: expected true or false",
      "tokenSample: expected an object",
      "contextSample: expected an object with a user",
    ],
  ],
  [
    "logto:AccessTokenCustomizer",
    {},
    ["script: is missing: expected JavaScript that defines the function getCustomJwtClaims"],
  ],
  [
    "logto:ClientCredentialsCustomizer",
    {
      script: "const getClaims = async () => ({});",
      environmentVariables: ["KEY"],
      contextSample: [],
      enabled: true,
    },
    [
      "script: expected it to define the function getCustomJwtClaims, which Logto calls",
      "environmentVariables: expected texts by the name of a variable",
      "contextSample: expected an object",
      "enabled: is not an input",
    ],
  ],
  [
    "logto:AccountCenter",
    {
      enabled: "yes",
      fields: { name: "Read", shoeSize: "Edit" },
      webauthnRelatedOrigins: ["https://b.example", "https://b.example/", "http://b.example"],
      deleteAccountUrl: "mailto:help@b.example",
      profileFields: [{ name: "shoeSize" }, { name: " " }],
    },
    [
      "enabled: expected true or false",
      "fields.name: expected one of Off, ReadOnly, Edit",
      "fields.shoeSize: is not an input",
      "webauthnRelatedOrigins[1]: expected an origin without a path or a slash at its end, such as https://b.example",
      "webauthnRelatedOrigins[2]: expected an origin without a path or a slash at its end, such as https://b.example",
      "deleteAccountUrl: expected an http or https URL, such as https://bookstore.example/goodbye, of at most 2048 characters, or an empty text",
      "profileFields[1].name: expected a field's name",
    ],
  ],
  [
    "logto:ApiResource",
    { indicator: "orders", accessTokenTtl: 0, scopes: [{ name: "read orders" }] },
    [
      "name: is missing: expected 1 to 256 characters",
      "indicator: expected an absolute URI without #, such as https://api.bookstore.example",
      "accessTokenTtl: expected whole seconds, at least 1",
      "scopes[0].name: expected 1 to 256 characters without a space",
    ],
  ],
  [
    "logto:CustomPhrases",
    {
      languageTag: "pt_BR",
      translation: { action: { sign_in: 1, continue: "Seguir" }, input: [] },
    },
    [
      "languageTag: expected a language tag that Logto knows, such as en or pt-BR",
      "translation.action.sign_in: expected a text, or texts by their places",
      "translation.input: expected a text, or texts by their places",
    ],
  ],
  [
    "logto:EmailTemplates",
    {
      languageTag: "pt-br",
      templates: [
        { templateType: "Signin", subject: "Code", content: "{{code}}" },
        { templateType: "SignIn", subject: " ", content: "Hello", contentType: "text/markdown" },
        {
          ...{
            templateType: "Generic",
            subject: "{{user.name}}",
            content: "{{code}} {{user.name}}",
          },
          ...{ sendFrom: "{{application.name}}", replyTo: "" },
        },
        {
          templateType: "Register",
          content: "<!-- {{code}} -->",
          subject: "Code",
          type: "text/html",
        },
      ],
    },
    [
      "languageTag: expected a language tag of at most 16 characters, such as fr or pt-BR",
      expect.stringContaining("templates[0].templateType: expected one of Register, SignIn,"),
      "templates[1].subject: expected a subject",
      "templates[1].contentType: expected text/plain or text/html",
      "templates[1].content: expected {{code}} in the SignIn template, or its readers get none",
      "templates[2].replyTo: expected an address",
      expect.stringContaining("templates[2].subject: {{user.name}} would stay in the mail"),
      expect.stringContaining("templates[2].sendFrom: {{application.name}} would stay in the mail"),
      expect.stringContaining("templates[2].content: {{user.name}} would stay in the mail"),
      "templates[3].type: is not an input",
      expect.stringContaining("templates[3].content: expected {{code}} where readers see it"),
    ],
  ],
  [
    "logto:EmailTemplates",
    { languageTag: "french-of-canada", templates: [] },
    [
      "languageTag: expected a language tag of at most 16 characters, such as fr or pt-BR",
      "templates: expected at least one template",
    ],
  ],
  [
    "logto:EmailTemplates",
    {
      languageTag: "fr",
      templates: Array(2).fill({ templateType: "SignIn", subject: "Code", content: "{{code}}" }),
    },
    ['templates[1].templateType: "SignIn" is listed twice'],
  ],
  [
    "logto:IdTokenClaims",
    { enabledExtendedClaims: ["roles", "address", "roles", ""], claims: [] },
    [
      `enabledExtendedClaims[1]: expected one of ${extendedIdTokenClaims.join(", ")}`,
      `enabledExtendedClaims[3]: expected one of ${extendedIdTokenClaims.join(", ")}`,
      "claims: is not an input",
    ],
  ],
  [
    "logto:IdTokenClaims",
    { enabledExtendedClaims: ["roles", "identities", "roles"] },
    ['enabledExtendedClaims[2]: "roles" is listed twice'],
  ],
  ["logto:IdTokenClaims", {}, ["enabledExtendedClaims: is missing: expected a list of claims"]],
  [
    "logto:PostFirstFactorVerificationAction",
    {
      script: "const runInlineHook = async ({ event }) => null;",
      environmentVariables: { KEY: null, URL: 1 },
      enabled: "yes",
      onExecutionError: "ignore",
      trigger: "postSignIn",
    },
    [
      "script: expected it to define the function runAction, which Logto calls",
      "environmentVariables.KEY: expected a text",
      "environmentVariables.URL: expected a text",
      "enabled: expected true or false",
      "onExecutionError: expected one of block, allow",
      "trigger: is not an input",
    ],
  ],
  [
    "logto:PostSignInAction",
    { script: "const runAction = async (" },
    [
      "script: expected JavaScript, not TypeScript and no module: Unexpected token (1:25)",
      "enabled: is missing: expected true or false",
    ],
  ],
  [
    "logto:Role",
    { name: "x".repeat(129), type: "Machine", isDefault: "yes", scopeIds: [""] },
    [
      "name: expected 1 to 128 characters",
      "description: is missing: expected 1 to 128 characters",
      "type: expected one of User, MachineToMachine",
      "isDefault: expected true or false",
      "scopeIds[0]: expected the id of a scope",
    ],
  ],
  ["logto:SessionLifetime", {}, ["ttl: is missing: expected whole seconds, 1 to 31536000"]],
  ...[0, 31_536_001, 1.5, "3600"].map((ttl): [string, object, string[]] => [
    "logto:SessionLifetime",
    { ttl },
    ["ttl: expected whole seconds, 1 to 31536000"],
  ]),
  [
    "logto:CustomProfileField",
    { name: "favourite genre", type: "Colour", label: "", order: 0, config: { minValue: -1 } },
    [
      "name: expected 1 to 128 letters and digits",
      "type: expected one of Text, Number, Date, Checkbox, Select, Url, Regex, Address, Fullname",
      "label: expected 1 to 128 characters",
      "config.minValue: expected a whole number, at least 0",
      "order: expected a whole number, 1 to 32767",
    ],
  ],
  [
    "logto:Webhook",
    { name: "", events: [], config: { url: "https://a.example/", headers: { a: 1 } } },
    [
      "name: expected 1 to 256 characters",
      "events: expected at least one event, such as User.Created",
      "config.headers.a: expected a text",
    ],
  ],
])("a wrong %s is told at once what is missing and what is expected", async (type, inputs, all) => {
  expect(await failuresOf(evaluateProvider(type), inputs)).toEqual(all);
});

test("the arguments of a connector with a typed config become those of any connector, its secrets marked", async () => {
  const config = {
    apiKey: pulumi.output("SG.canary"),
    fromEmail: "no-reply@bookstore.example",
    templates: requiredUsageTypes.map((usageType) => ({
      ...{ usageType, type: "text/plain" as const, subject: "Your code", content: "{{code}}" },
    })),
  };
  const registered = await registeredBy("test", () => {
    new SendGridConnector("mails", {
      ...config,
      testRecipient: "you@bookstore.example",
      adopt: "never",
    });
  });
  const mails = registered.find(({ name }) => name === "mails");
  expect(mails?.inputs).toMatchObject({
    factoryId: "sendgrid-email-service",
    connectorId: "mails",
    secretFields: ["apiKey"],
    testRecipient: "you@bookstore.example",
    adopt: "never",
    config: { fromEmail: config.fromEmail, templates: config.templates },
  });
  expect(Object.keys((mails?.inputs as { config: object }).config)).toEqual(Object.keys(config));
  expect(mails?.additionalSecretOutputs).toEqual(["original", "displaced"]);
});

test("the id of a scope that is not declared fails the program with its name", () => {
  const ids = { "read:orders": "1", "write:orders": "2" };
  expect(idNamed(ids, "read:orders", "scope")).toBe("1");
  expect(() => idNamed(ids, "read:order", "scope")).toThrow(
    'no scope "read:order" among those declared: read:orders, write:orders',
  );
});

test("two resources of a program that declare the same object are refused, and the same one twice is not", () => {
  const reader = { path: "api/roles", noun: "role", field: "name", value: "same" };
  const urn = (name: string, stack = "test") =>
    `urn:pulumi:${stack}::logto-stack::logto:Role::${name}`;
  claim(reader, urn("one"));
  claim(reader, urn("one"));
  claim({ ...reader, path: "api/hooks" }, urn("three"));
  // A process may run the programs of several stacks, each with a Logto of its own.
  claim(reader, urn("one", "other"));
  expect(() => claim(reader, urn("two"))).toThrow(
    'two resources declare the role "same" (one and two)',
  );
});

test("an object is declared once, be it by its id or by what it is found by", () => {
  const shared = { name: "Shared", type: "SPA" };
  const claimed = (more: object) => claimsOf(application.kind, { ...shared, ...more });
  expect(claimed({ adoptId: "theirs" })).toEqual([["adoptId"]]);
  expect(claimed({ adoptId: "theirs", adopt: "required" })).toEqual([["adoptId"]]);
  expect(claimed({ adopt: "ifPresent" })).toEqual([["name", "type"]]);
  expect(claimed({ adopt: "never" })).toEqual([]);
  expect(claimed({})).toEqual([]);
  expect(claimsOf(role.kind, { name: "reader", adoptId: "theirs" })).toEqual([
    ["name"],
    ["adoptId"],
  ]);
});

test("the policy on secret outputs asks for those of every kind", async () => {
  const secretive = kinds().filter((kind) => secretOutputsOf(kind).length > 0);
  expect(secretive.length).toBeGreaterThan(0);
  for (const kind of secretive) {
    const findings = await judge(
      [secretOutputsAreDeclared],
      [{ type: `pulumi-nodejs:dynamic/${kind.type}`, name: "it", inputs: {} }],
    );
    expect(findings).toHaveLength(secretOutputsOf(kind).length);
  }
});

test("a kind with secrets among its inputs cannot be found by a mark, which would hold them", () => {
  const kind = {
    ...{ type: "logto:Webhook" as const, noun: "webhook", title: "name" as const },
    ...{ path: "api/hooks" as const, inputs: z.object({ name: z.string() }) },
    ...{ identity: byMark("config"), consequences: { deleted: "", replaced: "" } },
  };
  expect(managementResource(kind).kind.path).toBe("api/hooks");
  expect(() => managementResource({ ...kind, secretInputs: ["name"] })).toThrow("in clear");
});

test("the compiler refuses a kind whose inputs Logto does not take, or not so", () => {
  const rest = {
    type: "logto:Role" as const,
    noun: "role",
    title: "name" as const,
    identity: byUniqueField("name"),
    consequences: { deleted: "", replaced: "" },
  };
  const name = z.string();
  const taken = z.object({ name, description: z.string() });
  expect(managementResource({ ...rest, path: "api/roles", inputs: taken }).kind.path).toBe(
    "api/roles",
  );
  const unknown = z.object({ name, colour: z.string() });
  // @ts-expect-error -- roles have no such field
  managementResource({ ...rest, path: "api/roles", inputs: unknown });
  const wrong = z.object({ name, description: z.number() });
  // @ts-expect-error -- it is a text
  managementResource({ ...rest, path: "api/roles", inputs: wrong });
  const roleType = z.object({ name, type: z.enum(["User"]) });
  // @ts-expect-error -- Logto takes it at a create only, so replaceOn has to name it
  managementResource({ ...rest, path: "api/roles", inputs: roleType });
  const marked = {
    ...rest,
    type: "logto:Application" as const,
    path: "api/applications" as const,
    identity: byMark("customData"),
  };
  const type = z.enum(["SPA", "Native"]);
  const partly = z.object({
    name,
    type,
    oidcClientMetadata: z.object({ logoUri: name }),
    appLevelAccessControlEnabled: z.boolean(),
  });
  const createdWith = ["oidcClientMetadata"] as const;
  const setAfterCreate = ["appLevelAccessControlEnabled"] as const;
  const fixed = { ...marked, replaceOn: ["type"] as const };
  managementResource({ ...fixed, createdWith, setAfterCreate, inputs: partly });
  // @ts-expect-error -- a create takes no part of that column, so createdWith has to name it
  managementResource({ ...fixed, setAfterCreate, inputs: partly });
  // @ts-expect-error -- a create does not take that one, so setAfterCreate has to name it
  managementResource({ ...fixed, createdWith, inputs: partly });
  const replaceOn = ["type", "config.url"] as const;
  // @ts-expect-error -- there is no such input of which Logto could not change a part
  managementResource({ ...marked, replaceOn, inputs: z.object({ name, type }) });
  const renamed = { ...rest, path: "api/roles", inputs: unknown } as const;
  expect(managementResource({ ...renamed, notSent: ["colour"] }).kind.notSent).toEqual(["colour"]);
  const columnNames = { colour: "description" } as const;
  expect(managementResource({ ...renamed, columnNames }).kind.columnNames).toEqual(columnNames);
  // @ts-expect-error -- nor by that name
  managementResource({ ...renamed, columnNames: { colour: "color" } });
  // @ts-expect-error -- there is no such collection
  managementResource({ ...rest, path: "api/rolls", inputs: taken });
  // @ts-expect-error -- there are many of them, and none is always there
  managementResource({ ...rest, path: "api/roles", inputs: taken, identity: alwaysThere });
});

test("the compiler holds what is always there to what Logto takes, too: a part of it at every depth", () => {
  const rest = {
    type: "logto:SignInExperience" as const,
    noun: "sign-in experience",
    path: "api/sign-in-exp" as const,
    consequences: { deleted: "", replaced: "" },
  };
  const part = z.object({ color: z.object({ primaryColor: z.string() }) });
  const identity = alwaysThere;
  expect(managementResource({ ...rest, identity, inputs: part }).kind.identity).toBe(identity);
  const wrong = z.object({ color: z.object({ primaryColor: z.number() }) });
  // @ts-expect-error -- it is a text
  managementResource({ ...rest, identity, inputs: wrong });
  // @ts-expect-error -- there is only one, which has no field to be found by
  managementResource({ ...rest, identity: byUniqueField("color"), inputs: part });
});

test("the compiler knows what is always there and changed with PUT by Logto having no DELETE for it", () => {
  const rest = {
    type: "logto:IdTokenClaims" as const,
    noun: "claims of ID tokens",
    path: "api/configs/id-token" as const,
    consequences: { deleted: "", replaced: "" },
  };
  const enabledExtendedClaims = z.array(z.enum(["roles"]));
  const inputs = z.object({ enabledExtendedClaims });
  expect(managementResource({ ...rest, inputs, identity: alwaysReplaced }).kind.inputs).toBe(
    inputs,
  );
  // @ts-expect-error -- Logto has no PATCH for it
  managementResource({ ...rest, inputs, identity: alwaysThere });
  // @ts-expect-error -- nor can it be missing
  managementResource({ ...rest, inputs, identity: onceOrNever });
  const wrong = z.object({ enabledExtendedClaims: z.array(z.enum(["address"])) });
  // @ts-expect-error -- there is no such claim
  managementResource({ ...rest, inputs: wrong, identity: alwaysReplaced });
});

test("the compiler takes a path that ends in a key only if Logto has that key", () => {
  const rest = {
    type: "logto:AccessTokenCustomizer" as const,
    noun: "customizer",
    inputs: z.object({ script: z.string() }),
    identity: onceOrNever,
    consequences: { deleted: "", replaced: "" },
  };
  const path = "api/configs/jwt-customizer/access-token";
  expect(managementResource({ ...rest, path }).kind.path).toBe(path);
  // @ts-expect-error -- ID tokens have no customizer
  managementResource({ ...rest, path: "api/configs/jwt-customizer/id-token" });
  const action = "api/configs/actions/action.postSignIn" as const;
  // @ts-expect-error -- what an action takes is known there as well, and its script is a text
  managementResource({ ...rest, path: action, inputs: z.object({ script: z.number() }) });
});
