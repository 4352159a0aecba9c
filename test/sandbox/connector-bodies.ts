/** Has the form of a real key, which is why none is written down anywhere. */
export const apiKey = `SG.${"a".repeat(22)}.${"b".repeat(43)}`;

const usageTypes = ["Register", "SignIn", "ForgotPassword", "Generic"];

export const sendGrid = {
  connectorId: "sendgrid-email-service",
  config: {
    apiKey,
    fromEmail: "no-reply@bookstore.example",
    templates: usageTypes.map((usageType) => ({
      usageType,
      type: "text/plain",
      subject: `${usageType} subject`,
      content: "Your code is {{code}}",
    })),
  },
};

export const smtp = {
  connectorId: "simple-mail-transfer-protocol",
  config: {
    host: "mail.bookstore.example",
    port: 587,
    auth: { type: "login", user: "bookstore", pass: "canary" },
    fromEmail: "no-reply@bookstore.example",
    templates: sendGrid.config.templates.map(({ type, ...template }) => ({
      ...template,
      contentType: type,
    })),
  },
};

export const twilio = {
  connectorId: "twilio-short-message-service",
  config: {
    accountSID: "AC0",
    authToken: "canary",
    fromMessagingServiceSID: "MG0",
    templates: usageTypes.map((usageType) => ({ usageType, content: "Your code is {{code}}" })),
  },
};

export const gitHub = {
  connectorId: "github-universal",
  config: { clientId: "bookstore", clientSecret: "canary" },
};
