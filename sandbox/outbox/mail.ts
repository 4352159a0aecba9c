import { z } from "zod";

/** A mail as it would have reached its readers. */
export const mailShape = z.object({
  id: z.string(),
  /** When it was accepted, in ISO 8601. */
  receivedAt: z.string(),
  /** The addresses without their names, with commas between several. */
  to: z.string(),
  cc: z.string().optional(),
  bcc: z.string().optional(),
  from: z.object({ email: z.string(), name: z.string().optional() }),
  subject: z.string(),
  html: z.string().optional(),
  text: z.string().optional(),
  /** The verification code in it. */
  code: z.string().optional(),
  /** Those that a mail program would show, names of people included. */
  headers: z.record(z.string()),
});

export type Mail = z.infer<typeof mailShape>;

/**
 * The verification code that a mail holds: the first six digits that stand alone. In HTML only what is read
 * counts, or a colour would be taken for one.
 */
export function findCode({ text, html }: Pick<Mail, "text" | "html">): string | undefined {
  return [text, html && readableText(html)]
    .map((readable) => /(?<![\w#.-])\d{6}(?![\w-])/.exec(readable ?? "")?.[0])
    .find((code) => code !== undefined);
}

function readableText(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, " ")
    .replace(/<(head|style|script|title)\b[\s\S]*?<\/\1\s*>/gi, " ")
    .replace(/<[^<>]*>/g, " ");
}
