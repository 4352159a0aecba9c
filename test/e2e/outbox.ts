import { setTimeout as pause } from "node:timers/promises";

/** A mail as the outbox tells of it (sandbox/outbox). */
export interface Mail {
  id: string;
  to: string;
  from: { email: string; name?: string };
  subject: string;
  html?: string;
  text?: string;
  code?: string;
}

const patienceInMilliseconds = 20_000;

/** The mails that Logto sent, as JSON. */
export class Outbox {
  constructor(private readonly url: string) {}

  /** Does something that sends a mail to the address, and returns the mail. */
  async mailSentBy(
    address: string,
    action: () => Promise<unknown>,
  ): Promise<Mail & { code: string }> {
    const before = new Set((await this.mailsTo(address)).map(({ id }) => id));
    await action();
    const deadline = Date.now() + patienceInMilliseconds;
    while (Date.now() < deadline) {
      const mail = (await this.mailsTo(address)).find(({ id }) => !before.has(id));
      if (mail) {
        if (mail.code === undefined) throw new Error(`There is no code in "${mail.subject}".`);
        return { ...mail, code: mail.code };
      }
      await pause(100);
    }
    throw new Error(`No mail to ${address} came.`);
  }

  async mailsTo(address: string): Promise<Mail[]> {
    const response = await fetch(`${this.url}/mails`);
    if (!response.ok) throw new Error(`The outbox answered ${response.status}.`);
    const mails = (await response.json()) as Mail[];
    return mails.filter(({ to }) => to === address);
  }

  /** Makes SendGrid refuse, or not answer, while `action` runs. */
  async failing(
    how: { status: number } | { hang: true },
    action: () => Promise<void>,
  ): Promise<void> {
    await this.setFailure("PUT", how);
    try {
      await action();
    } finally {
      await this.setFailure("DELETE");
    }
  }

  private async setFailure(method: string, body?: object): Promise<void> {
    const response = await fetch(`${this.url}/failure`, {
      method,
      headers: { "content-type": "application/json" },
      ...(body && { body: JSON.stringify(body) }),
    });
    if (!response.ok) throw new Error(`The outbox answered ${response.status} to a failure.`);
  }
}
