import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import { networkInterfaces } from "node:os";
import { inflateSync } from "node:zlib";
import { addClient, addUser, type Client, formOf, signInAs } from "../sandbox/oidc-client";
import { type Bookstore, type Outputs, startBookstore } from "../support/bookstore";
import { freePort } from "../support/free-port";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { type Page, Visitor } from "../support/visitor";
import { describeWith } from "../support/what-is-missing";

/** The real Flask application, signing people in by the real sandbox. */
jest.setTimeout(120_000);

let sandbox: Sandbox;
let client: Client;
let outputs: Outputs;
let bookstore: Bookstore;
let visitor: Visitor;

const address = "ada@bookstore.example";
const secretOf = () => client.secret as string;

describeWith(["python"], "Bookstore", () => {
  beforeAll(async () => {
    sandbox = await startSandboxProcess();
    const url = `http://localhost:${await freePort()}`;
    client = await addClient(sandbox, {
      oidcClientMetadata: {
        redirectUris: [`${url}/callback`],
        postLogoutRedirectUris: [`${url}/`],
      },
    });
    outputs = {
      endpoint: sandbox.endpoint,
      appId: client.id,
      appSecret: secretOf(),
      redirectUri: client.redirectUri,
      postLogoutRedirectUri: `${url}/`,
    };
    bookstore = await startBookstore(outputs);
  });
  afterAll(async () => {
    await bookstore.stop();
    await sandbox.stop();
  });
  beforeEach(() => {
    visitor = new Visitor(bookstore.url);
  });

  /** From Bookstore's link over Logto's pages back to Bookstore's callback, which is not asked yet. */
  async function signInAtLogto(page = "/sign-in"): Promise<string> {
    const begin = await visitor.get(page);
    const browserAtLogto = new Visitor(sandbox.endpoint);
    await browserAtLogto.get(begin.location as string);
    const person = await personWith(address);
    const { location } = await signInAs(sandbox, browserAtLogto, person);
    return location as string;
  }

  async function personWith(email: string): Promise<string> {
    const [known] = await sandbox.query<{ id: string }>(
      "select id from users where primary_email = $1",
      [email],
    );
    return known?.id ?? addUser(sandbox, { primary_email: email });
  }

  describe("signing in", () => {
    test("the home page offers to sign in and to create an account, and says nothing of anybody", async () => {
      const { status, text } = await visitor.get("/");
      expect(status).toBe(200);
      expect(text).toContain('href="/sign-in"');
      expect(text).toContain('href="/sign-in?first=register"');
      expect(text).not.toContain("Sign out");
    });

    test("begins with a code challenge, the declared redirect URI and the scope that the address needs", async () => {
      const { status, location } = await visitor.get("/sign-in");
      const { origin, pathname, searchParams } = new URL(location as string);
      expect([status, origin, pathname]).toEqual([302, sandbox.endpoint, "/oidc/auth"]);
      expect(Object.fromEntries(searchParams)).toMatchObject({
        client_id: client.id,
        redirect_uri: client.redirectUri,
        code_challenge_method: "S256",
        scope: "email openid offline_access profile",
      });
      expect(searchParams.has("interaction_mode")).toBe(false);
    });

    test("opens the page to register first if that is asked for", async () => {
      const { location } = await visitor.get("/sign-in?first=register");
      const page = await new Visitor(sandbox.endpoint).get(location as string);
      expect(page.location).toBe(`/register?app_id=${client.id}`);
    });

    test("ends on the home page, which shows the claims of the person", async () => {
      const back = await visitor.get(await signInAtLogto());
      expect([back.status, back.location]).toEqual([302, "/"]);
      const { text } = await visitor.get("/");
      const time = /^\d\d \w+ 20\d\d, \d\d:\d\d:\d\d UTC$/;
      expect(claimsOf(text)).toMatchObject({
        sub: await personWith(address),
        email: address,
        email_verified: "yes",
        iss: `${sandbox.endpoint}/oidc`,
        aud: client.id,
        iat: expect.stringMatching(time) as string,
        updated_at: expect.stringMatching(time) as string,
      });
    });

    test("keeps the session in a cookie that no script reads and no other site can post with", async () => {
      await visitor.get(await signInAtLogto());
      const { cookies } = await visitor.get("/sign-in");
      const cookie = cookies.find((line) => line.startsWith("bookstore_session="));
      expect(cookie).toMatch(/; HttpOnly; Path=\/; SameSite=Lax$/);
    });

    test("a session that somebody has changed is none", async () => {
      await visitor.get(await signInAtLogto());
      const cookie = visitor.cookie("bookstore_session") as string;
      visitor.setCookie("bookstore_session", `${cookie.slice(0, -4)}AAAA`);
      expect((await visitor.get("/")).text).not.toContain(address);
    });

    test("a session of another run of Bookstore is none", async () => {
      await visitor.get(await signInAtLogto());
      const later = await startBookstore({
        ...outputs,
        redirectUri: `http://localhost:${await freePort()}/callback`,
      });
      const elsewhere = new Visitor(later.url);
      elsewhere.setCookie("bookstore_session", visitor.cookie("bookstore_session") as string);
      const { text } = await elsewhere.get("/");
      await later.stop();
      expect(text).not.toContain(address);
    });
  });

  describe("signing out", () => {
    test("ends the session here and at Logto, and comes back to the declared address", async () => {
      await visitor.get(await signInAtLogto());
      expect((await visitor.get("/")).text).toContain('<form method="post" action="/sign-out">');
      const { status, location } = await visitor.post("/sign-out", {});
      expect(status).toBe(302);
      const { origin, pathname, searchParams } = new URL(location as string);
      expect([origin, pathname]).toEqual([sandbox.endpoint, "/oidc/session/end"]);
      expect(Object.fromEntries(searchParams)).toEqual({
        client_id: client.id,
        post_logout_redirect_uri: `${bookstore.url}/`,
      });
      expect((await visitor.get("/")).text).not.toContain(address);

      const atLogto = new Visitor(sandbox.endpoint);
      const end = await atLogto.get(location as string);
      const last = end.location === undefined ? await atLogto.post(...formOf(end.text)) : end;
      expect(last.location).toBe(`${bookstore.url}/`);
    });

    test("a mere link does not sign anyone out", async () => {
      await visitor.get(await signInAtLogto());
      expect((await visitor.get("/sign-out")).location).toBe("/");
      expect((await visitor.get("/")).text).toContain(address);
    });
  });

  describe("a callback that fails", () => {
    test("says what Logto said, with a way back", async () => {
      await visitor.get("/sign-in");
      const page = await visitor.get(
        "/callback?error=access_denied&error_description=The+user+said+no",
      );
      expect(page.status).toBe(400);
      expect(detailsOf(page)).toEqual(["access_denied", "The user said no"]);
      expect(page.text).toContain('href="/sign-in"');
      expect(page.text).toContain('href="/"');
    });

    test("cannot put markup into the page", async () => {
      await visitor.get("/sign-in");
      const script = "<script>alert(1)</script>";
      const { text } = await visitor.get(
        `/callback?error=${encodeURIComponent(script)}&error_description=${encodeURIComponent(script)}`,
      );
      expect(text).not.toContain(script);
      expect(text).toContain("&lt;script&gt;");
    });

    test("that no one has begun is refused, and puts no words into Logto's mouth", async () => {
      const page = await visitor.get("/callback?error=access_denied&error_description=Call+us");
      expect(page.status).toBe(400);
      expect(detailsOf(page)).toEqual(["Sign-in session not found"]);
    });

    test("of another sign-in is refused", async () => {
      await visitor.get("/sign-in");
      const page = await visitor.get("/callback?code=abc&state=of-somebody-else");
      expect(page.status).toBe(400);
      expect(detailsOf(page)).toEqual(["Invalid state in the callback URI"]);
    });

    test("with a code that Logto does not take says so, and does not sign anyone in", async () => {
      const callback = new URL(await signInAtLogto());
      callback.searchParams.set("code", "never-issued");
      const page = await visitor.get(callback.href);
      expect(page.status).toBe(400);
      expect(detailsOf(page).join()).toMatch(/invalid_grant|oidc\.invalid_grant/);
      expect((await visitor.get("/")).text).not.toContain("Sign out");
    });

    test("that is loaded again is refused, and the person stays signed in", async () => {
      const callback = await signInAtLogto();
      await visitor.get(callback);
      expect((await visitor.get(callback)).status).toBe(400);
      expect((await visitor.get("/")).text).toContain(address);
    });
  });

  describe("every page", () => {
    test.each(["/", "/callback", "/nothing-here"])(
      "%s forbids scripts, frames and referrers",
      async (page) => {
        const { headers } = await visitor.get(page);
        expect(headers.get("content-security-policy")).toBe(
          `default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self' ${sandbox.endpoint}; frame-ancestors 'none'`,
        );
        expect(headers.get("referrer-policy")).toBe("no-referrer");
        expect(headers.get("x-content-type-options")).toBe("nosniff");
        expect(headers.get("cache-control")).toBe("no-store");
      },
    );

    test("that is not there says so and leads back", async () => {
      const { status, text } = await visitor.get("/nothing-here");
      expect(status).toBe(404);
      expect(text).toContain("Not Found");
      expect(text).toContain('href="/"');
    });

    test("has its style from here, and nothing from elsewhere", async () => {
      const { text } = await visitor.get("/");
      const assets = [...text.matchAll(/<link [^>]*href="([^"]+)"/g)].map(
        ([, href]) => href as string,
      );
      expect(assets).toEqual(["/static/bookstore.css", "/static/bookstore.svg"]);
      for (const asset of assets) {
        const { status, text: content } = await visitor.get(asset);
        expect(status).toBe(200);
        expect(content).not.toMatch(/@import|url\(/);
      }
    });

    test("under another name of this machine leads to the one that the redirect URI has", async () => {
      const { port } = new URL(bookstore.url);
      const { status, location } = await new Visitor(`http://127.0.0.1:${port}`).get("/sign-in");
      expect([status, location]).toEqual([302, `${bookstore.url}/`]);
    });
  });

  describe("a Logto that is not well", () => {
    test("is said not to answer if nothing listens", async () => {
      const page = await signInBy(`http://localhost:${await freePort()}`);
      expect(page.status).toBe(502);
      expect(page.text).toContain("Logto does not answer");
      expect(detailsOf(page).join()).toContain("Cannot connect to host localhost");
    });

    test("is said not to be one if something else answers", async () => {
      const page = await signInByServer((_request, response) => {
        response.setHeader("content-type", "application/json").end('{"issuer":"http://localhost"}');
      });
      expect(page.status).toBe(502);
      expect(page.text).toContain("Is that Logto?");
      expect(detailsOf(page).join()).toContain("authorization_endpoint");
    });

    test("is given up on if it hangs", async () => {
      const page = await signInByServer(() => undefined);
      expect(page.status).toBe(502);
      expect(detailsOf(page)).toEqual(["no answer within 10 seconds"]);
    });

    async function signInByServer(listener: RequestListener): Promise<Page> {
      const server = createServer(listener);
      const port = await freePort();
      await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
      try {
        return await signInBy(`http://localhost:${port}`);
      } finally {
        server.closeAllConnections();
        server.close();
      }
    }

    async function signInBy(endpoint: string): Promise<Page> {
      const other = await startBookstore({
        ...outputs,
        endpoint,
        redirectUri: `http://localhost:${await freePort()}/callback`,
      });
      try {
        return await new Visitor(other.url).get("/sign-in");
      } finally {
        await other.stop();
      }
    }
  });

  describe("in the process", () => {
    test("the secret is in no argument, no environment, no cookie and nothing that is printed", async () => {
      await visitor.get(await signInAtLogto());
      await visitor.get("/callback?error=access_denied");
      const places = new Map([
        [
          "arguments",
          execFileSync("ps", ["-ww", "-o", "args=", "-p", String(bookstore.pid)], {
            encoding: "utf8",
          }),
        ],
        ["cookie", contentOf(visitor.cookie("bookstore_session") as string)],
        ["printed", bookstore.output()],
      ]);
      const environment = `/proc/${bookstore.pid}/environ`;
      if (existsSync(environment)) places.set("environment", readFileSync(environment, "utf8"));
      expect(places.get("cookie")).toContain("idToken");
      const holders = [...places].filter(([, text]) => text.includes(secretOf()));
      expect(holders.map(([place]) => place)).toEqual([]);
    });

    test("no request is printed with its code", async () => {
      const callback = await signInAtLogto();
      await visitor.get(callback);
      const code = new URL(callback).searchParams.get("code") as string;
      expect(bookstore.output()).not.toContain(code);
      expect(bookstore.output()).toBe(`Bookstore is at ${bookstore.url}/ (Ctrl-C ends it)\n`);
    });

    test("no other machine is listened to", async () => {
      const { port } = new URL(bookstore.url);
      const others = Object.values(networkInterfaces())
        .flatMap((addresses) => addresses ?? [])
        .filter(({ internal, family }) => !internal && family === "IPv4");
      for (const { address: host } of others) {
        await expect(fetch(`http://${host}:${port}/`)).rejects.toThrow();
      }
      // Only this one of the machine's addresses answers.
      await expect(fetch(`http://127.0.0.2:${port}/`)).rejects.toThrow();
    });
  });
});

/** What the session's cookie says before its signature: JSON, compressed where that starts with a dot. */
function contentOf(cookie: string): string {
  const [, dot, payload = ""] = /^(\.?)([^.]+)/.exec(cookie) ?? [];
  const bytes = Buffer.from(payload, "base64url");
  return (dot === "." ? inflateSync(bytes) : bytes).toString();
}

/** The terms and descriptions of the list of claims. */
function claimsOf(html: string): Record<string, string> {
  const pairs = [...html.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>([^<]*)<\/dd>/g)];
  return Object.fromEntries(pairs.map(([, claim, value]) => [claim, value])) as Record<
    string,
    string
  >;
}

function detailsOf({ text }: Page): string[] {
  return [...text.matchAll(/<p class="detail">([^<]*)<\/p>/g)].map(
    ([, detail]) => detail as string,
  );
}
