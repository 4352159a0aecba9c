import { randomBytes } from "node:crypto";
import { requiredUsageTypes } from "../../infra/logto/email-usage";
import type { ChildList } from "../../infra/logto/mechanism/child-list";
import { columnNaming } from "../../infra/logto/mechanism/columns";
import type { AnyKind } from "../../infra/logto/mechanism/kind";
import { isObject, omit, pick } from "../../infra/properties";
import { kinds } from "../../infra/registry";
import type { LogtoForTests } from "./logto";

/** The values that the tests of every kind play with. Of each place they hold another value. */
export interface KindValues {
  /** What is declared first, and what then: other values, inputs more and less, entries of lists more and less. */
  declared: Record<string, unknown>;
  changed: Record<string, unknown>;
  /** What somebody else changes in what is `declared`, as the body of a PATCH, or of a PUT if the kind has that. */
  byHand: Record<string, unknown>;
  /**
   * The body of a POST for an object that is there before and that `declared` adopts, or of a PUT if the kind has that.
   * None for a kind whose only object is always there.
   */
  there?: Record<string, unknown>;
}

/** What must be in Logto for the values of a kind that refer to it. */
export interface Surroundings {
  scopeIds: string[];
  organizationScopeIds: string[];
  organizationRoleIds: string[];
  roleIds: string[];
  profileFields: { name: string }[];
}

/** Part of each secret that the values hold. */
export const secretOfKinds = `canary${randomBytes(8).toString("hex")}`;

const templates = (template: object) =>
  requiredUsageTypes.map((usageType) => ({ usageType, ...template }));
const textMessages = (number: string, content: string) => ({
  accountSID: `AC${number}`,
  authToken: `${secretOfKinds}-${number}`,
  fromMessagingServiceSID: "MG1",
  templates: templates({ content }),
});
const mails = (name: string, subject: string) => ({
  apiKey: `SG.${secretOfKinds}-${name}`,
  fromEmail: `${name}@bookstore.example`,
  templates: templates({ type: "text/html", subject, content: "<p>{{code}}</p>" }),
});

const action = (result: string) => `const runAction = async () => (${result});\n`;
const customizer = (claims: string) => `const getCustomJwtClaims = async () => (${claims});\n`;

const values: Record<string, (surroundings: Surroundings) => KindValues> = {
  "logto:AccessTokenCustomizer": () => ({
    declared: {
      script: customizer("{ shop: 1 }"),
      environmentVariables: { SHOP: `${secretOfKinds}-shop`, KEY: `${secretOfKinds}-key` },
      blockIssuanceOnError: true,
    },
    changed: {
      script: customizer('{ shop: "Bücher 📚" }'),
      environmentVariables: { KEY: `${secretOfKinds}-2`, URL: secretOfKinds },
      contextSample: { user: { username: "reader" } },
      tokenSample: { scope: "openid" },
    },
    byHand: { script: customizer("{}"), environmentVariables: { KEY: "by hand" } },
    there: {
      script: customizer("{ old: true }"),
      environmentVariables: { KEY: "of before", OLD: "of before" },
      blockIssuanceOnError: false,
    },
  }),
  "logto:AccountCenter": ({ profileFields: [one, two] }) => ({
    declared: {
      enabled: true,
      fields: { name: "Edit", email: "ReadOnly", mfa: "Edit" },
      webauthnRelatedOrigins: ["https://bookstore.example", "https://m.bookstore.example"],
      deleteAccountUrl: "https://bookstore.example/goodbye",
      profileFields: [one, two],
    },
    changed: {
      enabled: true,
      fields: { name: "ReadOnly", avatar: "Edit", email: "ReadOnly" },
      webauthnRelatedOrigins: ["https://m.bookstore.example"],
      customCss: "body { color: teal; }",
      profileFields: [two],
    },
    byHand: { deleteAccountUrl: "https://by-hand.example/goodbye" },
  }),
  "logto:ApiResource": () => ({
    declared: {
      name: "Orders",
      indicator: "https://orders.bookstore.example",
      accessTokenTtl: 600,
      scopes: [{ name: "read:orders", description: "Read" }, { name: "write:orders" }],
    },
    changed: {
      name: "Bücher “neu”",
      indicator: "https://orders.bookstore.example",
      scopes: [{ name: "read:orders" }, { name: "list:orders", description: "List" }],
    },
    byHand: { name: "By hand" },
    there: { name: "Clicked together", indicator: "https://orders.bookstore.example" },
  }),
  "logto:Application": () => ({
    declared: {
      ...owned("bookstore"),
      name: "Bookstore",
      type: "Traditional",
      description: "Flask",
      oidcClientMetadata: { redirectUris: ["http://localhost:3000/callback"] },
      customClientMetadata: { refreshTokenTtlInDays: 7, corsAllowedOrigins: ["https://a.example"] },
      customData: { team: "books" },
      secrets: [{ name: "Default secret" }, { name: "2025-11" }],
    },
    changed: {
      ...owned("bookstore"),
      name: "Bücher “neu”",
      type: "Traditional",
      oidcClientMetadata: {
        redirectUris: ["https://bookstore.example/callback"],
        postLogoutRedirectUris: ["https://bookstore.example/"],
      },
      customData: { shop: "bücher" },
      secrets: [{ name: "2026-11" }],
    },
    byHand: { name: "By hand" },
    there: {
      name: "Bookstore",
      type: "Traditional",
      description: "Clicked together",
      customData: { owner: "them" },
    },
  }),
  "logto:Organization": ({ organizationRoleIds: [one, two, three] }) => ({
    declared: {
      ...owned("acme"),
      name: "Acme",
      description: "Buys in bulk",
      customData: { plan: "bulk" },
      isMfaRequired: true,
      color: { primaryColor: "#0a7f5a", isDarkModeEnabled: true },
      branding: { logoUrl: "https://acme.example/logo.svg" },
      customCss: "body { color: teal; }",
      provisionedRoleIds: [one, two],
    },
    changed: {
      ...owned("acme"),
      name: "Acme “neu”",
      customData: { tier: "gold 📚" },
      color: { primaryColor: "#123456", darkPrimaryColor: "#abcdef" },
      branding: { favicon: "https://acme.example/favicon.ico" },
      provisionedRoleIds: [two, three],
    },
    byHand: { description: "By hand", branding: { logoUrl: "https://by-hand.example/logo.svg" } },
    there: {
      name: "Acme",
      description: "Clicked together",
      customData: { owner: "them" },
      color: { isDarkModeEnabled: false },
    },
  }),
  "logto:OrganizationRole": ({ scopeIds: [one, two, three], organizationScopeIds }) => ({
    declared: {
      name: "buyer",
      description: "Buys",
      organizationScopeIds: organizationScopeIds.slice(0, 2),
      resourceScopeIds: [one, two],
    },
    changed: {
      name: "buyer",
      organizationScopeIds: organizationScopeIds.slice(1),
      resourceScopeIds: [three],
    },
    byHand: { description: "By hand" },
    there: { name: "buyer", description: "Clicked together" },
  }),
  "logto:OrganizationScope": () => ({
    declared: { name: "invoice:read", description: "Reads invoices" },
    changed: { name: "invoice:read" },
    byHand: { description: "By hand" },
    there: { name: "invoice:read", description: "Clicked together" },
  }),
  "logto:Connector": () => {
    const factoryId = "twilio-short-message-service";
    const common = { factoryId, connectorId: "text-messages", secretFields: ["authToken"] };
    const declared = { ...textMessages("1", "Your code is {{code}}"), disableRiskCheck: true };
    return {
      declared: { ...common, config: declared },
      changed: { ...common, config: textMessages("2", "Dein Code “{{code}}” 📚") },
      byHand: { config: { ...declared, accountSID: "by hand" } },
      there: { connectorId: factoryId, config: textMessages("0", "{{code}}") },
    };
  },
  "logto:ClientCredentialsCustomizer": () => ({
    declared: {
      script: customizer("{ machine: 1 }"),
      environmentVariables: { KEY: `${secretOfKinds}-key` },
      blockIssuanceOnError: false,
    },
    changed: {
      script: "async function getCustomJwtClaims() { return {}; }\n",
      environmentVariables: { KEY: `${secretOfKinds}-2`, URL: secretOfKinds },
      contextSample: { application: { name: "Orders" } },
      tokenSample: { scope: "read:orders" },
    },
    byHand: { script: customizer("{}") },
    there: { script: customizer("{ old: true }"), environmentVariables: { OLD: "of before" } },
  }),
  "logto:SendGridConnector": () => {
    const factoryId = "sendgrid-email-service";
    const common = { factoryId, connectorId: "mails", secretFields: ["apiKey"] };
    const declared = { ...mails("declared", "Your code"), fromName: "Bookstore" };
    return {
      declared: { ...common, config: declared },
      changed: { ...common, config: mails("changed", "Dein Code “neu” 📚") },
      byHand: { config: { ...declared, fromName: "By hand" } },
      there: { connectorId: factoryId, config: mails("there", "Code") },
    };
  },
  "logto:CaptchaProvider": () => ({
    // What another service needs is to go with it, and to come back.
    declared: {
      config: { type: "Turnstile", siteKey: "site", secretKey: secretOfKinds },
    },
    changed: {
      config: {
        ...{ type: "RecaptchaEnterprise", projectId: "shop", mode: "checkbox" },
        ...{ siteKey: "site-2", secretKey: `${secretOfKinds}-2` },
      },
    },
    byHand: { config: { type: "Turnstile", siteKey: "by-hand", secretKey: "by hand" } },
    there: {
      config: {
        ...{ type: "RecaptchaEnterprise", projectId: "old-shop", domain: "www.recaptcha.net" },
        ...{ siteKey: "old", secretKey: "of before" },
      },
    },
  }),
  "logto:CustomPhrases": () => ({
    declared: {
      languageTag: "es",
      translation: { action: { sign_in: "Entrar", continue: "Seguir" } },
    },
    changed: {
      languageTag: "es",
      translation: { action: { sign_in: "Acceder" }, input: { username: "Nombre 📚" } },
    },
    byHand: { action: { sign_in: "By hand" } },
    there: { action: { sign_in: "Clicked together", create_account: "Nueva cuenta" } },
  }),
  "logto:CustomProfileField": () => ({
    // What another type needs is to go with it, and to come back.
    declared: {
      name: "favouriteGenre",
      type: "Text",
      label: "Favourite genre",
      description: "What you read most",
      required: true,
      config: { placeholder: "Poetry", minLength: 2, maxLength: 40 },
      order: 7,
    },
    changed: {
      name: "favouriteGenre",
      type: "Select",
      label: "Genre “neu” 📚",
      config: { options: [{ value: "sf", label: "Science fiction" }, { value: "poetry" }] },
      order: 3,
    },
    byHand: { type: "Text", label: "By hand", required: false, config: { minLength: 1 } },
    there: {
      name: "favouriteGenre",
      type: "Date",
      label: "Clicked together",
      description: "By them",
      required: false,
      config: { format: "yyyy-MM-dd" },
    },
  }),
  "logto:EmailTemplates": () => ({
    declared: {
      languageTag: "pt-BR",
      templates: [
        { templateType: "SignIn", subject: "Seu código", content: "<p>{{code}}</p>" },
        {
          ...{ templateType: "Register", subject: "Boas-vindas", content: "{{code}}" },
          ...{ contentType: "text/plain", sendFrom: "Livraria", replyTo: "ajuda@b.example" },
        },
      ],
    },
    changed: {
      languageTag: "pt-BR",
      templates: [
        {
          ...{ templateType: "Register", subject: "Olá “neu” 📚", content: "<b>{{code}}</b>" },
          ...{ contentType: "text/html" },
        },
        { templateType: "OrganizationInvitation", subject: "Convite", content: "{{link}}" },
      ],
    },
    byHand: {
      templates: [
        {
          ...{ languageTag: "pt-BR", templateType: "SignIn" },
          details: { subject: "By hand", content: "{{code}}" },
        },
      ],
    },
    there: {
      templates: ["SignIn", "Generic"].map((templateType) => ({
        ...{ languageTag: "pt-BR", templateType },
        details: { subject: "Clicked together", content: "{{code}}", sendFrom: "Them" },
      })),
    },
  }),
  "logto:IdTokenClaims": () => ({
    declared: { enabledExtendedClaims: ["roles", "custom_data"] },
    changed: { enabledExtendedClaims: ["sso_identities", "custom_data", "organization_data"] },
    byHand: { enabledExtendedClaims: ["identities"] },
  }),
  "logto:PostFirstFactorVerificationAction": () => ({
    declared: {
      script: action("null"),
      environmentVariables: { FORMER: `${secretOfKinds}-former`, KEY: `${secretOfKinds}-key` },
      enabled: true,
      onExecutionError: "block",
    },
    changed: {
      script: action('{ action: "createUser", user: {}, passwordVerified: true }'),
      environmentVariables: { KEY: `${secretOfKinds}-2` },
      enabled: false,
      contextSample: { identifier: { type: "username", value: "bücher 📚" } },
    },
    byHand: { script: action("undefined"), enabled: true },
    there: {
      script: action("0"),
      environmentVariables: { KEY: "of before", OLD: "of before" },
      contextSample: ["of", "before"],
    },
  }),
  "logto:PostSignInAction": () => ({
    declared: {
      script: action("null"),
      environmentVariables: { KEY: `${secretOfKinds}-key` },
      enabled: false,
    },
    changed: {
      script: "async function runAction() {}\n",
      environmentVariables: { KEY: `${secretOfKinds}-2`, URL: secretOfKinds },
      enabled: true,
      onExecutionError: "allow",
      contextSample: { user: { id: "reader" } },
    },
    byHand: { script: action("undefined"), enabled: true },
    there: { script: action("0"), onExecutionError: "allow", enabled: true },
  }),
  "logto:Role": ({ scopeIds: [one, two, three] }) => ({
    declared: { name: "clerk", description: "Sells", isDefault: true, scopeIds: [one, two] },
    changed: { name: "clerk", description: "Verkauft 📚", scopeIds: [two, three] },
    byHand: { description: "By hand" },
    there: { name: "clerk", description: "Clicked together", scopeIds: [two] },
  }),
  "logto:SessionLifetime": () => ({
    declared: { ttl: 3600 },
    changed: { ttl: 86_400 },
    byHand: { ttl: 60 },
  }),
  "logto:SignInExperience": () => ({
    // Logto fills in the rest of the policy, which is not declared.
    declared: {
      color: { primaryColor: "#0a7f5a" },
      termsOfUseUrl: "https://bookstore.example/",
      passwordPolicy: { length: { min: 10 } },
    },
    changed: { color: { isDarkModeEnabled: true }, customCss: "body { color: teal; }" },
    byHand: { termsOfUseUrl: "https://by-hand.example/" },
  }),
  "logto:SsoConnector": () => ({
    declared: {
      ...{ providerName: "GoogleWorkspace", connectorName: "Corporate", deleteOnDestroy: true },
      config: { clientId: "shop", clientSecret: secretOfKinds, scope: "calendar" },
      domains: ["corp.example", "other.example"],
      branding: { displayName: "Corp", logo: "https://corp.example/logo.svg" },
      syncProfile: true,
    },
    changed: {
      ...{ providerName: "GoogleWorkspace", connectorName: "Corporate", deleteOnDestroy: true },
      config: { clientId: "shop-2", clientSecret: `${secretOfKinds}-2` },
      domains: ["bücher.example"],
      branding: { displayName: "Bücher “neu” 📚" },
    },
    byHand: { domains: ["by-hand.example"], syncProfile: false },
    there: {
      ...{ providerName: "GoogleWorkspace", connectorName: "Corporate" },
      config: { clientId: "clicked-together", clientSecret: "of before" },
      domains: ["old.example"],
    },
  }),
  "logto:User": ({ roleIds: [one, two, three] }) => ({
    declared: {
      primaryEmail: "ada@bookstore.example",
      username: "ada",
      password: secretOfKinds,
      updatePassword: true,
      name: "Ada",
      avatar: "https://bookstore.example/ada.png",
      customData: { team: "books" },
      profile: { givenName: "Ada", address: { country: "NL" } },
      isSuspended: true,
      roleIds: [one, two],
      deleteOnDestroy: true,
    },
    changed: {
      primaryEmail: "ada@bookstore.example",
      primaryPhone: "15550100",
      password: `${secretOfKinds}-2`,
      updatePassword: true,
      name: "Ada “neu” 📚",
      profile: { givenName: "Ada", familyName: "Lovelace" },
      roleIds: [two, three],
      deleteOnDestroy: true,
    },
    byHand: { name: "By hand", profile: { givenName: "By hand" } },
    there: {
      primaryEmail: "Ada@bookstore.example",
      username: "clicked_together",
      password: "of before",
      customData: { owner: "them" },
      profile: { nickname: "A" },
    },
  }),
  "logto:Webhook": () => ({
    declared: {
      name: "audit",
      events: ["User.Created", "PostSignIn"],
      config: {
        url: "https://hooks.bookstore.example/audit",
        headers: { authorization: `Bearer ${secretOfKinds}`, "x-shop": secretOfKinds },
      },
      enabled: false,
    },
    changed: {
      name: "audit",
      events: ["User.Deleted"],
      config: {
        url: "https://hooks.bookstore.example/other",
        headers: { authorization: `Bearer ${secretOfKinds}-2` },
      },
    },
    byHand: { events: ["PostRegister"] },
    there: {
      name: "audit",
      events: ["PostSignIn"],
      config: { url: "https://old.bookstore.example/", headers: { authorization: "of before" } },
    },
  }),
};

/** What a program gives a resource that is found by a mark. */
function owned(name: string) {
  return { managedBy: `urn:pulumi:test::logto-stack::logto:Kind::${name}` };
}

/** A kind, and how the tests play it. */
export interface PlayedKind extends KindValues {
  kind: AnyKind;
}

/** Every kind with its values. What they refer to is made first. */
export async function playedKinds(logto: LogtoForTests): Promise<PlayedKind[]> {
  const { id } = await logto.send("POST", "/api/resources", {
    name: "There before",
    indicator: "https://there-before.bookstore.example",
  });
  const scopeIds: string[] = [];
  for (const name of ["one", "two", "three"]) {
    const scope = await logto.send("POST", `/api/resources/${id as string}/scopes`, { name });
    scopeIds.push(scope["id"] as string);
  }
  const organizationScopeIds: string[] = [];
  for (const name of ["there:one", "there:two", "there:three"]) {
    const scope = await logto.send("POST", "/api/organization-scopes", { name });
    organizationScopeIds.push(scope["id"] as string);
  }
  const organizationRoleIds: string[] = [];
  for (const name of ["role one", "role two", "role three"]) {
    const role = await logto.send("POST", "/api/organization-roles", { name });
    organizationRoleIds.push(role["id"] as string);
  }
  const profileFields = [{ name: "shoeSize" }, { name: "company" }];
  for (const { name } of profileFields) {
    const field = { name, type: "Text", label: name, required: false, config: {} };
    await logto.send("POST", "/api/custom-profile-fields", field);
  }
  const roleIds: string[] = [];
  for (const name of ["reader", "writer", "editor"]) {
    const role = await logto.send("POST", "/api/roles", { name, description: "There before" });
    roleIds.push(role["id"] as string);
  }
  const surroundings = {
    scopeIds,
    organizationScopeIds,
    organizationRoleIds,
    roleIds,
    profileFields,
  };
  return kinds().map((kind) => ({ kind, ...valuesOf(kind.type)(surroundings) }));
}

export function hasValues(type: string): boolean {
  return type in values;
}

function valuesOf(type: string): (surroundings: Surroundings) => KindValues {
  const of = values[type];
  if (of === undefined) throw new Error(`test/support/kinds.ts holds no values for ${type}`);
  return of;
}

/** Makes the object that is there before, and answers with its id. */
export async function makeThere(
  logto: LogtoForTests,
  { kind, declared, there }: PlayedKind,
): Promise<string> {
  const { isPut = false, isPosted = false, field } = kind.identity;
  const id = field === undefined ? "default" : String(declared[field]);
  const { id: made } =
    isPut && !isPosted
      ? await logto.send("PUT", placeOfWrite(kind, id), there)
      : await logto.send("POST", `/${kind.path}`, there);
  return isPut ? id : String(made);
}

/** What somebody else does in the console. */
export async function changeByHand(
  logto: LogtoForTests,
  { kind, byHand }: PlayedKind,
  id: string,
): Promise<void> {
  await logto.send(kind.identity.isPut ? "PUT" : "PATCH", placeOfWrite(kind, id), byHand);
}

/** Whether there is one object of the kind, always, that can neither be made nor deleted. */
export function isAlwaysThere({ identity }: AnyKind): boolean {
  return identity.isAlwaysThere === true;
}

/** Whether there is one object of the kind at most. */
function isOne({ identity: { isAlwaysThere = false, isPut = false, field } }: AnyKind): boolean {
  return isAlwaysThere || (isPut && field === undefined);
}

/** The path of an object of a kind. */
export function pathOf(kind: AnyKind, id: string): string {
  const { isGroup = false, field = "" } = kind.identity;
  if (isGroup) return `/${kind.path}?${field}=${id}`;
  return isOne(kind) ? `/${kind.path}` : `/${kind.path}/${id}`;
}

/** Where it is written to: rows of a group say themselves of which. */
function placeOfWrite(kind: AnyKind, id: string): string {
  return kind.identity.isGroup ? `/${kind.path}` : pathOf(kind, id);
}

/** The entries of a list below an object, as they are declared and with what Logto adds. */
async function entriesOf(
  logto: LogtoForTests,
  kind: AnyKind,
  { id }: Live,
  { path }: ChildList,
): Promise<Live[]> {
  if (!kind.identity.isGroup) {
    const list = `/${kind.path}/${id}/${path}?page=1&page_size=100`;
    return (await logto.get(list)) as unknown as Live[];
  }
  const rows = (await logto.get(pathOf(kind, id))) as unknown as Live[];
  return rows.map((row) => Object.assign({}, row, ...Object.values(row).filter(isObject)) as Live);
}

/** All objects of a kind; the id of one that is at a key is that. */
async function allOf(logto: LogtoForTests, kind: AnyKind): Promise<Live[]> {
  const { isPut = false, isGroup = false, field = "id" } = kind.identity;
  if (!isOne(kind)) {
    const all = (await logto.get(`/${kind.path}?page=1&page_size=100`)) as unknown as Live[];
    if (isGroup) {
      return [...new Set(all.map((row) => String(row[field])))].map((id) => ({ id, [field]: id }));
    }
    return all.map((live) => (isPut ? { ...live, id: String(live[field]) } : live));
  }
  const { status, body } = await logto.sandbox.request("GET", `/${kind.path}`);
  return status === 404 ? [] : [body as Live];
}

/** The object on the server that a kind's values declare, of which there is one at most. */
export async function liveOf(
  logto: LogtoForTests,
  { kind, declared }: PlayedKind,
): Promise<Live | undefined> {
  const all = await allOf(logto, kind);
  const alike = all.filter((live) => kind.identity.matches(live, declared));
  expect(alike.length).toBeLessThan(2);
  return alike[0];
}

/** Exactly what is declared is there, once, or nothing; what is always there holds what it held before. */
export async function expectKindDeclared(
  logto: LogtoForTests,
  played: PlayedKind,
  inputs: Record<string, unknown> | undefined,
): Promise<void> {
  const live = await liveOf(logto, played);
  if (isAlwaysThere(played.kind) && inputs === undefined) return;
  expect(live !== undefined).toBe(inputs !== undefined);
  if (live === undefined || inputs === undefined) return;
  const { children = {} } = played.kind;
  for (const [name, list] of Object.entries(children)) {
    const wanted = list.entriesOf(inputs[name]);
    const keysOf = (entries: object[]) =>
      entries.map((entry) => (entry as Record<string, unknown>)[list.key]).sort();
    // What Logto gives a new object by itself, such as the default role of the time, is neither declared nor taken away.
    const declaredOnce = [played.declared, played.changed].flatMap((values) =>
      keysOf(list.entriesOf(values[name])),
    );
    const all = (await entriesOf(logto, played.kind, live, list)).filter(
      (entry) => list.isFilledByLogto !== true || declaredOnce.includes(entry[list.key]),
    );
    expect(keysOf(all)).toEqual(keysOf(wanted));
    expect(all).toEqual(
      expect.arrayContaining(wanted.map((entry) => expect.objectContaining(entry) as unknown)),
    );
  }
  const { columnNames, notSent = [], ownRequests = {}, inputs: schema } = played.kind;
  const unseen = Object.keys(ownRequests).filter((name) => ownRequests[name]?.isSentAgain);
  const columns = omit(pick(inputs, Object.keys(schema.shape)), [
    ...notSent,
    ...unseen,
    ...Object.keys(children),
  ]);
  expect(live).toMatchObject(columnNaming(columnNames).toColumns(columns));
}

/** What the server holds of a kind with all its lists, but for what differs each time. */
export async function viewOf(logto: LogtoForTests, kind: AnyKind): Promise<unknown[]> {
  const all = await allOf(logto, kind);
  const whole = await Promise.all(
    all.map(async (one) => {
      const lists = await Promise.all(
        Object.values(kind.children ?? {}).map((list) => entriesOf(logto, kind, one, list)),
      );
      return { ...lasting(one), lists: lists.map((list) => sorted(list.map(lasting))) };
    }),
  );
  return sorted(whole);
}

interface Live {
  id: string;
  [field: string]: unknown;
}

/** Without ids, times and keys, which are others each time. */
function lasting(live: Live): object {
  const made = [
    "id",
    "createdAt",
    "updatedAt",
    "signingKey",
    "resourceId",
    "applicationId",
    "secret",
    "value",
  ];
  return omit(live, made);
}

/** Lists that Logto gives in no order. */
function sorted<Item>(items: Item[]): Item[] {
  const text = (item: Item) => JSON.stringify(item);
  return items.toSorted((one, other) => text(one).localeCompare(text(other)));
}
