import { readFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { parse } from "yaml";
import { launchBrowser, openTab, type Tab } from "../support/browser";
import { freePort } from "../support/free-port";
import { type Outbox, startOutbox } from "../support/outbox";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { chromiumToInstall, findChromium } from "../support/what-is-missing";
import { sendGrid } from "./connector-bodies";
import { addClient, authorizationUrl, type Client } from "./oidc-client";
import { declare, method } from "./sign-in-pages";

if (findChromium() === undefined) {
  // Once, and not for each test.
  throw new Error(`There is no browser: install ${chromiumToInstall}.`);
}

// Chromium, Postgres and the sandbox share the machine with others.
jest.setTimeout(300_000);

let outbox: Outbox;
let sandbox: Sandbox;
let browser: Browser;
/** The application that people come from and go back to. */
let application: Server;
let bookstore: Client;
let tab: Tab;
let page: Page;

beforeAll(async () => {
  browser = await launchBrowser();
  outbox = await startOutbox();
  sandbox = await startSandboxProcess({ mailServer: outbox.mailServer });
  await sandbox.request("POST", "/api/connectors", sendGrid);
  const port = await freePort();
  application = createServer((_request, response) => response.end("<h1>Bookstore</h1>"));
  await new Promise<void>((resolve) => application.listen(port, "127.0.0.1", resolve));
  bookstore = await addClient(sandbox, {
    oidcClientMetadata: {
      redirectUris: [`http://127.0.0.1:${port}/callback`],
      postLogoutRedirectUris: [],
    },
  });
});

afterAll(async () => {
  await browser.close();
  await sandbox.stop();
  await outbox.stop();
  application.closeAllConnections();
  application.close();
});

beforeEach(async () => {
  tab = await openTab(browser);
  page = tab.page;
  page.setDefaultTimeout(60_000);
});

afterEach(async () => {
  await outbox.recover();
  const { errors } = tab;
  await tab.close();
  expect(errors).toEqual([]);
});

let people = 0;

/** An address that no one has used yet. */
function newAddress(): string {
  people += 1;
  return `reader-${people}@bookstore.example`;
}

async function begin(parameters: Record<string, string> = {}): Promise<void> {
  await page.goto(sandbox.endpoint + authorizationUrl(bookstore, parameters));
}

async function enter(identifier: string): Promise<void> {
  await page.fill("input[name=identifier]", identifier);
  await page.click("button[name=submit]");
}

/** Types the code as a person does, who never leaves the keyboard. */
async function typeCode(code: string): Promise<void> {
  await page.waitForSelector("input[name=passcode_5]");
  await page.focus("input[name=passcode_0]");
  await page.keyboard.type(code);
}

async function enterCodeSentTo(address: string, earlier = 0): Promise<void> {
  await page.waitForURL("**/verification-code*");
  await typeCode(await outbox.codeSentTo(address, earlier + 1));
}

/** The application has the person back, with a code for it and with nothing else. */
async function expectSignedIn(): Promise<void> {
  await page.waitForURL(`${bookstore.redirectUri}*`);
  expect(new URL(page.url()).searchParams.get("code")).toEqual(expect.any(String));
  expect(new URL(page.url()).searchParams.get("error")).toBeNull();
}

function path(): string {
  return new URL(page.url()).pathname;
}

async function users(column: "primary_email" | "username", value: string): Promise<number> {
  const [row] = await sandbox.query<{ count: string }>(
    `select count(*) from users where tenant_id = 'default' and ${column} = $1`,
    [value],
  );
  return Number(row?.count);
}

async function register(address: string): Promise<void> {
  await begin({ first_screen: "register" });
  await enter(address);
  await enterCodeSentTo(address);
}

async function dialogText(): Promise<string | null> {
  return page.textContent("div[role=dialog]");
}

async function press(name: string): Promise<void> {
  await page.click(`div[role=dialog] button:text-is("${name}")`);
}

function wrong(code: string): string {
  return code === "000000" ? "000001" : "000000";
}

describe("with codes by e-mail", () => {
  beforeEach(() => declare(sandbox));

  test("someone new registers and is signed in, then signs in again with a pasted code", async () => {
    const address = newAddress();
    await register(address);
    await expectSignedIn();
    expect(await users("primary_email", address)).toBe(1);

    await page.context().clearCookies();
    await begin();
    expect(await page.inputValue("input[name=identifier]")).toBe(address);
    await page.click("button[name=submit]");
    await page.waitForURL("**/sign-in/verification-code*");
    const code = await outbox.codeSentTo(address, 2);
    await page.focus("input[name=passcode_0]");
    await page.evaluate(
      `(() => { const data = new DataTransfer(); data.setData("text", "Your code: ${code}");
         document.activeElement.dispatchEvent(
           new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true })); })()`,
    );
    await expectSignedIn();
    expect(await users("primary_email", address)).toBe(1);
  });

  test("a wrong code is said to be wrong, and the right one still counts", async () => {
    const address = newAddress();
    await begin({ first_screen: "register" });
    await enter(address);
    await page.waitForURL("**/register/verification-code*");
    const code = await outbox.codeSentTo(address);
    await typeCode(wrong(code));
    await page.waitForSelector("#form-error:not(:empty)");
    expect(await page.textContent("#form-error")).toMatch(/verification code/i);
    expect(await page.inputValue("input[name=passcode_0]")).toBe("");
    expect(await page.evaluate("document.activeElement.name")).toBe("passcode_0");
    await typeCode(code);
    await expectSignedIn();
  });

  test("the button waits for all digits, and backspace takes them back one by one", async () => {
    await begin();
    await enter(newAddress());
    await page.waitForURL("**/sign-in/verification-code*");
    await typeCode("12");
    await page.keyboard.press("e");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("Backspace");
    expect(await page.inputValue("input[name=passcode_0]")).toBe("1");
    expect(await page.inputValue("input[name=passcode_1]")).toBe("");
    await page.click('button:text-is("Continue")');
    expect(await page.textContent("#form-error")).toBe("The verification code is invalid.");
  });

  test("an unknown address is asked about: cancelled it can be changed, confirmed it becomes an account", async () => {
    const address = newAddress();
    await begin();
    await enter(address);
    await enterCodeSentTo(address);
    await page.waitForSelector("div[role=dialog]");
    expect(await dialogText()).toContain(`No account found for ${address}. Create a new one?`);
    await press("Cancel");
    await page.waitForURL("**/sign-in?*");
    expect(await page.inputValue("input[name=identifier]")).toBe(address);
    expect(await users("primary_email", address)).toBe(0);

    await page.click("button[name=submit]");
    await enterCodeSentTo(address, 1);
    await page.waitForSelector("div[role=dialog]");
    await press("Continue");
    await expectSignedIn();
    expect(await users("primary_email", address)).toBe(1);
  });

  test("a known address at registration signs in instead", async () => {
    const address = newAddress();
    await register(address);
    await expectSignedIn();
    await page.context().clearCookies();
    await begin({ first_screen: "register" });
    await enter(address);
    await enterCodeSentTo(address, 1);
    await page.waitForSelector("div[role=dialog]");
    expect(await dialogText()).toContain(
      `An account with ${address} already exists. Continue to sign in.`,
    );
    await press("Continue");
    await expectSignedIn();
    expect(await users("primary_email", address)).toBe(1);
  });

  test("another code can be asked for after 59 seconds, also after a reload, and only it counts from then on", async () => {
    await page.clock.install();
    const address = newAddress();
    await begin({ first_screen: "register" });
    await enter(address);
    await page.waitForURL("**/register/verification-code*");
    const first = await outbox.codeSentTo(address);
    expect(await page.textContent(".resend")).toMatch(/Resend after 5\d seconds/);
    await page.clock.fastForward(30_000);
    await page.reload();
    const left = Number(await page.textContent("[data-seconds]"));
    expect(left).toBeGreaterThan(10);
    expect(left).toBeLessThan(30);
    await page.clock.fastForward(30_000);
    await page.click('a:text-is("Resend verification code")');
    await page.waitForSelector("div[role=toast]");
    expect(await page.textContent("div[role=toast]")).toBe("The verification code has been resent");
    expect(await page.textContent(".resend")).toMatch(/Resend after 5\d seconds/);
    const second = await outbox.codeSentTo(address, 2);
    if (first !== second) {
      await typeCode(first);
      await page.waitForSelector("#form-error:not(:empty)");
    }
    await typeCode(second);
    await expectSignedIn();
  });

  test("if no one can register, an unknown address gets no code and no offer", async () => {
    await declare(sandbox, { signInMode: "SignIn" });
    const address = newAddress();
    await begin();
    await enter(address);
    await page.waitForURL("**/sign-in/verification-code*");
    await typeCode("123456");
    await page.waitForSelector("div[role=toast], #form-error:not(:empty)");
    expect(await outbox.mailsTo(address)).toHaveLength(0);
  });

  test("what the API refuses is shown in its words, and the form can be sent again", async () => {
    const address = newAddress();
    await outbox.fail({ status: 500, message: "try later" });
    await begin();
    await enter(address);
    await page.waitForSelector("div[role=toast]");
    expect(await page.textContent("div[role=toast]")).toContain("connector");
    expect(path()).toBe("/sign-in");
    await outbox.recover();
    await page.click("button[name=submit]");
    await page.waitForURL("**/sign-in/verification-code*");
  });

  test("a field that is empty or holds no address is named as wrong, and gets the focus", async () => {
    await begin();
    await page.click("button[name=submit]");
    expect(await page.textContent("#identifier-error")).toBe("email is required");
    await enter("ada");
    expect(await page.textContent("#identifier-error")).toBe("The email is invalid");
    expect(await page.getAttribute("input[name=identifier]", "aria-invalid")).toBe("true");
    expect(await page.evaluate("document.activeElement.name")).toBe("identifier");
  });

  test("a page that is opened by itself says that it cannot go on", async () => {
    await begin();
    await page.goto(`${sandbox.endpoint}/sign-in/verification-code`);
    expect(await page.textContent("main")).toContain("Session not found.");
    expect(await page.isVisible("input[name=passcode_0]")).toBe(false);
    // An address alone is not enough: no code was sent to it.
    const known = { identifier: { type: "email", value: newAddress() } };
    await page.evaluate((state) => sessionStorage.setItem("sign-in", state), JSON.stringify(known));
    await page.reload();
    expect(await page.textContent("main")).toContain("Session not found.");
    // It is over altogether when the browser has lost the sign-in.
    await page.context().clearCookies();
    await page.goto(`${sandbox.endpoint}/sign-in`);
    expect(path()).toBe("/unknown-session");
  });

  test("back from the code leads to the address, which is still there", async () => {
    const address = newAddress();
    await begin();
    await enter(address);
    await page.waitForURL("**/sign-in/verification-code*");
    await page.click('button:text-is("Back")');
    await page.waitForURL("**/sign-in?*");
    expect(await page.inputValue("input[name=identifier]")).toBe(address);
  });

  const logoOf = async (address: string) => {
    await declare(sandbox, { branding: { logoUrl: address } });
    await begin();
    await page.waitForSelector("button[name=submit]:enabled");
  };
  const picture = {
    contentType: "image/svg+xml",
    body: '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"/>',
  };

  test("a logo is shown, and hidden if it cannot be loaded", async () => {
    const unreachable = await page.route("https://bookstore.example/logo", (route) =>
      route.abort(),
    );
    await logoOf("https://bookstore.example/logo");
    await page.waitForSelector('img[alt="app logo"]', { state: "hidden" });
    await unreachable.dispose();
    await page.route("https://bookstore.example/logo", (route) => route.fulfill(picture));
    await page.reload();
    await page.waitForSelector("button[name=submit]:enabled");
    await page.waitForSelector('img[alt="app logo"]', { state: "visible" });
  });

  test("the logo of the stack local shows, as it lies in its address", async () => {
    const file = parse(readFileSync("Pulumi.local.yaml", "utf8")) as {
      config: { "logto-stack:signInExperience": { logoUrl: string } };
    };
    await logoOf(file.config["logto-stack:signInExperience"].logoUrl);
    const logo = page.locator('img[alt="app logo"]');
    await logo.waitFor({ state: "visible" });
    expect(
      await logo.evaluate((image) => (image as HTMLImageElement).naturalWidth),
    ).toBeGreaterThan(0);
  });

  test("a logo over http does not show, as on Logto's pages", async () => {
    let requests = 0;
    await page.route("http://bookstore.example/logo", (route) => {
      requests += 1;
      return route.fulfill(picture);
    });
    await logoOf("http://bookstore.example/logo");
    await page.waitForSelector('img[alt="app logo"]', { state: "hidden" });
    expect(requests).toBe(0);
    // Which the browser says.
    expect(tab.errors.splice(0)).toEqual([expect.stringContaining("Content Security Policy")]);
    await declare(sandbox, { branding: {} });
  });

  test("a second factor that is offered only is skipped, as the pages can bind none", async () => {
    await declare(sandbox, { mfa: { factors: ["Totp"], policy: "PromptAtSignInAndSignUp" } });
    await register(newAddress());
    await expectSignedIn();
    await declare(sandbox, { mfa: { factors: [], policy: "NoPrompt" } });
  });

  test("the declared colour is the button's, and the custom CSS has the last word", async () => {
    const color = () =>
      page.evaluate(
        `getComputedStyle(document.querySelector("button[name=submit]")).backgroundColor`,
      );
    await begin();
    expect(await color()).toBe("rgb(11, 110, 79)");
    await declare(sandbox, {
      color: { primaryColor: "#0b6e4f", isDarkModeEnabled: true, darkPrimaryColor: "#3ddc97" },
    });
    await page.emulateMedia({ colorScheme: "dark" });
    await page.reload();
    expect(await color()).toBe("rgb(61, 220, 151)");
    await declare(sandbox, { customCss: "button[name=submit] { background: rgb(1, 2, 3) }" });
    await page.reload();
    expect(await color()).toBe("rgb(1, 2, 3)");
  });
});

describe("with terms to agree to", () => {
  test("a user who did not tick them is asked, and nothing is sent without a yes", async () => {
    await declare(sandbox, {
      termsOfUseUrl: "https://bookstore.example/terms",
      agreeToTermsPolicy: "Manual",
    });
    const address = newAddress();
    await begin();
    await enter(address);
    await page.waitForSelector("div[role=dialog]");
    expect(await dialogText()).toContain("To proceed, please agree to the Terms of Use.");
    await page.keyboard.press("Escape");
    await page.waitForSelector("button[name=submit]:not([aria-busy])");
    expect(await page.isVisible("div[role=dialog]")).toBe(false);
    expect(path()).toBe("/sign-in");
    expect(await outbox.mailsTo(address)).toHaveLength(0);

    await page.click("div[role=radio]");
    expect(await page.isChecked("input[name=termsAgreement]")).toBe(true);
    await page.click("button[name=submit]");
    await page.waitForURL("**/sign-in/verification-code*");
  });
});

describe("with passwords", () => {
  const good = "Sunflower-Meadow-27";
  const better = "Harvest-Lantern-83";
  const withPassword = {
    signIn: {
      methods: [
        method("email", { password: true, verificationCode: true }),
        method("username", { password: true }),
      ],
    },
    signUp: { identifiers: ["email"], password: true, verify: true },
    forgotPasswordMethods: ["EmailVerificationCode"],
  };

  test("an account is completed with one, signed in with it, and gets another when it is forgotten", async () => {
    await declare(sandbox, withPassword);
    const address = newAddress();
    await register(address);
    await page.waitForURL("**/continue/password*");
    await page.click("button[name=submit]");
    expect(await page.textContent("#newPassword-error")).toBe("Password is required");
    await page.fill("input[name=newPassword]", "short");
    await page.click("button[name=submit]");
    await page.waitForSelector("#form-error:not(:empty)");
    expect(await page.textContent("#form-error")).toBe("Minimum length is 8.");
    await page.fill("input[name=newPassword]", good);
    await page.click("button[name=submit]");
    await expectSignedIn();

    await page.context().clearCookies();
    await begin();
    await enter(address);
    await page.waitForURL("**/sign-in/password*");
    await page.fill("input[name=password]", "not-the-password");
    await page.click("button[name=submit]");
    await page.waitForSelector("#form-error:not(:empty)");
    await page.fill("input[name=password]", good);
    await page.click('[aria-label="Show password"]');
    expect(await page.getAttribute("input[name=password]", "type")).toBe("text");
    await page.click("button[name=submit]");
    await expectSignedIn();

    await page.context().clearCookies();
    await begin();
    await enter(address);
    await page.waitForURL("**/sign-in/password*");
    await page.click('a:text-is("Forgot your password?")');
    await page.waitForURL("**/forgot-password*");
    expect(await page.inputValue("input[name=identifier]")).toBe(address);
    await page.click("button[type=submit]");
    await enterCodeSentTo(address, 1);
    await page.waitForURL("**/forgot-password/reset*");
    await page.fill("input[name=newPassword]", better);
    await page.click("button[name=submit]");
    await page.waitForURL("**/sign-in?*");
    await page.waitForSelector("div[role=toast]");
    expect(await page.textContent("div[role=toast]")).toBe("Password changed");
    await page.click("button[name=submit]");
    await page.waitForURL("**/sign-in/password*");
    await page.fill("input[name=password]", better);
    await page.click("button[name=submit]");
    await expectSignedIn();
  });

  test("a code can be chosen in its place, and the password in the code's", async () => {
    await declare(sandbox, withPassword);
    const address = newAddress();
    await register(address);
    await page.waitForURL("**/continue/password*");
    await page.fill("input[name=newPassword]", good);
    await page.click("button[name=submit]");
    await expectSignedIn();
    await page.context().clearCookies();
    await begin();
    await enter(address);
    await page.click('a:text-is("Sign in with verification code")');
    await page.waitForURL("**/sign-in/verification-code*");
    await page.click('a:text-is("Sign in with password")');
    await page.waitForURL("**/sign-in/password*");
    await page.click('a:text-is("Sign in with verification code")');
    await enterCodeSentTo(address, 2);
    await expectSignedIn();
  });

  test("a forgotten password of an unknown address tells nothing", async () => {
    await declare(sandbox, withPassword);
    const address = newAddress();
    await begin();
    await page.goto(`${sandbox.endpoint}/forgot-password`);
    await page.fill("input[name=identifier]", address);
    await page.click("button[type=submit]");
    await page.waitForURL("**/forgot-password/verification-code*");
    await typeCode("123456");
    await page.waitForSelector("div[role=toast], #form-error:not(:empty)");
    expect(path()).toBe("/forgot-password/verification-code");
    expect(await outbox.mailsTo(address)).toHaveLength(0);
  });

  test("a suspended user is told so on the page", async () => {
    await declare(sandbox, {
      signIn: { methods: [method("username", { password: true })] },
      signUp: { identifiers: ["username"], password: true, verify: false },
    });
    await begin({ first_screen: "register" });
    await enter("charles_babbage");
    await page.waitForURL("**/register/password*");
    await page.fill("input[name=newPassword]", good);
    await page.fill("input[name=confirmPassword]", good);
    await page.click("button[name=submit]");
    await expectSignedIn();
    await sandbox.query("update users set is_suspended = true where username = 'charles_babbage'");
    await page.context().clearCookies();
    await begin();
    await page.fill("input[name=password]", good);
    await enter("charles_babbage");
    await page.waitForSelector("#form-error:not(:empty)");
    expect(await page.textContent("#form-error")).toMatch(/suspended/);
  });

  test("someone with a username signs up with a password that is typed twice, and in on one page", async () => {
    await declare(sandbox, {
      signIn: { methods: [method("username", { password: true })] },
      signUp: { identifiers: ["username"], password: true, verify: false },
    });
    await begin({ first_screen: "register" });
    await enter("ada_lovelace");
    await page.waitForURL("**/register/password*");
    await page.fill("input[name=newPassword]", good);
    await page.fill("input[name=confirmPassword]", better);
    await page.click("button[name=submit]");
    expect(await page.textContent("#confirmPassword-error")).toBe("Your passwords don’t match.");
    await page.fill("input[name=confirmPassword]", good);
    await page.click("button[name=submit]");
    await expectSignedIn();
    expect(await users("username", "ada_lovelace")).toBe(1);

    await page.context().clearCookies();
    await begin({ first_screen: "register" });
    await enter("ada_lovelace");
    await page.waitForSelector("#identifier-error:not(:empty)");
    expect(path()).toBe("/register");

    await begin();
    await page.fill("input[name=password]", good);
    await enter("ada_lovelace");
    await expectSignedIn();
  });
});

describe("for everyone", () => {
  const pages = [
    "/sign-in",
    "/register",
    "/sign-in/password",
    "/sign-in/verification-code",
    "/forgot-password",
    "/forgot-password/reset",
    "/continue/username",
    "/continue/password",
    "/unknown-session",
  ];

  /** What axe finds wrong, but for the role that Logto's own toasts have and ARIA does not know. */
  async function problems(): Promise<string[]> {
    await page.evaluate(axe.source);
    const found = await page.evaluate<axe.AxeResults>(`axe.run({ exclude: [["[role=toast]"]] })`);
    return found.violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => `${id}: ${html}`));
  }

  test.each([
    ["a telephone in the light", { width: 390, height: 844 }, "light"],
    ["a telephone in the dark", { width: 390, height: 844 }, "dark"],
    ["a desk in the light", { width: 1280, height: 800 }, "light"],
    ["a desk in the dark", { width: 1280, height: 800 }, "dark"],
  ] as const)("every page is accessible and fits on %s", async (_where, viewport, colorScheme) => {
    await declare(sandbox, {
      color: { primaryColor: "#ffd400", isDarkModeEnabled: true, darkPrimaryColor: "#5a189a" },
      termsOfUseUrl: "https://bookstore.example/terms",
      privacyPolicyUrl: "https://bookstore.example/privacy",
      agreeToTermsPolicy: "Manual",
      supportEmail: "help@bookstore.example",
      signIn: { methods: [method("email", { password: true, verificationCode: true })] },
      signUp: { identifiers: ["email"], password: true, verify: true },
      forgotPasswordMethods: ["EmailVerificationCode"],
    });
    await page.setViewportSize(viewport);
    await page.emulateMedia({ colorScheme });
    await begin();
    await page.evaluate(
      (state) => sessionStorage.setItem("sign-in", state),
      JSON.stringify({
        identifier: {
          type: "email",
          value: "a-rather-long-address-of-someone@bookstore.example",
        },
        verificationIds: { email: "none" },
        sentAt: Date.now(),
        event: "Register",
      }),
    );
    for (const one of pages) {
      await page.goto(sandbox.endpoint + one);
      expect({ page: one, problems: await problems() }).toEqual({ page: one, problems: [] });
      const overflow = await page.evaluate("document.documentElement.scrollWidth - innerWidth");
      expect({ page: one, overflow }).toEqual({ page: one, overflow: 0 });
    }
    await page.goto(`${sandbox.endpoint}/sign-in`);
    await page.click("button[name=submit]");
    await page.waitForSelector("div[role=dialog]");
    expect(await problems()).toEqual([]);
    // Nothing behind the dialog can be reached.
    for (let press = 0; press < 6; press += 1) {
      await page.keyboard.press("Tab");
      expect(await page.evaluate(`document.activeElement.closest("#app") === null`)).toBe(true);
    }
  });
});
