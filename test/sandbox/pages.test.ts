import { createHash } from "node:crypto";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { Visitor } from "../support/visitor";
import { sendGrid } from "./connector-bodies";
import { declare, method, SignInVisit, store } from "./sign-in-pages";

let sandbox: Sandbox;
let visit: SignInVisit;

beforeAll(async () => {
  sandbox = await startSandboxProcess();
  await sandbox.request("POST", "/api/connectors", sendGrid);
  visit = await SignInVisit.begin(sandbox);
}, 60_000);

afterAll(() => sandbox.stop());

async function html(path: string, headers?: Record<string, string>): Promise<string> {
  const { status, text } = await visit.open(path, headers);
  expect(status).toBe(200);
  return text;
}

/** The tag of the input with that name. */
function input(page: string, name: string): string | undefined {
  return page.match(new RegExp(`<input[^>]* name="${name}"[^>]*>`))?.[0];
}

/** Where the link with that text leads. */
function link(page: string, text: string): string | undefined {
  return new RegExp(`<a href="([^"]*)"[^>]*>${text}</a>`).exec(page)?.[1];
}

describe("identifiers and methods", () => {
  test("an e-mail address alone has a field of its own type, and a code asks for no password", async () => {
    await declare(sandbox);
    const page = await html("/sign-in?app_id=1");
    expect(input(page, "identifier")).toContain('type="email"');
    expect(input(page, "password")).toBeUndefined();
    expect(page).toContain('<label for="identifier">Email</label>');
    expect(page).toMatch(/<button[^>]* type="submit" name="submit" disabled>Sign in<\/button>/);
  });

  test("several identifiers share a field for text", async () => {
    await declare(sandbox, {
      signIn: {
        methods: [
          method("email", { verificationCode: true }),
          method("username", { password: true }),
        ],
      },
    });
    const page = await html("/sign-in");
    expect(input(page, "identifier")).toContain('type="text"');
    expect(page).toContain('<label for="identifier">Email / Username</label>');
  });

  test("a password without any code is asked for at once, a forgotten one can be reset if that is declared", async () => {
    const signIn = { methods: [method("username", { password: true })] };
    const signUp = { identifiers: ["username"], password: true, verify: false };
    await declare(sandbox, { signIn, signUp });
    const without = await html("/sign-in");
    expect(input(without, "password")).toContain('type="password"');
    expect(without).not.toContain("Forgot your password?");
    expect(await html("/forgot-password")).toContain("404 Not Found");

    await declare(sandbox, {
      signIn,
      signUp,
      forgotPasswordMethods: ["EmailVerificationCode"],
    });
    expect(link(await html("/sign-in?app_id=1"), "Forgot your password\\?")).toBe(
      "/forgot-password?app_id=1",
    );
    expect(input(await html("/forgot-password"), "identifier")).toContain('type="email"');
  });

  test("the page for the password is there only if a password signs in", async () => {
    await declare(sandbox);
    expect(await html("/sign-in/password")).toContain("404 Not Found");
    await declare(sandbox, {
      signIn: { methods: [method("email", { password: true, verificationCode: true })] },
    });
    const page = await html("/sign-in/password");
    expect(input(page, "password")).toContain('autocomplete="current-password"');
    expect(page).toContain("Sign in with verification code");
    expect(await html("/sign-in/verification-code")).toContain("Sign in with password");
  });

  test("a new password is typed twice unless a forgotten one can be reset, and its policy is told", async () => {
    await declare(sandbox, {
      passwordPolicy: { length: { min: 10, max: 256 }, characterTypes: { min: 2 } },
    });
    const twice = await html("/continue/password");
    expect(input(twice, "newPassword")).toContain('autocomplete="new-password"');
    expect(input(twice, "confirmPassword")).toBeDefined();
    expect(twice).toContain(
      "Password requires a minimum of 10 characters and should contain at least 2 types of",
    );
    await declare(sandbox, { forgotPasswordMethods: ["EmailVerificationCode"] });
    expect(input(await html("/continue/password"), "confirmPassword")).toBeUndefined();
  });

  test("a code has six fields for digits", async () => {
    await declare(sandbox);
    for (const flow of ["sign-in", "register", "forgot-password", "continue"]) {
      const page = await html(`/${flow}/verification-code`);
      expect(page.match(/name="passcode_\d"/g)).toHaveLength(6);
      expect(input(page, "passcode_0")).toContain('type="number"');
      expect(input(page, "passcode_5")).toContain('data-id="5"');
    }
  });

  test("what an account lacks is asked for by name, and nothing else is", async () => {
    await declare(sandbox);
    expect(input(await html("/continue/username"), "identifier")).toContain('type="text"');
    expect(input(await html("/continue/email"), "identifier")).toContain('type="email"');
    expect(await html("/continue/emailOrPhone")).toContain("Email / Phone number");
    expect(await html("/continue/constructor")).toContain("404 Not Found");
  });
});

describe("the sign-in mode", () => {
  test("leads from one first page to the other if both are open, with the application's query", async () => {
    await declare(sandbox);
    expect(link(await html("/sign-in?app_id=1"), "Create account")).toBe("/register?app_id=1");
    expect(link(await html("/register?app_id=1"), "Sign in")).toBe("/sign-in?app_id=1");
  });

  test("SignIn knows no registration", async () => {
    await declare(sandbox, { signInMode: "SignIn" });
    expect(await html("/sign-in")).not.toContain("Create account");
    expect(await visit.open("/register?app_id=1")).toMatchObject({
      status: 302,
      location: "/sign-in?app_id=1",
    });
  });

  test("Register knows no sign-in", async () => {
    await declare(sandbox, { signInMode: "Register" });
    const page = await html("/register");
    expect(page).toMatch(/name="submit" disabled>Create account<\/button>/);
    expect(link(page, "Sign in")).toBeUndefined();
    expect(await visit.open("/sign-in?app_id=1")).toMatchObject({
      status: 302,
      location: "/register?app_id=1",
    });
  });
});

describe("the look", () => {
  test("has the declared colour under a text that can be read on it, and dark colours only if declared", async () => {
    await declare(sandbox);
    const light = await html("/sign-in");
    expect(light).toContain("--primary:#0b6e4f;--on-primary:#ffffff;");
    expect(light).not.toContain("prefers-color-scheme:dark");
    await declare(sandbox, {
      color: { primaryColor: "#fd0", isDarkModeEnabled: true, darkPrimaryColor: "#3ddc97" },
    });
    const both = await html("/sign-in");
    // Yellow is no colour for links on white: they get one that is darker.
    expect(both).toMatch(/--primary:#ffdd00;--on-primary:#000000;--accent:#(?!ffdd00)/);
    expect(both).toMatch(
      /@media\(prefers-color-scheme:dark\)\{:root\{color-scheme:dark;.*--primary:#3ddc97/,
    );
  });

  test("has the logo and the favicon of the mode", async () => {
    await declare(sandbox, {
      color: { primaryColor: "#0b6e4f", isDarkModeEnabled: true, darkPrimaryColor: "#3ddc97" },
      branding: {
        logoUrl: "https://bookstore.example/logo.svg",
        darkLogoUrl: "https://bookstore.example/dark.svg",
        favicon: "https://bookstore.example/icon.png",
        darkFavicon: "https://bookstore.example/dark.png",
      },
    });
    const page = await html("/sign-in");
    expect(page).toContain('alt="app logo" src="https://bookstore.example/logo.svg"');
    expect(page).toContain(
      '<source srcset="https://bookstore.example/dark.svg" media="(prefers-color-scheme: dark)"',
    );
    expect(page).toContain('<link rel="icon" href="https://bookstore.example/icon.png"');
    expect(page).toContain('href="https://bookstore.example/dark.png" media="(prefers-');
    await declare(sandbox);
    expect(await html("/sign-in")).not.toContain("app logo");
  });

  test("takes the custom CSS as it is, after all other styles, and the CSS cannot end its element", async () => {
    const css = `button[type="submit"] > b::before { content: "<&" }`;
    await declare(sandbox, { customCss: css });
    const page = await html("/sign-in");
    expect(page.lastIndexOf(css)).toBeGreaterThan(page.indexOf("--primary:"));
    expect(page.match(/<style/g)).toHaveLength(3);

    await declare(sandbox, { customCss: "a{}</STYLE><script>alert(1)</script>" });
    const hostile = await html("/sign-in");
    expect(hostile).toContain("a{}<\\/STYLE><script>alert(1)</script>");
    expect(hostile.match(/<\/style/gi)).toHaveLength(3);
  });

  test("is the application's own if the application has one", async () => {
    await declare(sandbox, { branding: { logoUrl: "https://bookstore.example/logo.svg" } });
    await sandbox.query(
      `insert into application_sign_in_experiences (tenant_id, application_id, branding, color, custom_css)
       values ('default', $1, $2, $3, 'h1 { color: teal }')`,
      [
        visit.client.id,
        JSON.stringify({ logoUrl: "https://shelf.example/own.svg" }),
        JSON.stringify({ primaryColor: "#123456" }),
      ],
    );
    const page = await html("/sign-in");
    expect(page).toContain('src="https://shelf.example/own.svg"');
    expect(page).toContain("--primary:#123456;");
    expect(page).toContain("h1 { color: teal }");
    await sandbox.query("delete from application_sign_in_experiences");
    expect(await html("/sign-in")).toContain('src="https://bookstore.example/logo.svg"');
  });

  test("shows the content that is declared for the path", async () => {
    await declare(sandbox);
    await store(sandbox, { custom_content: { "/sign-in": "<b>Opening hours</b>" } });
    expect(await html("/sign-in?app_id=1")).toContain("<b>Opening hours</b>");
    expect(await html("/register")).not.toContain("Opening hours");
    await store(sandbox, { custom_content: {} });
  });
});

describe("terms", () => {
  const terms = {
    termsOfUseUrl: "https://bookstore.example/terms",
    privacyPolicyUrl: "https://bookstore.example/privacy",
  };

  test.each([
    ["Automatic", false, false],
    ["ManualRegistrationOnly", false, true],
    ["Manual", true, true],
  ])("%s: a tick at sign-in %s, at registration %s", async (policy, atSignIn, atRegistration) => {
    await declare(sandbox, { ...terms, agreeToTermsPolicy: policy });
    for (const [path, isAsked] of [
      ["/sign-in", atSignIn],
      ["/register", atRegistration],
    ] as const) {
      const page = await html(path);
      expect(/role="radio"[^>]*><input[^>]* name="termsAgreement"/.test(page)).toBe(isAsked);
      expect(page.includes("By continuing, you agree to the ")).toBe(policy === "Automatic");
      expect(link(page, "Terms of Use")).toBe(terms.termsOfUseUrl);
      expect(link(page, "Privacy Policy")).toBe(terms.privacyPolicyUrl);
    }
  });

  test("are not asked for if there are none", async () => {
    await declare(sandbox, { agreeToTermsPolicy: "Manual" });
    expect(await html("/register")).not.toContain("termsAgreement");
  });
});

describe("the language", () => {
  const german = { "accept-language": "de-AT,en;q=0.5" };

  test("is the browser's if it is to be detected, else the declared one", async () => {
    await declare(sandbox);
    const page = await html("/sign-in", german);
    expect(page).toContain('<html lang="de" dir="ltr">');
    expect(page).toMatch(/name="submit" disabled>Anmelden</);
    await declare(sandbox, { languageInfo: { autoDetect: false, fallbackLanguage: "fr" } });
    expect(await html("/sign-in", german)).toContain('<html lang="fr"');
    await declare(sandbox, { languageInfo: { autoDetect: true, fallbackLanguage: "ar" } });
    expect(await html("/sign-in", { "accept-language": "xx" })).toContain(
      '<html lang="ar" dir="rtl">',
    );
  });

  test("is the application's wish before all others", async () => {
    await declare(sandbox);
    const wished = await SignInVisit.begin(sandbox, { ui_locales: "xx it en" });
    const { text } = await wished.open("/sign-in", german);
    expect(text).toContain('<html lang="it"');
  });

  test("is that of the API's refusals, too", async () => {
    await declare(sandbox);
    const answer = await visit.visitor.request("POST", "/api/experience/submit", {
      headers: { "content-type": "application/json", "accept-language": "de" },
      body: "{}",
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    const { code, message } = JSON.parse(answer.text) as { code: string; message: string };
    expect(code).toMatch(/^session\./);
    expect(message).toMatch(/Sitzung|Interaktion|Anmeld/);
  });

  test("has the tenant's own texts over Logto's", async () => {
    await declare(sandbox);
    await sandbox.query(
      `insert into custom_phrases (tenant_id, id, language_tag, translation) values
       ('default', 'a', 'de', $1), ('default', 'b', 'eo-EO', $2)`,
      [
        JSON.stringify({
          action: { sign_in: "Rein <i>da</i>" },
          error: { unknown: "</script><script>alert(1)</script>" },
        }),
        JSON.stringify({ action: { sign_in: "Ensaluti" } }),
      ],
    );
    const page = await html("/sign-in", german);
    expect(page).toMatch(/name="submit" disabled>Rein &lt;i>da&lt;\/i></);
    expect(page).toContain("Konto");
    // This one is for the script, which gets it as data.
    expect(page).toContain("\\u003c/script>\\u003cscript>alert(1)");
    expect(page).not.toContain("<script>alert");
    const esperanto = await html("/sign-in", { "accept-language": "eo-EO" });
    expect(esperanto).toContain('<html lang="eo-EO"');
    expect(esperanto).toMatch(/name="submit" disabled>Ensaluti</);
    expect(esperanto).toContain("Create account");
    await sandbox.query("delete from custom_phrases");
    expect(await html("/sign-in", german)).toMatch(/name="submit" disabled>Anmelden</);
  });
});

describe("security", () => {
  test("lets a page load what Logto's pages load, and run its own script only", async () => {
    await declare(sandbox);
    await store(sandbox, { branding: { logoUrl: "http://bookstore.example:8080/logo.svg" } });
    const [first, second] = [await visit.open("/sign-in"), await visit.open("/sign-in")];
    const nonce = /nonce="([^"]+)"/.exec(first.text)?.[1];
    expect(first.headers.get("content-security-policy")?.split("; ")).toEqual([
      "default-src 'self'",
      `script-src 'nonce-${nonce}'`,
      "script-src-attr 'none'",
      "style-src 'self' https: 'unsafe-inline'",
      "img-src 'self' data: https: blob:",
      "font-src 'self' https: data:",
      "connect-src 'self'",
      "frame-src 'self' https:",
      "object-src 'none'",
      "form-action 'self'",
      "base-uri 'self'",
      `frame-ancestors 'self' ${sandbox.endpoint}`,
    ]);
    expect(second.text).not.toContain(nonce);
    expect(Object.fromEntries(first.headers)).toMatchObject({
      "content-type": "text/html; charset=utf-8",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
      "cache-control": "no-store",
    });
  });

  test("escapes what comes with the request and what is stored", async () => {
    const hostile = `"><script>alert(1)</script>`;
    await declare(sandbox);
    await store(sandbox, { support_email: hostile });
    const tricked = await SignInVisit.begin(sandbox, { login_hint: hostile });
    const page = await tricked.open(`/sign-in?app_id=${encodeURIComponent(hostile)}"><b>`);
    expect(page.text).not.toContain("<script>alert");
    expect(page.text).not.toContain("><b>");
    expect(page.text).toContain('value="&quot;>&lt;script>alert(1)&lt;/script>"');
    const unknown = await html("/unknown-session");
    expect(unknown).not.toContain("<script>alert");
    expect(unknown).toContain("mailto:&quot;>");
  });

  test("follows no declared address but one of the web", async () => {
    await declare(sandbox);
    const script = "javascript:alert(1)";
    await store(sandbox, {
      branding: { logoUrl: script, darkLogoUrl: script, favicon: script },
      terms_of_use_url: script,
      privacy_policy_url: "data:text/html,<script>alert(1)</script>",
      support_website_url: script,
      unknown_session_redirect_url: script,
    });
    for (const path of ["/sign-in", "/register", "/unknown-session"]) {
      expect(await html(path)).not.toMatch(/javascript:|data:text/);
    }
    expect(await new Visitor(sandbox.endpoint).get("/sign-in")).toMatchObject({
      status: 302,
      location: `${sandbox.endpoint}/unknown-session`,
    });
  });

  test("serves the script as one file, whose address changes with its text, and no other file", async () => {
    await declare(sandbox);
    const [, address = ""] =
      /<script type="module" src="([^"]+)"/.exec(await html("/sign-in")) ?? [];
    const script = await visit.open(address);
    expect(script.status).toBe(200);
    expect(Object.fromEntries(script.headers)).toMatchObject({
      "content-type": "text/javascript; charset=utf-8",
      "x-content-type-options": "nosniff",
      "cache-control": expect.stringContaining("immutable") as string,
    });
    expect(script.text).not.toMatch(/^import /m);
    const hash = createHash("sha256").update(script.text).digest("hex").slice(0, 16);
    expect(address).toBe(`/sign-in-pages/${hash}.js`);
    for (const other of ["main.ts", "tsconfig.json", "..%2Fpage.css", "constructor"]) {
      expect(await visit.open(`/sign-in-pages/${other}`)).toMatchObject({ status: 404 });
    }
  });
});

describe("without a sign-in under way", () => {
  const stranger = () => new Visitor(sandbox.endpoint);

  test.each(["/", "/sign-in", "/sign-in/verification-code", "/register", "/forgot-password/reset"])(
    "%s leads to a page that says so, and whom to ask",
    async (path) => {
      await declare(sandbox, {
        supportEmail: "help@bookstore.example",
        supportWebsiteUrl: "https://bookstore.example/help",
      });
      const page = await stranger().get(path);
      expect(page).toMatchObject({
        status: 302,
        location: `${sandbox.endpoint}/unknown-session`,
      });
      const { text } = await stranger().get(page.location as string, { "accept-language": "en" });
      expect(text).toContain("Session not found. Please go back and sign in again.");
      expect(link(text, "help@bookstore.example")).toBe("mailto:help@bookstore.example");
      expect(link(text, "https://bookstore.example/help")).toBe("https://bookstore.example/help");
    },
  );

  test("leads where the sign-in experience says, or else the tenant's configuration", async () => {
    await sandbox.query(
      `insert into logto_configs (tenant_id, key, value)
       values ('default', 'sessionNotFoundRedirectUrl', '{"url": "https://bookstore.example/old"}')`,
    );
    await declare(sandbox);
    expect((await stranger().get("/sign-in")).location).toBe("https://bookstore.example/old");
    await declare(sandbox, { unknownSessionRedirectUrl: "https://bookstore.example/begin" });
    expect((await stranger().get("/sign-in")).location).toBe("https://bookstore.example/begin");
    await sandbox.query("delete from logto_configs where key = 'sessionNotFoundRedirectUrl'");
  });

  test("the page speaks the language of the last sign-in, and does not mind a cookie that anyone wrote", async () => {
    await declare(sandbox);
    const italian = await SignInVisit.begin(sandbox, { ui_locales: "it" });
    expect((await italian.open("/unknown-session")).text).toContain('<html lang="it"');
    for (const value of ["{", '{"appId":1}', "%7B%7D"]) {
      const page = await stranger().get("/unknown-session", { cookie: `_logto=${value}` });
      expect(page.status).toBe(200);
    }
  });
});
