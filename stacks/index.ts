import { declareIdentity } from "./identity";
import { platform } from "./platform";
import { readSettings } from "./settings";

const settings = readSettings();
const server = platform(settings);
const { application } = declareIdentity(settings, server);

/** Where the applications find Logto: `logto.endpoint` of their SDK. */
export const endpoint = server.endpoint;
/** The client id of the application. */
export const appId = application.id;
/** Its client secret; `pulumi stack output appSecret --show-secrets` shows it. */
export const appSecret = application.clientSecret;
/** Where users are sent back to after sign-in: the first of the application's redirect URIs. */
export const redirectUri = settings.application.redirectUris[0];
/** Where they may be sent back to after sign-out: the first, where there is one. */
export const postLogoutRedirectUri = settings.application.postLogoutRedirectUris[0];
/** The page of the mails that were sent, where they stay on this machine. */
export const outbox = server.outbox;
