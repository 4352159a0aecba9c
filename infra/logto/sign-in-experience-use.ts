import { z } from "zod";
import { userError } from "../user-error";
import type { ManagementApi } from "./management-api";

const experience = z.object({
  signUp: z.object({
    identifiers: z.string().array(),
    secondaryIdentifiers: z.object({ identifier: z.string() }).array().default([]),
  }),
  signIn: z.object({
    methods: z.object({ identifier: z.string(), verificationCode: z.boolean() }).array(),
  }),
  mfa: z.object({ factors: z.string().array() }),
  forgotPasswordMethods: z.string().array().nullish(),
});

/** The sign-in experience's words for the two kinds of messages that carry codes. */
const words: Readonly<Partial<Record<string, { identifier: string; factor: string }>>> = {
  Email: { identifier: "email", factor: "EmailVerificationCode" },
  Sms: { identifier: "phone", factor: "PhoneVerificationCode" },
};

/**
 * Refuses to take away the connector that sends the codes which the sign-in experience asks for. Logto itself would
 * let it go, and users who sign up would wait for a code that cannot be sent.
 */
export async function requireNoUseOf(
  type: string,
  api: ManagementApi,
  name: string,
): Promise<void> {
  const { identifier, factor } = words[type] ?? {};
  if (identifier === undefined || factor === undefined) return;
  const { signUp, signIn, mfa, forgotPasswordMethods } = await api.call({
    purpose: `see whether the sign-in experience needs the connector "${name}"`,
    method: "GET",
    path: "api/sign-in-exp",
    accept: { 200: experience },
  });
  const secondary = signUp.secondaryIdentifiers.map((one) => one.identifier);
  const uses = [
    [...signUp.identifiers, ...secondary].some((one) =>
      [identifier, "emailOrPhone"].includes(one),
    ) && "signUp",
    signIn.methods.some((one) => one.identifier === identifier && one.verificationCode) && "signIn",
    mfa.factors.includes(factor) && "mfa",
    forgotPasswordMethods?.includes(factor) && "forgotPasswordMethods",
  ].filter((use) => typeof use === "string");
  if (uses.length > 0) {
    throw userError(
      `The connector "${name}" is not deleted: ${uses.join(", ")} of the sign-in experience still ${uses.length === 1 ? "needs" : "need"} it; change ${uses.length === 1 ? "that" : "those"} first`,
    );
  }
}
