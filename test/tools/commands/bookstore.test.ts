import { createServer } from "node:http";
import { readOutputs, requireLogto, requirePort } from "../../../tools/commands/bookstore";
import { freePort } from "../../support/free-port";
import { Project } from "../../support/project";
import { engineSaying, failureOf } from "../../support/tools";

jest.setTimeout(60_000);

const complete = {
  endpoint: "http://localhost:3001",
  appId: "abc",
  appSecret: "canary4711",
  redirectUri: "http://localhost:3000/callback",
};

describe("the stack's outputs", () => {
  test("are read with their secrets, and only those that Bookstore needs", async () => {
    const engine = engineSaying(JSON.stringify({ ...complete, other: "unknown" }));
    expect(await readOutputs(engine, "dev")).toEqual(complete);
    expect(engine.pulumi.mock.calls[0]?.[0].join(" ")).toBe(
      "stack output --json --show-secrets --stack dev --non-interactive",
    );
  });

  test("of a stack that was never up, or is destroyed, are missing, and the error says what to run", async () => {
    const expected =
      "The stack dev is not up (it has no output endpoint, appId, appSecret, redirectUri): run npm run up -- dev first.";
    const unknown = engineSaying("", "no stack named 'dev' found");
    expect(await failureOf(readOutputs(unknown, "dev"))).toBe(expected);
    expect(await failureOf(readOutputs(engineSaying("{}"), "dev"))).toBe(expected);
  });

  test("of a stack of an older version lack what is named", async () => {
    const { redirectUri: _later, ...earlier } = complete;
    const failure = await failureOf(readOutputs(engineSaying(JSON.stringify(earlier)), "local"));
    expect(failure).toContain("(it has no output redirectUri): run npm run up -- local first.");
    expect(failure).not.toContain("canary4711");
  });

  test("that cannot be read are an error in the engine's words", async () => {
    const engine = engineSaying("", "incorrect passphrase");
    expect(await failureOf(readOutputs(engine, "dev"))).toBe(
      "The outputs of the stack dev cannot be read: incorrect passphrase",
    );
  });
});

describe("Logto", () => {
  test("that does not answer, as after a reboot, is an error that says what to run", async () => {
    const endpoint = `http://localhost:${await freePort()}`;
    expect(await failureOf(requireLogto(endpoint, "local"))).toBe(
      `Logto does not answer at ${endpoint}/oidc/.well-known/openid-configuration (ECONNREFUSED): run npm run up -- local, and this again.`,
    );
  });

  test("is not whatever else answers there", async () => {
    const server = createServer((_request, response) => response.writeHead(404).end());
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const failure = await failureOf(requireLogto(`http://localhost:${port}`, "local"));
    server.close();
    expect(failure).toContain("(status 404)");
  });
});

describe("the port", () => {
  test("that is free is taken from the redirect URI", async () => {
    await requirePort(`http://localhost:${await freePort()}/callback`, "local");
  });

  test("that another program has is named, with the key that changes it", async () => {
    const server = createServer();
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
    const failure = await failureOf(requirePort(`http://localhost:${port}/callback`, "local"));
    server.close();
    expect(failure).toBe(
      `Bookstore cannot use port ${port}, another program does: end that program, or name another port in logto-stack:application.redirectUris and run npm run up -- local.`,
    );
  });

  test.each([
    "https://bookstore.example/callback",
    "http://bookstore.example:3000/callback",
    "http://localhost:3000/signed-in",
    "io.bookstore.app://callback",
  ])("is not to be had from %s, which the error names", async (redirectUri) => {
    const failure = await failureOf(requirePort(redirectUri, "acme/logto-stack/dev"));
    expect(failure).toContain(redirectUri);
    expect(failure).toContain("logto-stack:application.redirectUris (Pulumi.dev.yaml)");
  });
});

describe("npm run bookstore", () => {
  let project: Project;
  beforeAll(async () => {
    project = await Project.copy();
  });
  afterAll(() => project.remove());

  test("in a clone that was never up says so in one line", async () => {
    const { code, output } = await project.npm("bookstore");
    expect(output).toBe(
      "Stack local (the default)\nThe stack local is not up (it has no output endpoint, appId, appSecret, redirectUri): run npm run up -- local first.",
    );
    expect(code).toBe(1);
  });

  test("with a stack that has no file lists those that have one", async () => {
    const { code, output } = await project.npm("bookstore", ["quality"]);
    expect(output).toContain("There is no stack quality: Pulumi.quality.yaml does not exist.");
    expect(code).toBe(1);
  });

  test("takes the stack that is selected, and refuses what is no stack's name", async () => {
    await project.pulumi("stack", "init", "dev");
    expect((await project.npm("bookstore")).output).toMatch(
      /^Stack dev \(selected with pulumi stack select\)\nThe stack dev is not up/,
    );
    expect((await project.npm("bookstore", ["local"])).output).toContain("stack local is not up");
    expect((await project.npm("bookstore", ["--stack", "local"])).output).toContain("stack local");
    expect((await project.npm("bookstore", ["--port", "1"])).output).toBe(
      "npm run bookstore takes the name of a stack and nothing else (given: --port 1): npm run bookstore -- [STACK]",
    );
  });
});
