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
  // A preview works without any server, so it is not asked then.
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
    /** Address at which the applications find Logto: `logto.endpoint` of their SDK. */
    endpoint: server.endpoint,
    /** The client id of the application. */
    appId: application.id,
    /** Its client secret; `pulumi stack output appSecret --show-secrets` shows it. */
    appSecret: application.clientSecret,
    /** Address that users are sent back to after sign-in: the first of the application's redirect URIs. */
    redirectUri,
    /** Address that users may be sent back to after sign-out: the first, if there is one. */
    ...(postLogoutRedirectUri !== undefined && { postLogoutRedirectUri }),
    /** The page of the mails that were sent, if they stay on this machine. */
    ...(server.outbox !== undefined && { outbox: server.outbox }),
  };
};

/** Checks the server before anything is registered: what is wrong with it is said once, and not by each resource. */
async function requireExternalServer(stack: string): Promise<void> {
  try {
    await checkExternalServer(readStackConnection());
  } catch (error) {
    if (!isUserError(error)) throw error;
    // A destroy comes here, too, and could not put anything back.
    const isUnreachable = (error as Failure).code !== undefined;
    throw new pulumi.RunError(
      isUnreachable
        ? `${error.message} If it is gone for good, npm run pulumi -- stack rm ${stack} --force forgets what was declared on it.`
        : error.message,
    );
  }
}
