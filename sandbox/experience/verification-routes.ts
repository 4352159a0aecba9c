import { TemplateType } from "@logto/connector-kit";
import { usernameRegEx } from "@logto/core-kit";
import {
  AlternativeSignUpIdentifier,
  InteractionEvent,
  passwordVerificationPayloadGuard,
  SentinelActivityAction,
  SignInIdentifier,
  SignInMode,
  type VerificationCodeIdentifier,
  verificationCodeIdentifierGuard,
} from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import { newId } from "../identifiers";
import { isPassword } from "../users/passwords";
import { asField, ensureFree, findUser, keepPassword } from "../users/users";
import { sendCode } from "./code-message";
import { ensureNotBlocked } from "./email-blocklist";
import { Experience } from "./experience";
import { isKnown } from "./identification";
import { guardAttempt } from "./lockout";
import { withinMessageLimit } from "./message-limit";
import { acceptedPassword } from "./new-password";
import { createPasscode, usePasscode } from "./passcodes";
import { ensureNotExpired } from "./password-expiration";
import { ensureNoCaptcha } from "./rules";
import type { CodeVerification, PasswordVerification } from "./state";

/** How people prove who they are: by a code that was sent to them, or by a password. */
export const experienceVerifications: Routes = (router, tenant) => {
  const { database } = tenant;

  router.post("/experience/verification/verification-code", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { declared, state } = resumed;
    const { identifier, interactionEvent } = guardBody(context, sendGuard);
    if (state.userId === undefined) {
      ensureNoCaptcha(declared);
    }
    const verification: CodeVerification = {
      id: newId(),
      type: codeTypes[identifier.type],
      identifier,
      templateType: templateFor(resumed, interactionEvent, identifier.type),
      verified: false,
    };
    if (interactionEvent === InteractionEvent.Register) {
      ensureNotBlocked(declared, identifier);
    }
    if (await isForNobody(resumed, interactionEvent, verification)) {
      await createPasscode(database, verification);
    } else {
      await withinMessageLimit(database, identifier.value, () =>
        sendCode(resumed, context, verification),
      );
    }
    resumed.keep(verification);
    await resumed.save();
    context.body = { verificationId: verification.id };
  });

  router.post("/experience/verification/verification-code/verify", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { identifier, verificationId, code } = guardBody(context, verifyGuard);
    const verification = resumed.verification(verificationId);
    ensure(
      isCode(verification) && verification.type === codeTypes[identifier.type],
      "session.verification_session_not_found",
      { status: 404 },
    );
    await guardAttempt(
      resumed,
      { id: verificationId, identifier },
      SentinelActivityAction.VerificationCode,
      () =>
        usePasscode(
          database,
          verification,
          { identifier, code },
          resumed.declared.verificationCodePolicy,
        ),
    );
    resumed.keep({ ...verification, verified: true });
    await resumed.save();
    context.body = { verificationId };
  });

  router.post("/experience/verification/password", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { declared } = resumed;
    const { identifier, password } = guardBody(context, passwordVerificationPayloadGuard);
    const verification: PasswordVerification = {
      id: newId(),
      type: "Password",
      identifier,
      verified: true,
    };
    await guardAttempt(resumed, verification, SentinelActivityAction.Password, async () => {
      const user = await findUser(database, identifier, declared.usernamePolicy);
      ensure(user && (await isPassword(password, user)), "session.invalid_credentials", {
        status: 422,
      });
      await keepPassword(database, user, password);
      ensure(!user.isSuspended, "user.suspended", { status: 401 });
      ensureNotExpired(declared, user);
    });
    resumed.keep(verification);
    await resumed.save();
    context.body = { verificationId: verification.id };
  });

  router.post("/experience/verification/new-password-identity", async (context) => {
    const resumed = await Experience.resume(tenant, context);
    const { declared } = resumed;
    const { identifier, password } = guardBody(context, newIdentityGuard);
    const profile = asField(identifier);
    await ensureFree(database, profile, declared.usernamePolicy);
    const accepted = await acceptedPassword(password, declared, profile);
    const verificationId = newId();
    resumed.keep({
      id: verificationId,
      type: "NewPasswordIdentity",
      identifier,
      passwordEncrypted: accepted.passwordEncrypted,
      passwordEncryptionMethod: accepted.passwordEncryptionMethod,
    });
    await resumed.save();
    context.body = { verificationId };
  });
};

const sendGuard = z.object({
  identifier: verificationCodeIdentifierGuard,
  interactionEvent: z.nativeEnum(InteractionEvent),
});

const verifyGuard = z.object({
  identifier: verificationCodeIdentifierGuard,
  verificationId: z.string(),
  code: z.string(),
});

const newIdentityGuard = z.object({
  identifier: z.object({
    type: z.literal(SignInIdentifier.Username),
    value: z.string().regex(usernameRegEx),
  }),
  password: z.string(),
});

const templates = {
  [InteractionEvent.SignIn]: TemplateType.SignIn,
  [InteractionEvent.Register]: TemplateType.Register,
  [InteractionEvent.ForgotPassword]: TemplateType.ForgotPassword,
} as const;

/**
 * What a code is for. An address that somebody who is known adds is asked for by sign-up, and a mail then says what
 * that of the event says, or it is to be their second factor.
 */
function templateFor(
  { declared: { signUp }, state }: Experience,
  event: InteractionEvent,
  type: VerificationCodeIdentifier["type"],
): TemplateType {
  const secondary = signUp.secondaryIdentifiers?.map(({ identifier }) => identifier) ?? [];
  const isOfSignUp =
    signUp.identifiers.includes(type) ||
    secondary.some((one) => one === type || one === AlternativeSignUpIdentifier.EmailOrPhone);
  return state.userId === undefined || isOfSignUp ? templates[event] : TemplateType.BindMfa;
}

const codeTypes = {
  [SignInIdentifier.Email]: "EmailVerificationCode",
  [SignInIdentifier.Phone]: "PhoneVerificationCode",
} as const;

function isCode(verification: { type: string }): verification is CodeVerification {
  return verification.type.endsWith("VerificationCode");
}

/**
 * Whether a code would go to somebody who can do nothing with it: they have no account and may not make one
 * here. The answer is always the same, so that it does not tell who has an account.
 */
async function isForNobody(
  resumed: Experience,
  event: InteractionEvent,
  verification: CodeVerification,
): Promise<boolean> {
  const { declared, state } = resumed;
  const isUseless =
    event === InteractionEvent.ForgotPassword ||
    (event === InteractionEvent.SignIn &&
      state.userId === undefined &&
      declared.signInMode === SignInMode.SignIn);
  return isUseless && !(await isKnown(resumed, verification));
}
