import { randomBytes } from "node:crypto";
import { emailRegEx } from "@logto/core-kit";
import { z } from "zod";
import { findCode, type Mail } from "./mail";
import { helpOn, Refusal } from "./sendgrid-errors";

/** SendGrid's own words. */
const says = {
  personalizations:
    "The personalizations field is required and must have at least one personalization.",
  to: "The to array is required for all personalization objects, and must have at least one email object with a valid email address.",
  address: "Does not contain a valid address.",
  recipients: "There is a limit of 1000 total recipients (to + cc + bcc) per request.",
  from: 'The from object must be provided for every email send. It is an object that requires the email parameter, but may also contain a name parameter.  e.g. {"email" : "example@example.com"}  or {"email" : "example@example.com", "name" : "Example Recipient"}.',
  fromAddress: "The from email does not contain a valid address.",
  subject:
    "The subject is required. You can get around this requirement if you use a template with a subject defined or if every personalization has a subject defined.",
  content:
    "Unless a valid template_id is provided, the content parameter is required. There must be at least one defined content block. We typically suggest both text/plain and text/html blocks are included, but only one block is required.",
  contentType:
    "The type parameter is required and must be a string at least one character in length.",
  contentValue: "The content value must be a string at least one character in length.",
  contentOrder:
    "If present, text/plain and text/html may only be provided once, text/plain first and text/html second.",
  sender:
    "The from address does not match a verified Sender Identity. Mail cannot be sent until this error is resolved. Visit https://sendgrid.com/docs/for-developers/sending-email/sender-identity/ to see the Sender Identity requirements",
};

const oneOf = (message: string) => ({ required_error: message, invalid_type_error: message });

const address = z.object(
  {
    email: z.string(oneOf(says.address)).refine((email) => emailRegEx.test(email), says.address),
    name: z.string().optional(),
  },
  oneOf(says.address),
);

const personalization = z.object({
  to: z.array(address, oneOf(says.to)).min(1, says.to),
  cc: address.array().default([]),
  bcc: address.array().default([]),
  subject: z.string().optional(),
  headers: z.record(z.string()).default({}),
});

const content = z.object({
  type: z.string(oneOf(says.contentType)).min(1, says.contentType),
  value: z.string(oneOf(says.contentValue)).min(1, says.contentValue),
});

const request = z.object({
  personalizations: z
    .array(personalization, oneOf(says.personalizations))
    .min(1, says.personalizations),
  from: z.object(
    {
      email: z.string(oneOf(says.from)).refine((email) => emailRegEx.test(email), says.fromAddress),
      name: z.string().optional(),
    },
    oneOf(says.from),
  ),
  reply_to: address.optional(),
  subject: z.string().optional(),
  content: z.array(content, oneOf(says.content)).min(1, says.content),
  headers: z.record(z.string()).default({}),
  mail_settings: z
    .object({ sandbox_mode: z.object({ enable: z.boolean().optional() }).optional() })
    .optional(),
});

type MailSend = z.output<typeof request>;
type Personalization = MailSend["personalizations"][number];
type Problem = { path: (string | number)[]; message: string };

export interface Accepted {
  messageId: string;
  mails: Mail[];
  /** SendGrid's own sandbox mode: the request is checked and nothing is sent. */
  isOnlyChecked: boolean;
}

/**
 * Reads the body of `POST /v3/mail/send` and makes a mail for each of its personalizations.
 *
 * Templates and attachments that lie at SendGrid are none of the connector's business: a request without
 * content is refused.
 *
 * @param verifiedSenders whose mails are taken; all where it is not given
 * @see https://www.twilio.com/docs/sendgrid/api-reference/mail-send/errors
 */
export function readMailSend(body: unknown, verifiedSenders?: readonly string[]): Accepted {
  const parsed = request.safeParse(body);
  const problems = parsed.success ? problemsOf(parsed.data) : parsed.error.issues;
  if (!parsed.success || problems.length > 0) {
    throw new Refusal(400, problems.map(describe));
  }
  const { data } = parsed;
  if (verifiedSenders && !verifiedSenders.includes(data.from.email)) {
    throw new Refusal(403, [{ message: says.sender, field: "from", help: helpOn("message.from") }]);
  }
  const messageId = randomBytes(16).toString("base64url");
  const receivedAt = new Date();
  return {
    messageId,
    isOnlyChecked: data.mail_settings?.sandbox_mode?.enable === true,
    mails: data.personalizations.map((one, index) =>
      mailOf(data, one, `${messageId}-${index}`, receivedAt),
    ),
  };
}

/** What is wrong with a request whose parts are well-formed. */
function problemsOf({ personalizations, subject, content: parts }: MailSend): Problem[] {
  const problems: Problem[] = [];
  if (personalizations.length > 1000) {
    problems.push({
      path: ["personalizations"],
      message: `The personalization block is limited to 1000 personalizations per API request. You have provided ${personalizations.length} personalizations. Please consider splitting this into multiple requests and resending your request.`,
    });
  } else if (personalizations.flatMap(recipientsOf).length > 1000) {
    problems.push({ path: ["personalizations"], message: says.recipients });
  }
  personalizations.forEach((one, index) => {
    const twice = recipientsOf(one).find(
      ({ email }, place, all) =>
        all.findIndex((other) => other.email.toLowerCase() === email.toLowerCase()) < place,
    );
    if (twice) {
      problems.push({
        path: ["personalizations", index],
        message: `Each email address in the personalization block should be unique between to, cc, and bcc. We found the first duplicate instance of [${twice.email}] in the personalizations.${index}.${twice.kind} field.`,
      });
    }
  });
  if (!subject && !personalizations.every((one) => one.subject)) {
    problems.push({ path: ["subject"], message: says.subject });
  }
  const known = parts.map(({ type }) => type).filter((type) => type in order);
  if (known.join() !== [...new Set(known)].sort(byOrder).join()) {
    problems.push({ path: ["content"], message: says.contentOrder });
  }
  return problems;
}

const order: Record<string, number> = { "text/plain": 0, "text/html": 1 };

function byOrder(one: string, other: string): number {
  return (order[one] ?? 0) - (order[other] ?? 0);
}

function recipientsOf({ to, cc, bcc }: Personalization) {
  const of = (kind: string, list: { email: string }[]) =>
    list.map(({ email }) => ({ kind, email }));
  return [...of("to", to), ...of("cc", cc), ...of("bcc", bcc)];
}

function describe({ path, message }: Problem) {
  const names = path.filter((part) => typeof part === "string");
  return { message, field: path.join(".") || null, help: helpOn(["message", ...names].join(".")) };
}

function mailOf(data: MailSend, one: Personalization, id: string, receivedAt: Date): Mail {
  const { from, reply_to: replyTo } = data;
  const subject = one.subject ?? data.subject ?? "";
  const text = data.content.find(({ type }) => type === "text/plain")?.value;
  const html = data.content.find(({ type }) => type === "text/html")?.value;
  const addresses = (list: { email: string }[]) => list.map(({ email }) => email).join(", ");
  const code = findCode({ ...(text && { text }), ...(html && { html }) });
  return {
    id,
    receivedAt: receivedAt.toISOString(),
    to: addresses(one.to),
    ...(one.cc.length > 0 && { cc: addresses(one.cc) }),
    ...(one.bcc.length > 0 && { bcc: addresses(one.bcc) }),
    from: { email: from.email, ...(from.name !== undefined && { name: from.name }) },
    subject,
    ...(html !== undefined && { html }),
    ...(text !== undefined && { text }),
    ...(code !== undefined && { code }),
    headers: {
      From: mailbox(from),
      To: one.to.map(mailbox).join(", "),
      ...(one.cc.length > 0 && { Cc: one.cc.map(mailbox).join(", ") }),
      ...(replyTo && { "Reply-To": mailbox(replyTo) }),
      Subject: subject,
      Date: receivedAt.toUTCString(),
      "Message-ID": `<${id}@outbox.invalid>`,
      "Content-Type":
        text !== undefined && html !== undefined
          ? "multipart/alternative"
          : (data.content[0]?.type ?? "text/plain"),
      ...data.headers,
      ...one.headers,
    },
  };
}

function mailbox({ email, name }: { email: string; name?: string | undefined }): string {
  return name ? `${name} <${email}>` : email;
}
