import {
  application,
  type Change,
  email,
  experience,
  problemsOf,
  read,
  setting,
} from "../../support/settings";

test.each<[string, Change, string]>([
  [
    "an unknown key of logto",
    setting("logto:endpiont", "http://localhost:3001"),
    "logto:endpiont: unknown key: expected one of logto:endpoint, logto:adminEndpoint, logto:clientId, logto:resource, logto:parallel, logto:fingerprintKey, logto:clientSecret",
  ],
  [
    "an unknown key of logto-stack",
    setting("logto-stack:mail", "x"),
    "logto-stack:mail: unknown key: expected one of logto-stack:runtime, logto-stack:embedded, logto-stack:docker, logto-stack:application, logto-stack:email, logto-stack:signInExperience, logto-stack:sendgridApiKey, logto-stack:redisUrl, logto-stack:administratorPassword",
  ],
  [
    "no runtime",
    { without: ["logto-stack:runtime"] },
    "logto-stack:runtime: is missing: expected one of embedded, docker, external",
  ],
  [
    "an unknown runtime",
    setting("logto-stack:runtime", "podman"),
    "logto-stack:runtime: expected one of embedded, docker, external",
  ],
])("%s is refused by key and expectation", (_case, change, problem) => {
  expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
});

test("a text that looks like a number stays a text", () => {
  expect(read(setting("logto:clientId", "1234")).logto.clientId).toBe("1234");
});

test.each<[string, Change, string]>([
  [
    "name: 2020_1",
    application({ name: 20201 }),
    "logto-stack:application.name: expected a name of 1 to 256 characters; YAML reads what is there as a number: quote it",
  ],
  [
    "primaryColor: #7A3E1D",
    experience({ primaryColor: null }),
    "logto-stack:signInExperience.primaryColor: expected a colour, such as #6139F6; YAML reads what is there as nothing, as # begins a comment: quote it",
  ],
  [
    "fromName: true",
    email({ fromName: true }),
    "logto-stack:email.fromName: expected a name, such as Bookstore; YAML reads what is there as true or false: quote it",
  ],
  [
    "name: 2027-01-31",
    application({ name: "2027-01-31T00:00:00Z" }),
    "logto-stack:application.name: expected a name of 1 to 256 characters; YAML reads what is there as a date: quote it",
  ],
])(
  "where YAML makes something else of a text, the message says to quote it: %s",
  (_, change, problem) => {
    expect(problemsOf(change)).toEqual([`Pulumi.local.yaml: ${problem}`]);
  },
);

test("a date without quotes is refused once, also in a list", () => {
  expect(problemsOf(application({ redirectUris: ["2027-01-31T00:00:00Z"] }))).toEqual([
    "Pulumi.local.yaml: logto-stack:application.redirectUris[0]: expected a URL, such as https://bookstore.example/callback or io.bookstore.app://callback; YAML reads what is there as a date: quote it",
  ]);
});
