import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import type { AddressInfo } from "node:net";
import { z } from "zod";
import { patience } from "../../../infra/patience";
import { managementApi } from "../../../infra/logto/management-api";
import { isUserError } from "../../../infra/user-error";
import { makeCertificate } from "../../support/certificate";
import { evaluateProvider } from "../../support/provider";

/** A server in Logto's place that means no good: each of its answers is one line of an error, and no more. */
jest.mock("../../../infra/patience", () => ({
  patience: { timeLimit: 60_000, tries: 2, firstPause: 5, longestPause: 5, longestRetryAfter: 100 },
}));

const clientSecret = "canarySecret4711";
const accessToken = "canaryToken4711";
const token = JSON.stringify({ access_token: accessToken, expires_in: 3600 });

type Handler = (request: http.IncomingMessage, response: http.ServerResponse) => void;
const servers: http.Server[] = [];

async function listen(server: http.Server, scheme: string): Promise<string> {
  servers.push(server.listen(0, "127.0.0.1"));
  await once(server, "listening");
  return `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
    await once(server, "close");
  }
});

/** What a user reads when a thing is asked of that server. */
async function errorOf(endpoint: string): Promise<string> {
  const api = managementApi({
    endpoint,
    clientId: "infrastructure",
    clientSecret,
    resource: "https://default.logto.app/api",
  });
  const error = await api
    .call({
      purpose: "read the thing",
      method: "GET",
      path: "api/things",
      accept: { 200: z.object({ id: z.string() }).passthrough() },
    })
    .then(
      () => new Error("no error"),
      (thrown: unknown) => thrown as Error,
    );
  expect(isUserError(error)).toBe(true);
  expect(error.message).not.toMatch(/canary|\n/);
  return error.message.replaceAll(endpoint, "ENDPOINT");
}

/** It gives a token, and then that. */
const serving = (handler: Handler) =>
  listen(
    http.createServer((request, response) => {
      if (request.url === "/oidc/token") response.end(token);
      else handler(request, response);
    }),
    "http",
  );

test("a body that never ends is broken off, and not asked for again", async () => {
  let requests = 0;
  let broken: Promise<unknown> | undefined;
  const endpoint = await serving((_, response) => {
    requests += 1;
    broken = once(response, "close");
    const part = Buffer.alloc(1024 * 1024, "x");
    const go = () => {
      while (response.write(part));
    };
    response.on("drain", go);
    go();
  });
  expect(await errorOf(endpoint)).toBe(
    "Could not read the thing: the answer was broken off, as it is larger than any of Logto's; is ENDPOINT a Logto?",
  );
  await broken;
  expect(requests).toBe(1);
});

test("a body that drips on and on is given up after the time for one try, and asked for once more", async () => {
  let requests = 0;
  const dripping: NodeJS.Timeout[] = [];
  const endpoint = await serving((_, response) => {
    requests += 1;
    dripping.push(setInterval(() => response.write(" "), 20));
  });
  const { timeLimit } = patience;
  patience.timeLimit = 300;
  try {
    expect(await errorOf(endpoint)).toMatch(
      /^Could not read the thing: Logto at ENDPOINT does not answer \(ETIMEDOUT\); /,
    );
  } finally {
    patience.timeLimit = timeLimit;
    dripping.forEach(clearInterval);
  }
  expect(requests).toBe(2);
});

test.each<[string, string]>([
  ["lies ten thousand deep", `{"id": "a", "deep": ${"[".repeat(10_000)}${"]".repeat(10_000)}}`],
  ["has a list where an object is", "[]"],
  ["has a number where a text is", '{"id": 1}'],
  ["is cut in the middle of a character", '{"id": "\ud83d'],
])("a body that %s is not taken", async (_, body) => {
  const endpoint = await serving((_request, response) => {
    response.writeHead(200, { "content-type": "application/json" }).end(body);
  });
  expect(await errorOf(endpoint)).toBe(
    "Could not read the thing: GET ENDPOINT/api/things answered 200 with a body that is not Logto's (application/json); is ENDPOINT a Logto?",
  );
});

/** A resource's provider against a server with those answers, as JSON. */
async function providerAgainst(type: string, answers: Record<string, unknown>) {
  const endpoint = await serving((request, response) => {
    response.end(JSON.stringify(answers[`${request.method ?? ""} ${request.url ?? ""}`]));
  });
  return evaluateProvider<object, object>(type, {
    "logto:endpoint": endpoint,
    "logto:clientId": "infrastructure",
    "logto:clientSecret": clientSecret,
  });
}

test("a time that is none is not taken", async () => {
  const application = {
    ...{ id: "a", name: "Bookstore", type: "Traditional", isThirdParty: false },
    ...{ oidcClientMetadata: {}, customClientMetadata: {}, customData: {} },
  };
  const provider = await providerAgainst("logto:Application", {
    "GET /api/applications/a": application,
    "GET /api/applications/a/secrets": [{ name: "one", value: "canary", expiresAt: 1e20 }],
  });
  const declared = { name: "Bookstore", type: "Traditional", secrets: [{ name: "one" }] };
  await expect(provider.read("a", declared)).rejects.toThrow(
    /^Could not read the secrets of the application "Bookstore": .* with a body that is not Logto's/,
  );
});

test("a column that is missing where it was sent is one line as well", async () => {
  const provider = await providerAgainst("logto:SignInExperience", {
    "GET /api/sign-in-exp": { id: "default", socialSignInConnectorTargets: [] },
    "PATCH /api/sign-in-exp": { id: "default" },
  });
  await expect(provider.create({ socialSignInConnectorTargets: ["canary"] })).rejects.toThrow(
    "socialSignInConnectorTargets: Logto has no connector for canary",
  );
});

test("a token that comes in half is not shown", async () => {
  const endpoint = await listen(
    http.createServer((_, response) => response.end(token.slice(0, -10))),
    "http",
  );
  expect(await errorOf(endpoint)).toMatch(/answered 200 with a body that is not Logto's; check /);
});

test.each(["/oidc/token", "/api/things"])(
  "a redirect of %s to another host is not followed: no credential goes there",
  async (redirected) => {
    const stranger: string[] = [];
    const elsewhere = await listen(
      http.createServer((request, response) => {
        stranger.push(request.url ?? "");
        response.end("{}");
      }),
      "http",
    );
    const endpoint = await listen(
      http.createServer((request, response) => {
        if (request.url === redirected) {
          response.writeHead(307, { location: `${elsewhere}${redirected}` }).end();
        } else response.end(token);
      }),
      "http",
    );
    expect(await errorOf(endpoint)).toContain("answered 307");
    expect(stranger).toEqual([]);
  },
);

test("a server whose certificate is not trusted gets no credential", async () => {
  let requests = 0;
  const server = https.createServer(await makeCertificate(["localhost"]), (_, response) => {
    requests += 1;
    response.end(token);
  });
  expect(await errorOf(await listen(server, "https"))).toContain(
    "this machine does not trust its certificate",
  );
  expect(requests).toBe(0);
});
