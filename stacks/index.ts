import * as pulumi from "@pulumi/pulumi";
import { checkExternalServer } from "../infra/server/external/server";
import type { Failure } from "../infra/logto/management-api";
import { isUserError } from "../infra/user-error";
import { declareIdentity } from "./identity";
import { platform } from "./platform";
import { readSettings, readStackConnection } from "./settings";

/** The program of every stack: what it returns are the stack's outputs. */
export = async function program() {
  const settings = readSettings();
  // Not in a preview, which works without any server.
  if (settings.runtime === "external" && !pulumi.runtime.isDryRun()) {
    await requireExternalServer(settings.stack);
  }
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

/** Before anything is registered: what is wrong with the server is said once, and not by each resource. */
async function requireExternalServer(stack: string): Promise<void> {
  try {
    await checkExternalServer(readStackConnection());
  } catch (error) {
    if (!isUserError(error)) throw error;
    // A destroy, too, comes here, and could not put anything back.
    const isUnreachable = (error as Failure).code !== undefined;
    throw new pulumi.RunError(
      isUnreachable
        ? `${error.message} Where it is gone for good, npm run pulumi -- stack rm ${stack} --force forgets what was declared on it.`
        : error.message,
    );
  }
}
