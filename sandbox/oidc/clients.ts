import { ReservedScope, UserScope } from "@logto/core-kit";
import {
  type Application,
  Applications,
  ApplicationType,
  ApplicationUserConsentUserScopes,
} from "@logto/schemas";
import type { ClientMetadata } from "oidc-provider";
import type { TenantDatabase } from "../database";

/** The application as `oidc-provider` wants its clients; nothing where there is none of that id. */
export async function findClient(
  database: TenantDatabase,
  id: string,
): Promise<ClientMetadata | undefined> {
  const application = await database.row<Application>(Applications, { id });
  if (application === undefined) return undefined;
  return {
    ...toClient(application),
    ...(application.isThirdParty && { scope: await scopesToAskFor(database, id) }),
  };
}

/** An application of somebody else may ask for no more of a person's data than was enabled for it. */
async function scopesToAskFor(database: TenantDatabase, id: string): Promise<string> {
  const enabled = await database.rows(ApplicationUserConsentUserScopes, { applicationId: id });
  const known = Object.values<string>(UserScope);
  const scopes = enabled.map(({ userScope }) => userScope).filter((scope) => known.includes(scope));
  return [ReservedScope.OpenId, ReservedScope.OfflineAccess, ...scopes].join(" ");
}

function toClient(application: Application): ClientMetadata {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the secret that `oidc-provider` compares with
  const { id, secret, name, oidcClientMetadata: oidc, customClientMetadata } = application;
  return {
    client_id: id,
    client_secret: secret,
    client_name: name,
    redirect_uris: oidc.redirectUris,
    post_logout_redirect_uris: oidc.postLogoutRedirectUris,
    backchannel_logout_uri: oidc.backchannelLogoutUri,
    backchannel_logout_session_required: oidc.backchannelLogoutSessionRequired,
    ...metadataOfType[application.type],
    // There is no device flow here, and such an application must not be let into another one.
    ...(customClientMetadata.isDeviceFlow && {
      grant_types: ["refresh_token"],
      response_types: [],
    }),
    ...customClientMetadata,
  };
}

const signsInWithSecret: Partial<ClientMetadata> = {
  application_type: "web",
  grant_types: ["authorization_code", "refresh_token"],
  response_types: ["code"],
  token_endpoint_auth_method: "client_secret_basic",
};

const signsInWithoutSecret: Partial<ClientMetadata> = {
  ...signsInWithSecret,
  token_endpoint_auth_method: "none",
};

const metadataOfType: Record<ApplicationType, Partial<ClientMetadata>> = {
  [ApplicationType.MachineToMachine]: {
    grant_types: ["client_credentials"],
    response_types: [],
    redirect_uris: [],
    post_logout_redirect_uris: [],
    token_endpoint_auth_method: "client_secret_basic",
  },
  [ApplicationType.Traditional]: signsInWithSecret,
  [ApplicationType.Protected]: signsInWithSecret,
  [ApplicationType.SAML]: signsInWithSecret,
  [ApplicationType.SPA]: signsInWithoutSecret,
  [ApplicationType.Native]: { ...signsInWithoutSecret, application_type: "native" },
};
