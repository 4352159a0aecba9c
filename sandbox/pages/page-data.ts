// What the server tells the script of a page. The browser's modules import the types only.

export type Identifier = "username" | "email" | "phone";
/** Identifiers that a verification code can be sent to. */
export type Address = Exclude<Identifier, "username">;
export type Flow = "sign-in" | "register" | "forgot-password" | "continue";

/** How one kind of identifier signs in, as the sign-in experience declares it. */
export interface Method {
  identifier: Identifier;
  password: boolean;
  verificationCode: boolean;
  isPasswordPrimary: boolean;
}

/** The keys of the texts that only the script shows, in Logto's phrases for its sign-in pages. */
export const scriptTexts = [
  "action.agree",
  "action.cancel",
  "action.change",
  "action.continue",
  "action.got_it",
  "description.create_account_id_exists",
  "description.create_account_id_exists_alert",
  "description.email",
  "description.enter_passcode",
  "description.enter_password_for",
  "description.passcode_sent",
  "description.password_changed",
  "description.phone_number",
  "description.reminder",
  "description.sign_in_id_does_not_exist",
  "description.sign_in_id_does_not_exist_alert",
  "description.username",
  "description.verify_email",
  "description.verify_phone",
  "error.invalid_email",
  "error.invalid_passcode",
  "error.invalid_phone",
  "error.password_rejected.character_types",
  "error.password_rejected.pwned",
  "error.password_rejected.restricted.repetition",
  "error.password_rejected.restricted.sequence",
  "error.password_rejected.restricted.user_info",
  "error.password_rejected.restricted.words",
  "error.password_rejected.restricted_found",
  "error.password_rejected.too_long",
  "error.password_rejected.too_short",
  "error.password_rejected.unsupported_characters",
  "error.password_required",
  "error.passwords_do_not_match",
  "error.timeout",
  "error.unknown",
  "error.username_invalid_charset",
  "error.username_should_not_start_with_number",
] as const;

export type ScriptText = (typeof scriptTexts)[number];

/** The part of it that is each screen's own. */
export type ScreenData =
  | {
      screen: "sign-in";
      methods: Method[];
      /** The password is asked for next to the identifier: there is no other way in. */
      asksForPassword: boolean;
      /** The person has to agree to the terms before anything is sent. */
      mustAgree: boolean;
      form: FormTexts;
    }
  | {
      screen: "register";
      identifiers: Identifier[];
      mustAgree: boolean;
      /** Whether someone who registers has to set a password. */
      needsPassword: boolean;
      form: FormTexts;
    }
  | { screen: "password"; methods: Method[] }
  | {
      screen: "verification-code";
      flow: Flow;
      methods: Method[];
      /** What an account can be made with, when the address is not known at sign-in. */
      registrable: Identifier[];
      /** What can sign in by code, when the address is known already at registration. */
      usableToSignIn: Identifier[];
      mustAgreeToRegister: boolean;
    }
  | { screen: "forgot-password"; identifiers: Identifier[]; form: FormTexts }
  | { screen: "set-password"; purpose: "register" | "continue" | "forgot-password" }
  | { screen: "continue"; identifiers: Identifier[]; form: FormTexts }
  | { screen: "message" };

/** What an identifier's field says of itself. */
export interface FormTexts {
  required: string;
  invalid: string;
}

export type PageData = ScreenData & { texts: Record<ScriptText, string> };
