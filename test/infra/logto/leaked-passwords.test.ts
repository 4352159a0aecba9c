import * as pulumi from "@pulumi/pulumi";
import { leftBy } from "../../support/engine";
import { evaluateProvider } from "../../support/provider";
import {
  type Exchange,
  type ScriptedServer,
  startScriptedServer,
} from "../../support/scripted-server";

/** What a Logto without a way to the Internet answers, and what is said of it. */
const signUp = { identifiers: ["username"], password: true, verify: false };
const experience = { id: "default", signUp, signIn: { methods: [] }, passwordPolicy: {} };
const read: Exchange = { method: "GET", path: "/api/sign-in-exp", body: experience };
const patched = (change: object): Exchange => ({
  method: "PATCH",
  path: "/api/sign-in-exp",
  body: { ...experience, ...change },
});
const look = (status: number, body: unknown): Exchange => ({
  method: "POST",
  path: "/api/sign-in-exp/default/check-password",
  status,
  body,
});
const invalid = (message: string) => ({
  code: "request.invalid_input",
  message: "Input is invalid.",
  data: { message },
});
const unreachable = look(400, invalid("fetch failed"));
const warning =
  "Logto cannot reach api.pwnedpasswords.com, where it looks up leaked passwords (no connection), and refuses every new password until it can: let its machine or container connect to that over https, or declare passwordPolicy.rejects.pwned as false (logto-stack:signInExperience.passwordRejectsLeaked)";

let server: ScriptedServer;
let warnings: string[];
beforeEach(() => {
  warnings = [];
  jest.spyOn(pulumi.log, "warn").mockImplementation((message) => {
    warnings.push(message);
    return Promise.resolve();
  });
});
afterEach(() => server.close());

async function create(inputs: object, exchanges: Exchange[]) {
  server = await startScriptedServer(exchanges);
  const provider = evaluateProvider<object, object>("logto:SignInExperience", {
    "logto:endpoint": server.endpoint,
    "logto:clientSecret": "canary-secret",
  });
  return provider.create(inputs);
}

test("users with passwords and no way to look them up are one warning in one line", async () => {
  const { id } = await create({ signUp }, [read, unreachable]);
  expect(id).toBe("default");
  expect(warnings).toEqual([warning]);
});

test("if it is declared that they are looked up, it is an error, and the state remembers what was done", async () => {
  const policy = { passwordPolicy: { rejects: { pwned: true } } };
  const error = await create(policy, [read, patched(policy), unreachable]).then(
    () => new Error("no error"),
    (thrown: unknown) => thrown as Error,
  );
  expect(error.message).toBe(`passwordPolicy.rejects.pwned: ${warning}`);
  expect(error.stack).toBe(error.message);
  expect(leftBy(error)).toMatchObject({
    id: "default",
    state: { original: { passwordPolicy: {} } },
  });
});

test.each<[string, Exchange]>([
  ["takes the password", look(200, { result: true })],
  [
    "has something against it",
    look(400, { result: false, issues: [{ code: "password_rejected" }] }),
  ],
  [
    "misses the user",
    look(400, invalid("User information data is required to check user information.")),
  ],
  ["has no such route", look(404, "Not Found")],
  ["fails", look(500, { message: "Internal server error." })],
])("a Logto that %s is not said to lack a way to the Internet", async (_, answer) => {
  await create({ signUp }, [read, answer]);
  expect(warnings).toEqual([]);
});

test.each<[string, object]>([
  ["no one has a password", { signInMode: "SignIn" }],
  ["it is declared that nothing is looked up", { passwordPolicy: { rejects: { pwned: false } } }],
])("Logto is not asked where %s", async (_, inputs) => {
  await create(inputs, [read, patched(inputs)]);
  expect(server.requests.map(({ line }) => line)).not.toContain(
    "POST /api/sign-in-exp/default/check-password",
  );
});

test("what it is asked with is another password each time", async () => {
  const asked: unknown[] = [];
  while (asked.length < 2) {
    await create({ signUp }, [read, look(200, { result: true })]);
    asked.push(JSON.parse(server.requests.at(-1)?.body ?? ""));
    if (asked.length === 1) await server.close();
  }
  expect(asked[0]).toEqual({ password: expect.stringMatching(/^.{24}$/) as string });
  expect(asked[0]).not.toEqual(asked[1]);
});
