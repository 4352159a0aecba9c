/** An error as SendGrid answers it. */
export interface SendGridError {
  message: string;
  field: string | null;
  help: string | null;
}

/** A request that is refused, as SendGrid would. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly errors: SendGridError[],
  ) {
    super(errors.map(({ message }) => message).join(" "));
  }
}

/** What SendGrid says with a status when it says nothing about a field. */
export const messages: Partial<Record<number, string>> = {
  400: "Bad Request",
  401: "The provided authorization grant is invalid, expired, or revoked",
  403: "access forbidden",
  404: "Not Found",
  405: "method not allowed",
  413: "payload too large",
  429: "too many requests",
  500: "internal server error",
  503: "service unavailable",
};

export function refusal(status: number, message?: string, field: string | null = null): Refusal {
  const text = message ?? messages[status] ?? `error ${status}`;
  return new Refusal(status, [{ message: text, field, help: null }]);
}

/** The address of the explanation that SendGrid sends along. */
export function helpOn(topic: string): string {
  return `http://sendgrid.com/docs/API_Reference/Web_API_v3/Mail/errors.html#${topic}`;
}
