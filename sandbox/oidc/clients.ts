import { type Application, Applications, ApplicationType } from "@logto/schemas";
import type { ClientMetadata } from "oidc-provider";
import type { TenantDatabase } from "../database";

/** The application as `oidc-provider` wants its clients; nothing where there is none of that id. */
export async function findClient(
  database: TenantDatabase,
  id: string,
): Promise<ClientMetadata | undefined> {
  const application = await database.row<Application>(Applications, { id });
  return application && toClient(application);
}

function toClient(application: Application): ClientMetadata {
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- the secret that `oidc-provider` compares with
  const { id, secret, name, oidcClientMetadata } = application;
  return {
    client_id: id,
    client_secret: secret,
    client_name: name,
    redirect_uris: oidcClientMetadata.redirectUris,
    post_logout_redirect_uris: oidcClientMetadata.postLogoutRedirectUris,
    ...metadataOfType[application.type],
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
