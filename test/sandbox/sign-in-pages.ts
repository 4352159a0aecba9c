import type { Sandbox } from "../support/sandbox";
import { type Page, Visitor } from "../support/visitor";
import { addClient, authorizationUrl, type Client } from "./oidc-client";

/** A sign-in experience for codes by e-mail, with nothing else declared. */
const plain = {
  color: { primaryColor: "#0b6e4f", isDarkModeEnabled: false, darkPrimaryColor: "#3ddc97" },
  branding: {},
  languageInfo: { autoDetect: true, fallbackLanguage: "en" },
  termsOfUseUrl: "",
  privacyPolicyUrl: "",
  agreeToTermsPolicy: "Automatic",
  signInMode: "SignInAndRegister",
  signIn: { methods: [method("email", { verificationCode: true })] },
  signUp: { identifiers: ["email"], password: false, verify: true },
  forgotPasswordMethods: [],
  passwordPolicy: {},
  customCss: "",
  supportEmail: "",
  supportWebsiteUrl: "",
  unknownSessionRedirectUrl: "",
};

/** How an identifier signs in; not by what is left out. */
export function method(
  identifier: "email" | "username" | "phone",
  ways: { password?: boolean; verificationCode?: boolean; isPasswordPrimary?: boolean },
): object {
  return { identifier, password: false, verificationCode: false, isPasswordPrimary: true, ...ways };
}

/** Declares the sign-in experience, as `infra/logto` would. What is left out is plain. */
export async function declare(
  sandbox: Sandbox,
  experience: Record<string, unknown> = {},
): Promise<void> {
  const { status, body } = await sandbox.request("PATCH", "/api/sign-in-exp", {
    ...plain,
    ...experience,
  });
  expect({ status, body }).toMatchObject({ status: 200 });
}

/** Writes columns that the API would not take: what is stored may be older than its rules. */
export async function store(sandbox: Sandbox, columns: Record<string, unknown>): Promise<void> {
  for (const [name, value] of Object.entries(columns)) {
    await sandbox.query(`update sign_in_experiences set ${name} = $1 where tenant_id = 'default'`, [
      typeof value === "object" ? JSON.stringify(value) : value,
    ]);
  }
}

/** The pages as one browser gets them that an application has sent to sign in. */
export class SignInVisit {
  private constructor(
    readonly visitor: Visitor,
    readonly client: Client,
  ) {}

  static async begin(
    sandbox: Sandbox,
    parameters: Record<string, string> = {},
  ): Promise<SignInVisit> {
    const client = await addClient(sandbox);
    const visitor = new Visitor(sandbox.endpoint);
    await visitor.get(authorizationUrl(client, parameters));
    return new SignInVisit(visitor, client);
  }

  open(path: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.visitor.get(path, { "accept-language": "en", ...headers });
  }
}
