import { randomBytes } from "node:crypto";
import { z } from "zod";
import { patience } from "../patience";
import { refusal } from "./logto-error";
import { anything, type Failure, type ManagementApi } from "./management-api";

/** The service that Logto asks whether a password has leaked. It gets only the beginning of the password's hash. */
const service = "api.pwnedpasswords.com";

/**
 * Why Logto cannot look up leaked passwords; `undefined` if it can, does not, or does not say. While it cannot, it
 * refuses every new password. A route of Logto's answers it, so the answer holds for where Logto runs: the route
 * checks a random password by the policy in force and stores nothing.
 *
 * @see https://docs.logto.io/end-user-flows/sign-up-and-sign-in/sign-up#password-policy
 */
export async function leaksCannotBeLookedUp(api: ManagementApi): Promise<string | undefined> {
  const unreachable = (reason: string) =>
    `Logto cannot reach ${service}, where it looks up leaked passwords (${reason}), and refuses every new password until it can: let its machine or container connect to that over https`;
  try {
    const refused = await api.call({
      purpose: "see whether Logto can look up leaked passwords",
      method: "POST",
      path: "api/sign-in-exp/default/check-password",
      body: { password: randomBytes(18).toString("base64") },
      accept: { 200: anything, 400: z.union([judged, refusal]) },
    });
    const { code, text = "", answerOfService = text } = refused ?? {};
    // Node's words for a request that failed, and for one that was cut off.
    const isCutOff = /\b(?:fetch failed|terminated)\b/i.test(answerOfService);
    return code === "request.invalid_input" && isCutOff ? unreachable("no connection") : undefined;
  } catch (error) {
    // Anything else says nothing about that service: an older Logto has no such route.
    return (error as Failure).code === "ETIMEDOUT"
      ? unreachable(`no answer in ${patience.timeLimit / 1000} s`)
      : undefined;
  }
}

/** The answer if the policy has something against the password: the service was asked, so Logto can reach it. */
const judged = z.object({ result: z.boolean() }).transform(() => undefined);
