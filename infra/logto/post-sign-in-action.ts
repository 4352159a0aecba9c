import { z } from "zod";
import { actionInputs } from "./action";
import { onceOrNever } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";

const postSignInAction = managementResource({
  type: "logto:PostSignInAction",
  noun: "action after sign-in",
  path: "api/configs/actions/action.postSignIn",
  inputs: z.object(actionInputs),
  identity: onceOrNever,
  secretInputs: ["environmentVariables.*"],
  consequences: {
    deleted: "Users sign in without it: what it kept up to date in their accounts goes stale.",
    replaced: "Users who sign in meanwhile do so without it.",
  },
});

export const { kind, provider } = postSignInAction;
export type PostSignInActionArgs = ResourceArguments<typeof actionInputs>;

/**
 * A script that runs whenever a user has proven who they are and is about to be signed in, whatever the way: it can change
 * their account (`{ action: "updateUser", user }`). It does not run at sign-up. Logto has one or none.
 *
 * It runs in Logto's own process, and the user waits for it. Whoever can change it can change every account that signs in.
 * Needs Logto 1.42.
 *
 * @see https://docs.logto.io/developers/actions/post-sign-in
 */
export class PostSignInAction extends postSignInAction.Resource {}
