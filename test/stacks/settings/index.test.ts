import fc from "fast-check";
import { parseSettings } from "../../../stacks/settings";
import { neededSecrets } from "../../../stacks/secret-settings";
import { readTemplates } from "../../../stacks/templates";
import { shippedConfig } from "../../support/registered";
import { json, problemsOf, read, rightConfig, secretKeys } from "../../support/settings";

test("everything that is wrong is reported at once", () => {
  const problems = problemsOf({
    config: {
      "logto:endpoint": "nowhere",
      "logto-stack:application": { redirectUris: ["a", "b"], colour: 1 },
      "logto-stack:email": { templates: "nowhere" },
      "logto-stack:embedded": { postgresPort: 1 },
    },
    without: ["logto:clientSecret", "logto-stack:signInExperience"],
    plain: ["logto:fingerprintKey"],
  });
  expect(problems.map((line) => line.split(": ")[1])).toEqual([
    "logto-stack:application.colour",
    "logto-stack:application.name",
    "logto-stack:application.redirectUris[0]",
    "logto-stack:application.redirectUris[1]",
    "logto-stack:email.fromEmail",
    "logto-stack:email.templates",
    "logto-stack:embedded.postgresPort",
    "logto-stack:signInExperience",
    "logto:clientSecret",
    "logto:endpoint",
    "logto:fingerprintKey",
  ]);
});

test("a setting's value is never shown, as it may be a secret in the wrong place", () => {
  const keys = [...Object.keys(rightConfig()), "logto:token"];
  const canary = "canary-9f31";
  fc.assert(
    fc.property(fc.subarray(keys), fc.subarray(secretKeys), (changed, plain) => {
      const config = Object.fromEntries(changed.map((key) => [key, canary]));
      expect(problemsOf({ config, plain }).join("\n")).not.toContain(canary);
      expect(problemsOf({ config, plain }).join("\n")).not.toContain("SG.canary");
    }),
  );
});

test("a right stack is read with its defaults", () => {
  expect(read({})).toEqual({
    stack: "local",
    runtime: "embedded",
    logto: {
      endpoint: "http://localhost:3001",
      clientId: "infrastructure",
      resource: "https://default.logto.app/api",
    },
    embedded: { outboxPort: 3003 },
    application: {
      name: "Bookstore",
      type: "Traditional",
      redirectUris: ["http://localhost:3000/callback"],
      postLogoutRedirectUris: ["http://localhost:3000/"],
    },
    email: {
      fromEmail: "no-reply@bookstore.example",
      fromName: "Bookstore",
      templates: ["ForgotPassword", "Generic", "Register", "SignIn"].map((usageType): unknown =>
        expect.objectContaining({ usageType, type: "text/html" }),
      ),
      preflight: false,
      sendgridEndpoint: "https://api.sendgrid.com",
    },
    signInExperience: { signUpIdentifier: "email", password: false, mode: "SignInAndRegister" },
  });
});

test.each(["local", "dev", "staging", "production"])(
  "Pulumi.%s.yaml is right and holds no secret",
  (stack) => {
    const shipped = shippedConfig(stack);
    for (const key of secretKeys) {
      expect(shipped[key] ?? { secure: "" }).toHaveProperty("secure");
    }
    const config = Object.entries(shipped)
      .filter(([key]) => !secretKeys.includes(key))
      .map(([key, value]) => [key, typeof value === "string" ? value : json(value)]);
    const secrets = neededSecrets(shipped).map(({ key, generate: made }) => [key, made()]);
    expect(
      parseSettings({
        stack,
        config: Object.fromEntries([...config, ...secrets]) as Record<string, string>,
        secretKeys: new Set(secretKeys),
        readTemplates,
      }),
    ).toMatchObject({
      application: { name: "Bookstore" },
      email: { fromEmail: "no-reply@bookstore.example", fromName: "Bookstore" },
      signInExperience: { signUpIdentifier: "email" },
      ...(["staging", "production"].includes(stack) && { docker: { protect: true } }),
    });
  },
);
