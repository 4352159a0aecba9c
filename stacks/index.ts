import { declareIdentity } from "./identity";
import { platform } from "./platform";
import { readSettings } from "./settings";

/** The program of every stack: what it returns are the stack's outputs. */
export = function program() {
  const settings = readSettings();
  const server = platform(settings);
  const { application } = declareIdentity(settings, server);
  const {
    redirectUris: [redirectUri],
    postLogoutRedirectUris: [postLogoutRedirectUri],
  } = settings.application;
  return {
    /** Where the applications find Logto: `logto.endpoint` of their SDK. */
    endpoint: server.endpoint,
    /** The client id of the application. */
    appId: application.id,
    /** Its client secret; `pulumi stack output appSecret --show-secrets` shows it. */
    appSecret: application.clientSecret,
    /** Where users are sent back to after sign-in: the first of the application's redirect URIs. */
    redirectUri,
    /** Where they may be sent back to after sign-out: the first, where there is one. */
    ...(postLogoutRedirectUri !== undefined && { postLogoutRedirectUri }),
    /** The page of the mails that were sent, where they stay on this machine. */
    ...(server.outbox !== undefined && { outbox: server.outbox }),
  };
};
