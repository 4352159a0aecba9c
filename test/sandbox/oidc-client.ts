import { randomBytes } from "node:crypto";
import { type Answer, type Sandbox, send } from "../support/sandbox";
import { newChallenge, type Page, Visitor } from "../support/visitor";

/** An application as its own program knows it. */
export interface Client {
  id: string;
  /** Only where the application has a server that can keep one. */
  secret: string | undefined;
  redirectUri: string;
}

export const redirectUri = "http://localhost:3000/callback";

interface ApplicationBody {
  type?: string;
  isThirdParty?: boolean;
  oidcClientMetadata?: { redirectUris: string[]; postLogoutRedirectUris: string[] };
  customClientMetadata?: Record<string, unknown>;
}

export async function addClient(sandbox: Sandbox, body: ApplicationBody = {}): Promise<Client> {
  const oidcClientMetadata = { redirectUris: [redirectUri], postLogoutRedirectUris: [] };
  const { status, body: application } = await sandbox.request("POST", "/api/applications", {
    name: "Bookstore",
    type: "Traditional",
    oidcClientMetadata,
    ...body,
  });
  expect(status).toBe(200);
  const { id } = application as { id: string };
  const secrets = await sandbox.request("GET", `/api/applications/${id}/secrets`);
  const [secret] = secrets.body as { value: string }[];
  return {
    id,
    secret: secret?.value,
    redirectUri: (body.oidcClientMetadata ?? oidcClientMetadata).redirectUris[0] as string,
  };
}

/** A person, as the Experience API would have made them. */
export async function addUser(
  sandbox: Sandbox,
  columns: Record<string, unknown> = {},
): Promise<string> {
  const id = randomBytes(6).toString("hex");
  const entries = Object.entries({ id, tenant_id: "default", ...columns });
  await sandbox.query(
    `insert into users (${entries.map(([name]) => name).join(", ")})
     values (${entries.map((_entry, index) => `$${index + 1}`).join(", ")})`,
    entries.map(([, value]) => value),
  );
  return id;
}

/** A sign-in as an application begins it; a parameter that is undefined is left out. */
export function authorizationUrl(
  client: Client,
  parameters: Record<string, string | undefined> = {},
): string {
  const all: Record<string, string | undefined> = {
    client_id: client.id,
    redirect_uri: client.redirectUri,
    response_type: "code",
    scope: "openid",
    ...parameters,
  };
  const given = Object.entries(all).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  );
  return `/oidc/auth?${new URLSearchParams(given).toString()}`;
}

/** Ends the page that the person is on as the Experience API does, and goes on to where that leads. */
export async function signInAs(sandbox: Sandbox, visitor: Visitor, userId: string): Promise<Page> {
  const interaction = visitor.cookie("_interaction");
  await sandbox.query(
    `update oidc_model_instances set payload = jsonb_set(payload, '{result}', $2)
     where model_name = 'Interaction' and id = $1`,
    [interaction, JSON.stringify({ login: { accountId: userId } })],
  );
  return visitor.follow(`/oidc/auth/${interaction}`);
}

export interface SignIn {
  visitor: Visitor;
  /** Where the application gets the browser back. */
  callback: URL;
  /** Exchanges the code that came with it. */
  exchange: (parameters?: Record<string, string>) => Promise<Answer>;
}

/** The whole way of a browser that is not signed in. */
export async function signIn(
  sandbox: Sandbox,
  client: Client,
  userId: string,
  parameters: Record<string, string | undefined> = {},
): Promise<SignIn> {
  const visitor = new Visitor(sandbox.endpoint);
  const { verifier, challenge } = newChallenge();
  const withChallenge = { code_challenge: challenge, code_challenge_method: "S256" };
  await visitor.get(authorizationUrl(client, { ...withChallenge, ...parameters }));
  const { location } = await signInAs(sandbox, visitor, userId);
  const callback = new URL(location as string);
  return {
    visitor,
    callback,
    exchange: (other) =>
      askToken(sandbox, client, {
        grant_type: "authorization_code",
        code: callback.searchParams.get("code") as string,
        redirect_uri: client.redirectUri,
        code_verifier: verifier,
        ...other,
      }),
  };
}

export interface Tokens {
  access_token: string;
  id_token: string;
  refresh_token?: string;
  expires_in: number;
  scope: string;
}

/** The tokens of a person who has just signed in. */
export async function tokensFor(
  sandbox: Sandbox,
  client: Client,
  userId: string,
  parameters: Record<string, string | undefined> = {},
): Promise<Tokens> {
  const { exchange } = await signIn(sandbox, client, userId, parameters);
  const { status, body } = await exchange();
  expect({ status, body }).toMatchObject({ status: 200 });
  return body as Tokens;
}

export function refresh(
  sandbox: Sandbox,
  client: Client,
  token: string | undefined,
  parameters: Record<string, string> = {},
): Promise<Answer> {
  return askToken(sandbox, client, {
    grant_type: "refresh_token",
    refresh_token: token as string,
    ...parameters,
  });
}

export function askToken(
  sandbox: Pick<Sandbox, "endpoint">,
  client: Client,
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return postAs(sandbox, client, "/oidc/token", parameters, headers);
}

/** A form to one of the endpoints that applications use, with their credentials. */
export function postAs(
  sandbox: Pick<Sandbox, "endpoint">,
  { id, secret }: Client,
  path: string,
  parameters: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const form = new URLSearchParams({
    ...(secret === undefined && { client_id: id }),
    ...parameters,
  });
  return send(`${sandbox.endpoint}${path}`, "POST", form.toString(), {
    "content-type": "application/x-www-form-urlencoded",
    ...(secret !== undefined && {
      authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString("base64")}`,
    }),
    ...headers,
  });
}

export function userInfo(sandbox: Sandbox, accessToken: string): Promise<Answer> {
  return send(`${sandbox.endpoint}/oidc/me`, "GET", undefined, {
    authorization: `Bearer ${accessToken}`,
  });
}

/** Where a page's form goes, and its hidden fields. */
export function formOf(html: string): [string, Record<string, string>] {
  const action = /<form[^>]* action="([^"]+)"/.exec(html)?.[1] as string;
  const fields = [...html.matchAll(/<input type="hidden"[^>]*>/g)].map(([input]) => [
    /name="([^"]*)"/.exec(input)?.[1] as string,
    /value="([^"]*)"/.exec(input)?.[1] as string,
  ]);
  return [action, Object.fromEntries(fields) as Record<string, string>];
}
