import { z } from "zod";
import { actionInputs } from "./action";
import { onceOrNever } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";

const postFirstFactorVerificationAction = managementResource({
  type: "logto:PostFirstFactorVerificationAction",
  noun: "action after a wrong password",
  path: "api/configs/actions/action.postFirstFactorVerification",
  inputs: z.object(actionInputs),
  identity: onceOrNever,
  secretInputs: ["environmentVariables.*"],
  consequences: {
    deleted: "Users whose password only the former system knows cannot sign in with it.",
    replaced: "Meanwhile users whose password only the former system knows cannot sign in with it.",
  },
});

export const { kind, provider } = postFirstFactorVerificationAction;
export type PostFirstFactorVerificationActionArgs = ResourceArguments<typeof actionInputs>;

/**
 * A script that runs when a password is not the one that Logto knows, or no user has that name: it can ask a former system
 * and move the user over, with that password (`{ action: "createUser" | "updateUser", user, passwordVerified: true }`).
 * Despite its name it does not run when the password is right. Logto has one or none.
 *
 * It gets the password in clear, and runs in Logto's own process while the user waits. If it fails, the password counts
 * as wrong, whatever `onExecutionError` says. Needs Logto 1.42.
 *
 * @see https://docs.logto.io/developers/actions/post-first-factor-verification
 */
export class PostFirstFactorVerificationAction extends postFirstFactorVerificationAction.Resource {}
