import { decodeJwt } from "jose";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { addClient, addUser, type Client, tokensFor, userInfo } from "./oidc-client";

let sandbox: Sandbox;
let bookstore: Client;
let ada: string;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  bookstore = await addClient(sandbox);
  ada = await addUser(sandbox, {
    username: "ada",
    name: "Ada Lovelace",
    avatar: "https://bookstore.example/ada.png",
    primary_email: "ada@bookstore.example",
    primary_phone: "4915112345678",
    profile: {
      givenName: "Ada",
      familyName: "Lovelace",
      preferredUsername: "countess",
      locale: "en-GB",
      address: { country: "UK" },
    },
    custom_data: { favourite_shelf: 7 },
    identities: { github: { userId: "42", details: { id: "42" } } },
  });
  await sandbox.query(
    "insert into roles (tenant_id, id, name, description, type) values ('default', 'reader', 'Reader', '', 'User'), ('default', 'editor', 'Editor', '', 'User')",
  );
  await sandbox.query(
    "insert into users_roles (tenant_id, id, user_id, role_id) values ('default', 'ur1', $1, 'reader'), ('default', 'ur2', $1, 'editor')",
    [ada],
  );
  await sandbox.query(
    "insert into organizations (tenant_id, id, name, description) values ('default', 'shop', 'Shop', 'Books')",
  );
  await sandbox.query(
    "insert into organization_roles (tenant_id, id, name, type) values ('default', 'clerk', 'Clerk', 'User')",
  );
  await sandbox.query(
    "insert into organization_user_relations (tenant_id, organization_id, user_id) values ('default', 'shop', $1)",
    [ada],
  );
  await sandbox.query(
    "insert into organization_role_user_relations (tenant_id, organization_id, organization_role_id, user_id) values ('default', 'shop', 'clerk', $1)",
    [ada],
  );
}, 60_000);

afterAll(() => sandbox.stop());

const profile = {
  name: "Ada Lovelace",
  given_name: "Ada",
  family_name: "Lovelace",
  preferred_username: "countess",
  locale: "en-GB",
  picture: "https://bookstore.example/ada.png",
  username: "ada",
  created_at: expect.any(Number) as unknown,
  updated_at: expect.any(Number) as unknown,
};
const email = { email: "ada@bookstore.example", email_verified: true };
const phone = { phone_number: "4915112345678", phone_number_verified: true };
const organizations = {
  organizations: ["shop"],
  organization_data: [{ id: "shop", name: "Shop", description: "Books" }],
};

test.each<[string, object]>([
  ["openid", {}],
  ["openid profile", profile],
  ["openid email", email],
  ["openid phone", phone],
  ["openid address", { address: { country: "UK" } }],
  ["openid custom_data", { custom_data: { favourite_shelf: 7 } }],
  [
    "openid identities",
    {
      identities: { github: { userId: "42", details: { id: "42" } } },
      sso_identities: [],
    },
  ],
  ["openid roles", { roles: ["Editor", "Reader"] }],
  ["openid urn:logto:scope:organizations", organizations],
  ["openid urn:logto:scope:organization_roles", { organization_roles: ["shop:Clerk"] }],
  ["openid email phone", { ...email, ...phone }],
  ["openid nonsense", {}],
])(
  "the userinfo endpoint tells for %j what it stands for, and nothing else",
  async (scope, told) => {
    const { access_token: token } = await tokensFor(sandbox, bookstore, ada, { scope });
    const { status, body } = await userInfo(sandbox, token);
    expect(status).toBe(200);
    expect(body).toEqual({ sub: ada, ...told });
  },
);

test("what a person does not have is null where Logto says so, and missing elsewhere", async () => {
  const nameless = await addUser(sandbox);
  const { access_token: token } = await tokensFor(sandbox, bookstore, nameless, {
    scope: "openid profile email phone custom_data identities roles",
  });
  expect((await userInfo(sandbox, token)).body).toEqual({
    sub: nameless,
    name: null,
    picture: null,
    username: null,
    created_at: expect.any(Number) as unknown,
    updated_at: expect.any(Number) as unknown,
    email: null,
    email_verified: false,
    phone_number: null,
    phone_number_verified: false,
    custom_data: {},
    identities: {},
    sso_identities: [],
    roles: [],
  });
});

describe("the id token", () => {
  const scope = "openid profile email custom_data roles urn:logto:scope:organizations";

  test("holds less: of the larger claims those that the tenant enables", async () => {
    expect(await claims()).toEqual({
      ...profile,
      ...email,
      roles: ["Editor", "Reader"],
      organizations: ["shop"],
    });
  });

  test("follows a change of what is enabled", async () => {
    await sandbox.query(
      `update logto_configs set value = '{"enabledExtendedClaims":["custom_data"]}'
       where tenant_id = 'default' and key = 'idToken'`,
    );
    expect(await claims()).toEqual({
      ...profile,
      ...email,
      custom_data: { favourite_shelf: 7 },
    });
    await sandbox.query(
      "delete from logto_configs where tenant_id = 'default' and key = 'idToken'",
    );
    expect(await claims()).toEqual({ ...profile, ...email });
  });

  /** Those about the person. */
  async function claims(): Promise<Record<string, unknown>> {
    const { id_token: token } = await tokensFor(sandbox, bookstore, ada, { scope });
    const {
      sub,
      iss: _iss,
      aud: _aud,
      exp: _exp,
      iat: _iat,
      auth_time: _time,
      sid: _sid,
      ...others
    } = decodeJwt(token);
    expect(sub).toBe(ada);
    return others;
  }
});
