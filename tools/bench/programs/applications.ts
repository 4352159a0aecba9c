import * as pulumi from "@pulumi/pulumi";
import { Application } from "../../../infra/logto/application";
import { SendGridConnector } from "../../../infra/logto/sendgrid-connector";
import { SignInExperience } from "../../../infra/logto/sign-in-experience";

const config = new pulumi.Config("bench");
const count = config.requireNumber("count");
const description = `Revision ${config.require("revision")}`;

// Of a type without secrets: those with some take one request more each, whoever asks.
for (let number = 1; number <= count; number += 1) {
  new Application(`application-${number}`, {
    name: `Application ${number}`,
    type: "SPA",
    description,
    oidcClientMetadata: { redirectUris: [`https://${number}.bookstore.example/callback`] },
  });
}
// Not on a server of somebody else's, which has its own.
if (config.requireBoolean("isSandbox")) {
  const templates = ["Register", "SignIn", "ForgotPassword", "Generic"] as const;
  const connector = new SendGridConnector("email", {
    apiKey: "SG.bench",
    fromEmail: "no-reply@bookstore.example",
    templates: templates.map((usageType) => ({
      ...{ usageType, type: "text/plain", subject: description },
      content: "Enter {{code}}.",
    })),
  });
  new SignInExperience("sign-in-experience", { signInMode: "SignIn" }, { dependsOn: connector });
}
