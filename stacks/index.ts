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
