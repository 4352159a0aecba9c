import { freePort } from "../support/free-port";
import { type IdentityProvider, startIdentityProvider } from "../support/identity-provider";
import { askForToken, type Sandbox, startSandboxProcess } from "../support/sandbox";
import {
  capture,
  differences,
  type Exchange,
  type Names,
  recordedScenarios,
  replaceNames,
  withNames,
} from "./recording";

/** The scenarios of the kinds that the sandbox has, by the round in which they were recorded. */
const rounds = {
  first: recordedScenarios([
    "status",
    "authentication",
    "application:",
    "applications:",
    "connector",
    "sign-in experience",
    "API resource",
    "role",
    "machine-to-machine",
    "organization",
    "user",
    "account center",
    "e-mail templates",
    "access token customizer",
    "custom phrases",
    "custom profile fields",
    "captcha",
    "webhook",
  ]),
  second: recordedScenarios(
    [
      "API resource",
      "resource scopes",
      "role scopes",
      "roles:",
      "role and users",
      "user: ",
      "users: ",
      "SSO connector",
      "webhook",
      "organization role",
      "organization template",
      "organizations:",
      "account center",
      "e-mail templates",
      "JWT customizers",
      "actions",
      "ID token",
      "OIDC session",
      "custom phrases",
      "profile fields",
      "captcha",
    ],
    "management-api-2.json",
  ),
  "identity provider": recordedScenarios(["SSO connector"], "sso-idp.json").map((scenario) => ({
    ...scenario,
    // The sandbox shows no SSO connectors on its pages.
    steps: scenario.steps.filter(({ request }) => !request.path.includes("/.well-known/")),
  })),
};
const total = Object.values(rounds)
  .flat()
  .reduce((sum, { steps }) => sum + steps.length, 0);
let answeredAsRecorded = 0;
let sandbox: Sandbox;
let identityProvider: IdentityProvider;
let token: string;

afterAll(() => {
  process.stdout.write(
    `\n${answeredAsRecorded} of ${total} recorded exchanges answered as recorded\n`,
  );
});

test("the recordings hold the 733 exchanges that count", () => {
  expect(total).toBe(733);
});

// Each round on a database of its own, as it was recorded.
describe.each(Object.entries(rounds))(
  "as recorded from a real Logto, %s round:",
  (_, scenarios) => {
    beforeAll(async () => {
      identityProvider = await startIdentityProvider();
      sandbox = await startSandboxProcess({ withAdmin: true });
      token = await adminToken(sandbox);
    }, 60_000);
    afterAll(async () => {
      await sandbox.stop();
      await identityProvider.close();
    });

    // In their order: they leave traces in the database.
    test.each(scenarios)("$name", async ({ steps }) => {
      const names: Names = new Map([
        ["identityProvider", identityProvider.issuer],
        ["noOne", `http://127.0.0.1:${await freePort()}`],
      ]);
      const failures: string[] = [];
      for (const step of steps) {
        const found = await replay(step, names);
        answeredAsRecorded += found.length === 0 ? 1 : 0;
        failures.push(
          ...found.map((what) => `${step.request.method} ${step.request.path}: ${what}`),
        );
      }
      expect(failures).toEqual([]);
    });
  },
);

async function replay(step: Exchange, names: Names): Promise<string[]> {
  const { method, path, body, auth } = withNames(step.request, names);
  const answer = await sandbox.request(method, path, body, auth ?? token);
  capture(step, answer.body, names);
  const { status, headers = {}, body: recorded } = withNames(step.response, names);
  return [
    ...differences(answer.status, status, "status"),
    ...differences(answer.body, recorded),
    ...Object.entries(headers).flatMap(([name, value]) =>
      differences(lastValue(answer.headers.get(name)), replaceNames(value, names), name),
    ),
  ];
}

/** The recording kept the last of the headers that have one name, and left the server's origin out. */
function lastValue(header: string | null): string | undefined {
  return header?.split(", ").at(-1)?.replace(`<${sandbox.endpoint}/`, "</");
}

/** A token that needs no application in the tenant `default`: one there would show in its lists. */
async function adminToken(sandbox: Sandbox): Promise<string> {
  const [row] = await sandbox.query<{ secret: string }>(
    "select secret from applications where tenant_id = 'admin' and id = 'm-default'",
  );
  const { body } = await askForToken(sandbox.adminEndpoint as string, {
    clientId: "m-default",
    clientSecret: row?.secret as string,
  });
  return (body as { access_token: string }).access_token;
}
