import * as pulumi from "@pulumi/pulumi";
import { Application } from "../../../infra/logto/application";
import { SendGridConnector } from "../../../infra/logto/sendgrid-connector";
import { SignInExperience } from "../../../infra/logto/sign-in-experience";
import { declareEach, description } from "./declared";

declareEach((name, application) => new Application(name, application));
// Only on a sandbox: a real server already has its own.
if (new pulumi.Config("bench").requireBoolean("isSandbox")) {
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
