import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { checkInputs, type Rule } from "../checks";
import { emailAddress } from "../email-address";
import type { Arguments } from "../deep-input";
import { DynamicResource } from "../provider/dynamic-resource";
import { number, object } from "../fields";
import { fingerprint, fingerprintKeyMissing } from "../fingerprint";
import { configured } from "../provider/stack-configuration";
import { gate } from "../provider/gate";
import { userError } from "../user-error";
import { type SendGridApi, sendGridApi, switchOff } from "./api";
import { sendGridApiKey } from "./api-key";
import { defaultSendGridEndpoint, sendGridEndpoint } from "./endpoint";
import { allowMailSend, verifySender } from "./refusal";

const declaredFields = {
  /** The SendGrid API key that sends. Secret. */
  apiKey: sendGridApiKey,
  /** The sender's address. */
  fromEmail: emailAddress("no-reply@bookstore.example"),
  /** SendGrid's API, over TLS or on this machine. Default: https://api.sendgrid.com. */
  endpoint: sendGridEndpoint.default(defaultSendGridEndpoint),
  /** Seconds until a request counts as failed; each is tried three times. Default: 10. */
  timeLimit: number("seconds, more than 0", (seconds) => seconds > 0).default(10),
};

const shape = object({
  ...declaredFields,
  /** Shows in a diff that the key changed, and has the new one checked. */
  apiKeyFingerprint: z.string().default(""),
});

export type SendGridPreflightArgs = Arguments<z.input<z.ZodObject<typeof declaredFields>>>;
type Inputs = z.infer<typeof shape>;

const stack = configured();

const rules: Rule<Inputs>[] = [
  {
    reads: [],
    problems: () =>
      stack.get("logto:fingerprintKey")
        ? []
        : [{ path: ["apiKeyFingerprint"], message: fingerprintKeyMissing }],
  },
];

export const provider = gate<Inputs>({
  id: () => "sendgrid-preflight",
  configure: (configuration) => stack.configure(configuration),

  check(news) {
    const result = checkInputs<Inputs>(news, shape, rules);
    const key = stack.get("logto:fingerprintKey");
    if (result.inputs === undefined || result.failures !== undefined || !key) return result;
    const apiKeyFingerprint = fingerprint(key, result.inputs.apiKey);
    return { inputs: { ...result.inputs, apiKeyFingerprint } };
  },

  // What was found is true until the key or the sender changes, so SendGrid is not asked again before that.
  ensure: (inputs) => requireSendable(inputs).then(() => ({})),
});

async function requireSendable({ apiKey, fromEmail, endpoint, timeLimit }: Inputs): Promise<void> {
  const api = sendGridApi(endpoint, apiKey, timeLimit);
  await requireMailSend(api);
  await requireSender(api, fromEmail);
}

async function requireMailSend(api: SendGridApi): Promise<void> {
  const held = await api.get(
    "see what the SendGrid API key may do",
    "v3/scopes",
    z.object({ scopes: z.string().array() }),
  );
  if (held === undefined) {
    await note(
      "the API key may not read its own permissions, so whether it may send mail was not checked",
    );
  } else if (!held.scopes.includes("mail.send")) {
    throw userError(`The SendGrid API key may not send mail: ${allowMailSend}`);
  }
}

/**
 * Requires that the address may send: it is verified itself, or its domain or a domain above that is authenticated.
 */
async function requireSender(api: SendGridApi, fromEmail: string): Promise<void> {
  const address = fromEmail.toLowerCase();
  const host = address.slice(address.lastIndexOf("@") + 1);

  const senders = await listSenders(api, (sender) => sender.from_email.toLowerCase() === address);
  if (senders?.some(({ verified }) => verified)) return;
  const domains = await listDomains(api, ({ domain }) =>
    `.${host}`.endsWith(`.${domain.toLowerCase()}`),
  );
  if (domains?.some(({ valid }) => valid)) return;

  if (senders === undefined || domains === undefined) {
    const unread = [
      senders === undefined && "the verified senders",
      domains === undefined && "the authenticated domains",
    ].filter((name) => name !== false);
    await note(
      `the API key may not read ${unread.join(" and ")}, so whether ${fromEmail} may send was not checked`,
    );
    return;
  }
  const [domain] = domains;
  if (senders.length > 0) {
    throw userError(
      `SendGrid has not verified the sender ${fromEmail} yet: follow the link in the mail that SendGrid sent there (again from https://app.sendgrid.com/settings/sender_auth), or name another sender in logto-stack:email.fromEmail`,
    );
  }
  if (domain !== undefined) {
    throw userError(
      `SendGrid has not authenticated the domain ${domain.domain} of the sender ${fromEmail} yet: set its DNS records and verify them at https://app.sendgrid.com/settings/sender_auth, or name another sender in logto-stack:email.fromEmail`,
    );
  }
  throw userError(
    `SendGrid knows ${fromEmail} neither as a verified sender nor by an authenticated domain: ${verifySender}; ${switchOff}, if a parent account lends a domain to this one, which does not show`,
  );
}

const sender = z.object({ id: z.number(), from_email: z.string(), verified: z.boolean() });
type Sender = z.infer<typeof sender>;

/** The wanted senders, verified or not; `undefined` if the key may not read them. */
function listSenders(api: SendGridApi, isWanted: (sender: Sender) => boolean) {
  return collect(isWanted, async (before) => {
    const from = before.length === 0 ? "" : `&lastSeenID=${before.at(-1)?.id ?? ""}`;
    const page = await api.get(
      "list SendGrid's verified senders",
      `v3/verified_senders?limit=${pageSize}${from}`,
      z.object({ results: sender.array() }),
    );
    return page?.results;
  });
}

const domain = z.object({ id: z.number(), domain: z.string(), valid: z.boolean() });
type Domain = z.infer<typeof domain>;

/** The wanted authenticated domains, valid or not; `undefined` if the key may not read them. */
function listDomains(api: SendGridApi, isWanted: (domain: Domain) => boolean) {
  return collect(isWanted, (before) =>
    api.get(
      "list SendGrid's authenticated domains",
      `v3/whitelabel/domains?limit=${pageSize}&offset=${before.length}`,
      domain.array(),
    ),
  );
}

const pageSize = 100;

/**
 * The wanted items of all pages. The last page is the one that brings nothing new: SendGrid does not say how long a
 * page may be, so a short one need not be the last.
 */
async function collect<Item extends { id: number }>(
  isWanted: (item: Item) => boolean,
  nextPage: (before: Item[]) => Promise<Item[] | undefined>,
): Promise<Item[] | undefined> {
  const items = new Map<number, Item>();
  for (;;) {
    const page = await nextPage([...items.values()]);
    if (page === undefined) return undefined;
    const fresh = page.filter(({ id }) => !items.has(id));
    if (fresh.length === 0) return [...items.values()].filter(isWanted);
    for (const item of fresh) items.set(item.id, item);
  }
}

function note(message: string): Promise<void> {
  return pulumi.log.warn(`SendGrid preflight: ${message}`);
}

/**
 * A check that SendGrid will take the mails: that it knows the API key, that the key may send mail, and that it may
 * send from this address. Make all that is declared depend on it: if it fails, nothing is declared.
 *
 * What surprises:
 * - It is no object at SendGrid: it only reads, when it is created and whenever the key, the sender or the
 *   address of SendGrid changes. A preview, a refresh and a deletion ask nothing.
 * - What the key may not read is passed over with a warning: a key with no more than Mail Send is enough to send,
 *   and cannot list the senders.
 * - An authenticated domain covers its subdomains. A domain that a parent account lends to a subuser does
 *   not show in the subuser's list; such a sender needs the check switched off.
 *
 * Errors: a key that SendGrid does not know; the permission Mail Send missing; a sender that is not
 * verified; SendGrid not answering in time.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/api-key-permissions
 * @see https://www.twilio.com/docs/sendgrid/api-reference/sender-verification/get-all-verified-senders
 * @see https://www.twilio.com/docs/sendgrid/api-reference/domain-authentication/list-all-authenticated-domains
 */
export class SendGridPreflight extends DynamicResource {
  constructor(name: string, args: SendGridPreflightArgs, options?: pulumi.CustomResourceOptions) {
    super(
      "sendgrid:Preflight",
      name,
      { ...args, apiKey: pulumi.secret(args.apiKey) },
      pulumi.mergeOptions(options, { additionalSecretOutputs: ["apiKey"] }),
    );
  }
}
