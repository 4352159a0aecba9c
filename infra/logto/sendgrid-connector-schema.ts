import { emailAddress } from "../email-address";
import { anyText, object } from "../fields";
import { sendGridApiKey } from "../sendgrid/api-key";
import { emailTemplates } from "./email-template-schema";

/** The config of Logto's e-mail connector for SendGrid. */
export const sendGridConfig = object({
  /** A SendGrid API key with the permission Mail Send. Secret. */
  apiKey: sendGridApiKey,
  /** A sender that SendGrid has verified. */
  fromEmail: emailAddress("no-reply@bookstore.example"),
  /** What mail programs show as the sender. Default: the address. */
  fromName: anyText("a name, such as Bookstore").optional(),
  /** At least one each of `Register`, `SignIn`, `ForgotPassword` and `Generic`; their order does not matter. */
  templates: emailTemplates,
});
