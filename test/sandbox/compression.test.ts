import http from "node:http";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";

/** Logto compresses what it answers, and so does the sandbox: programs have to take it. */

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
}, 60_000);

afterAll(() => sandbox.stop());

/** As it goes over the wire: `fetch` would ask for an encoding by itself. */
async function ask(
  method: string,
  path: string,
  accepted?: string,
  body?: string,
): Promise<{ status: number | undefined; encoding: string | undefined; vary: string | undefined }> {
  const headers = {
    authorization: `Bearer ${await sandbox.token()}`,
    ...(accepted !== undefined && { "accept-encoding": accepted }),
    ...(body !== undefined && { "content-type": "application/json" }),
  };
  return new Promise((resolve, reject) => {
    const request = http.request(`${sandbox.endpoint}${path}`, { method, headers }, (response) => {
      response.resume();
      response.once("end", () =>
        resolve({
          status: response.statusCode,
          encoding: response.headers["content-encoding"],
          vary: response.headers.vary,
        }),
      );
    });
    request.once("error", reject);
    request.end(body);
  });
}

test.each([
  ["gzip", "gzip"],
  ["br", "br"],
  ["deflate", "deflate"],
  ["identity", undefined],
  [undefined, undefined],
])("a long answer comes as it is asked for: %s", async (accepted, encoding) => {
  for (const path of ["/api/connector-factories", "/oidc/.well-known/openid-configuration"]) {
    expect(await ask("GET", path, accepted)).toMatchObject({ status: 200, encoding });
  }
});

test("what can be compressed says so to caches", async () => {
  expect((await ask("GET", "/api/status", "gzip")).vary).toContain("Accept-Encoding");
});

test("a short answer is not compressed", async () => {
  expect(await ask("GET", "/api/connectors", "gzip")).toMatchObject({
    status: 200,
    encoding: undefined,
  });
});

test("a refusal is not compressed, however long it is", async () => {
  const methods = Array.from({ length: 40 }, () => ({}));
  const body = JSON.stringify({ signIn: { methods } });
  expect(await ask("PATCH", "/api/sign-in-exp", "gzip", body)).toMatchObject({
    status: 400,
    encoding: undefined,
  });
});

test("who takes no encoding at all gets nothing", async () => {
  expect(await ask("GET", "/api/connector-factories", "identity;q=0")).toMatchObject({
    status: 406,
  });
});
