import { z } from "zod";
import { json } from "../http-client";

const body = z.object({ errors: z.object({ message: z.string() }).array().min(1) });

/** What SendGrid says in a body that refuses something; `undefined` if the body is not SendGrid's. */
export function refusalOf(text: string): string | undefined {
  const parsed = body.safeParse(json(text));
  return parsed.success ? parsed.data.errors.map(({ message }) => message).join("; ") : undefined;
}

export const setApiKey =
  "set one that is valid with npm run pulumi -- config set --secret logto-stack:sendgridApiKey";
export const allowMailSend =
  "give it the permission Mail Send at https://app.sendgrid.com/settings/api_keys";
export const verifySender =
  "verify it at https://app.sendgrid.com/settings/sender_auth, or name another sender in logto-stack:email.fromEmail";

/** SendGrid's messages for a mail that it does not send, and what to do about each. */
const remedies: [RegExp, string][] = [
  [
    /authorization grant is invalid|authorization required|bearer token/i,
    `SendGrid does not know the API key, or no longer: ${setApiKey}`,
  ],
  [/verified sender identity/i, `SendGrid has not verified the sender: ${verifySender}`],
  [
    /access forbidden|not authorized|permission/i,
    `the API key may not send mail: ${allowMailSend}`,
  ],
  [
    /maximum credits exceeded/i,
    "the account has used up the mails of its plan: wait for the next period or change the plan",
  ],
  [/too many requests|rate limit/i, "SendGrid has had too many requests: wait a minute"],
];

/** What SendGrid's message means and what to do about it, if it is a known one. */
export function remedyFor(message: string): string | undefined {
  return remedies.find(([pattern]) => pattern.test(message))?.[1];
}
