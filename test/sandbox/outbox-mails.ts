import type { Outbox } from "../support/outbox";

/** A body of `POST /v3/mail/send` that SendGrid accepts, but for what is changed in it. */
export function newMail(change: object = {}): object {
  return {
    personalizations: [{ to: [{ email: "ada@bookstore.example" }] }],
    from: { email: "no-reply@bookstore.example" },
    subject: "Your code",
    content: [{ type: "text/plain", value: "Your code is 123456." }],
    ...change,
  };
}

export function sendMail(outbox: Outbox, change: object = {}): ReturnType<Outbox["request"]> {
  return outbox.request("POST", "/v3/mail/send", newMail(change));
}
