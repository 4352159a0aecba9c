import { patience } from "../patience";
import { redact } from "../redact";
import { userError } from "../user-error";
import type { ConnectorInputs } from "./connector-schema";
import { type LogtoError, readable, refusal } from "./logto-error";
import { anything, type Failure } from "./management-api";
import type { Write } from "./mechanism/hooks";
import { pathSegment } from "./path-segment";

/** Room for a service's message and what to do about it. */
const longestRefusal = 800;

/**
 * Has Logto send one test mail with a config that is not in force yet, or throws, so that nothing is changed. It goes
 * before each change, and to each new recipient. If it is unknown whether the mail went, it is not sent again: the next
 * `up` sends another one.
 *
 * @param explain what the service that sends says in a body that refuses a mail, and what to do about it
 */
export async function sendTestMail(
  { inputs, before, wanted, isChange, label, api, secrets }: Write<ConnectorInputs>,
  explain?: (body: string) => string | undefined,
): Promise<void> {
  const { factoryId, testRecipient: email } = inputs;
  if (email === undefined || !(isChange || email !== before?.testRecipient)) return;
  const failed = (reason: string) =>
    userError(
      redact(
        `The test mail of ${label} to ${email} did not go, so nothing was changed: ${reason}`,
        secrets,
        longestRefusal,
      ),
    );
  const refused = await api
    .call<LogtoError | undefined>({
      purpose: `send a test mail with ${label}`,
      method: "POST",
      path: `api/connectors/${pathSegment(factoryId)}/test`,
      body: { email, config: wanted["config"] },
      accept: { 204: anything, 400: refusal },
      secrets,
    })
    .catch((error: unknown) => {
      throw (error as Failure).code !== "ETIMEDOUT"
        ? error
        : failed(
            `Logto did not answer within ${patience.timeLimit / 1000} s, most likely because the mail service does not answer it; whether the mail still goes is not known, and the next up sends another one`,
          );
    });
  if (refused === undefined) return;
  const { code, text, answerOfService: answer, connectionFailure } = refused;
  if (["connector.not_found", "connector.unexpected_type"].includes(code ?? "")) {
    throw userError(`testRecipient: ${factoryId} is no e-mail connector, so no mail can be tested`);
  }
  if (answer !== undefined) throw failed(explain?.(answer) ?? readable(answer, secrets));
  throw failed(
    connectionFailure === undefined
      ? readable(text, secrets)
      : `Logto cannot reach the mail service from where it runs (${connectionFailure}); let its machine or container connect to that`,
  );
}
