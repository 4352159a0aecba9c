import { type Change, email, problemsOf, read } from "../../support/settings";

test.each<[string, Change, string]>([
  [
    "a sender that is no address",
    email({ fromEmail: "bookstore" }),
    "logto-stack:email.fromEmail: expected an e-mail address, such as no-reply@bookstore.example",
  ],
  [
    "no sender",
    email({ fromEmail: undefined }),
    "logto-stack:email.fromEmail: is missing: expected an e-mail address, such as no-reply@bookstore.example",
  ],
  [
    "a templates folder that is not there",
    email({ templates: "infra/letters" }),
    "logto-stack:email.templates: infra/letters: expected a folder of e-mail templates",
  ],
  [
    "a recipient of test mails that is no address",
    email({ testRecipient: "me" }),
    "logto-stack:email.testRecipient: expected an e-mail address, such as you@bookstore.example",
  ],
  [
    "a preflight that is text",
    email({ preflight: "no" }),
    "logto-stack:email.preflight: expected true or false",
  ],
  ...[
    "api.sendgrid.com",
    "http://api.sendgrid.com",
    "https://api.sendgrid.com/v3",
    "https://canary@api.sendgrid.com",
    "http://localhost.evil.example",
  ].map((endpoint): [string, Change, string] => [
    `SendGrid at ${endpoint}`,
    email({ sendgridEndpoint: endpoint }),
    "logto-stack:email.sendgridEndpoint: expected https, or http on this machine, and no path, such as https://api.sendgrid.com",
  ]),
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

test.each([
  ["embedded", false],
  ["docker", true],
  ["external", true],
])("SendGrid is asked first where the runtime is %s: %s, unless it is set", (runtime, isAsked) => {
  const stack = (change: object) =>
    read({
      config: {
        "logto-stack:runtime": runtime,
        "logto-stack:docker": { logtoImage: "svhd/logto", postgresImage: "postgres" },
        "logto-stack:email": { fromEmail: "no-reply@bookstore.example", ...change },
      },
    }).email.preflight;
  expect(stack({})).toBe(isAsked);
  expect(stack({ preflight: !isAsked })).toBe(!isAsked);
});

test("SendGrid may be another host over TLS, or a stand-in on this machine", () => {
  for (const endpoint of ["https://api.eu.sendgrid.com/", "http://127.0.0.1:8025"]) {
    expect(read(email({ sendgridEndpoint: endpoint })).email.sendgridEndpoint).toBe(
      endpoint.replace(/\/$/, ""),
    );
  }
});

test.each(["a@b.c", "ü@b.example"])("a sender is taken as Logto takes it: %s", (value) => {
  expect(problemsOf(email({ fromEmail: value, testRecipient: value }))).toEqual([]);
});
