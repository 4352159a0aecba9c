import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { randomBytes } from "node:crypto";
import type { Browser } from "playwright-core";
import { launchBrowser } from "../support/browser";
import { describeWith } from "../support/what-is-missing";
import { BookstorePages } from "./bookstore-pages";
import { artefactsOf, Person } from "./browser";
import { type Mail, Outbox } from "./outbox";
import { SignInPages } from "./sign-in-pages";
import { type OwnStack, type Stack, subjectOf } from "./stack";

/** No one has them yet, on whatever server this runs. */
const run = randomBytes(4).toString("hex");
const ada = `ada-${run}@bookstore.example`;
const bob = `bob-${run}@bookstore.example`;
const eve = `eve-${run}@bookstore.example`;

interface Walk {
  /** The stack's name, for the tests' names and for the folder of the pictures. */
  stack: string;
  /** Whether the stack can be changed; else what changes it is left out. */
  isOwn: boolean;
  standUp: () => Promise<Stack>;
}

/**
 * A person's way through the browser: what a stack declares is there when somebody signs in by it. The
 * steps go on from one another. Each page is kept as a picture, in test/e2e/artefacts.
 */
export function walkThroughSignIn({ stack: name, isOwn, standUp }: Walk): void {
  const testOfOwnStack = isOwn ? test : test.skip;
  const artefacts = artefactsOf(name);

  describeWith(["chromium", "python"], `signing in by e-mail, on the stack ${name}`, () => {
    let stack: Stack;
    let browser: Browser;
    let outbox: Outbox;
    let person: Person;
    let bookstore: BookstorePages;
    let logto: SignInPages;
    let idOfAda: string;
    const errors: string[] = [];

    beforeAll(async () => {
      rmSync(artefacts, { recursive: true, force: true });
      stack = await standUp();
      outbox = new Outbox(stack.outboxUrl);
      browser = await launchBrowser();
      await meetSomebody();
    });
    afterAll(async () => {
      await browser.close();
      await stack.stop();
    });

    /** From here on a browser that no one has used. */
    async function meetSomebody(): Promise<void> {
      person = await Person.withOwn(browser, artefacts);
      bookstore = new BookstorePages(person.page, stack.bookstoreUrl);
      logto = new SignInPages(person.page);
    }

    async function meetSomebodyElse(): Promise<void> {
      errors.push(...person.errors);
      await person.leave();
      await meetSomebody();
    }

    const own = () => stack.own as OwnStack;

    test("Bookstore offers to sign in and to create an account", async () => {
      await bookstore.open();
      await bookstore.offersToSignIn();
      await person.photograph("1-bookstore");
      expect(await person.barriers()).toEqual([]);
    });

    test("a new address registers with the code of the mail, and comes back signed in", async () => {
      await bookstore.beginRegistration();
      await logto.isAt("/register");
      expect(await logto.submitText()).toBe("Create account");
      await person.photograph("2-register");
      const mail = await outbox.mailSentBy(ada, () => logto.enterIdentifier(ada));
      expectMail(mail, "Register.html");
      await logto.isAt("/register/verification-code");
      await person.photograph("3-register-code");
      await logto.enterCode(mail.code);
      const claims = await bookstore.claims();
      expect(claims).toMatchObject({ email: ada, email_verified: "yes" });
      idOfAda = claims["sub"] as string;
      expect(idOfAda).toMatch(/^[\da-z]{12}$/);
      await person.photograph("4-signed-in");
      expect(await person.barriers()).toEqual([]);
    });

    test("signing out leads back to Bookstore, and Logto asks who it is the next time", async () => {
      await bookstore.signOut();
      await bookstore.beginSignIn();
      await logto.isAt("/sign-in");
      expect(await logto.submitText()).toBe("Sign in");
      await person.photograph("5-sign-in");
    });

    test("the known address signs in with the code of the mail, as the same person", async () => {
      const mail = await outbox.mailSentBy(ada, () => logto.enterIdentifier(ada));
      expectMail(mail, "SignIn.html");
      await logto.isAt("/sign-in/verification-code");
      await person.photograph("6-sign-in-code");
      await logto.pasteCode(mail.code);
      expect(await bookstore.claims()).toMatchObject({ sub: idOfAda, email: ada });
    });

    test("an unknown address is asked whether to create an account, and Continue does", async () => {
      await meetSomebodyElse();
      await bookstore.beginSignIn();
      const mail = await outbox.mailSentBy(bob, () => logto.enterIdentifier(bob));
      await logto.enterCode(mail.code);
      await logto.dialog().waitFor();
      expect(await logto.dialog().innerText()).toContain(
        `No account found for ${bob}. Create a new one?`,
      );
      await person.photograph("7-unknown-address");
      await logto.answer("Continue");
      const claims = await bookstore.claims();
      expect(claims).toMatchObject({ email: bob });
      expect(claims["sub"]).not.toBe(idOfAda);
      await bookstore.signOut();
    });

    test("a wrong code is refused on the page, and the right one goes through after it", async () => {
      await bookstore.beginSignIn();
      const mail = await outbox.mailSentBy(ada, () => logto.enterIdentifier(ada));
      await logto.enterCode(otherCode(mail.code));
      await logto.message("Invalid verification code").waitFor();
      await logto.isAt("/sign-in/verification-code");
      await person.photograph("8-wrong-code");
      await logto.enterCode(mail.code);
      expect(await bookstore.claims()).toMatchObject({ sub: idOfAda });
      await bookstore.signOut();
    });

    test.each([
      ["401", { status: 401 }],
      ["403", { status: 403 }],
      ["429", { status: 429 }],
      ["500", { status: 500 }],
      ["no answer", { hang: true }],
    ] as const)(
      "where SendGrid's answer is %s, the person sees Logto's error",
      async (answer, how) => {
        await bookstore.beginSignIn();
        await outbox.failing(how, async () => {
          await logto.enterIdentifier(ada);
          await logto.toast().waitFor();
          // Logto's own pages do not wait longer than ten seconds.
          expect(await logto.toast().innerText()).toMatch(
            answer === "no answer"
              ? /Error occurred in connector|Request timeout\./
              : /Error occurred in connector/,
          );
          await logto.isAt("/sign-in");
        });
        if (answer === "401") await person.photograph("9-sendgrid-refuses");
      },
    );

    test("once SendGrid takes mails again, so does Logto", async () => {
      await bookstore.beginSignIn();
      const mail = await outbox.mailSentBy(ada, () => logto.enterIdentifier(ada));
      await logto.enterCode(mail.code);
      expect(await bookstore.claims()).toMatchObject({ sub: idOfAda });
    });

    testOfOwnStack(
      "an edited template and colour are in the next mail and on the next page",
      async () => {
        const { project } = own();
        await meetSomebodyElse();
        await bookstore.beginSignIn();
        expect(await logto.submitColor()).toBe(rgb("#7A3E1D"));

        rmSync(project.path("infra/templates/SignIn.html"));
        project.write(
          "infra/templates/SignIn.txt",
          "---\nsubject: Come in\n---\nYour code is {{code}}. Welcome back.\n",
        );
        own().changeSettings("#7A3E1D", "#0B5D5E");
        await own().update();

        await bookstore.beginSignIn();
        expect(await logto.submitColor()).toBe(rgb("#0B5D5E"));
        await person.photograph("10-another-colour");
        const mail = await outbox.mailSentBy(ada, () => logto.enterIdentifier(ada));
        expect(mail).toMatchObject({ subject: "Come in", from: stack.sender });
        expect(mail.text).toBe(`Your code is ${mail.code}. Welcome back.\n`);
        expect(mail.html).toBeUndefined();
        await logto.enterCode(mail.code);
        expect(await bookstore.claims()).toMatchObject({ sub: idOfAda });
      },
    );

    testOfOwnStack("where a password is declared, registering asks for one", async () => {
      own().changeSettings(
        "signUpIdentifier: email",
        "signUpIdentifier: email\n    password: true",
      );
      await own().update();
      await meetSomebodyElse();
      await bookstore.beginRegistration();
      const mail = await outbox.mailSentBy(eve, () => logto.enterIdentifier(eve));
      await logto.enterCode(mail.code);
      await person.page.locator("input[name=newPassword]").waitFor();
      await person.photograph("11-password");
      await logto.chooseNewPassword(passwordOf("first"));
      expect(await bookstore.claims()).toMatchObject({ email: eve });
      await bookstore.signOut();
    });

    testOfOwnStack(
      "a wrong password is refused, and a forgotten one is reset by a code",
      async () => {
        await bookstore.beginSignIn();
        await logto.enterIdentifier(eve);
        await logto.isAt("/sign-in/password");
        await logto.enterPassword(passwordOf("wrong"));
        await logto.message("Incorrect account or password").waitFor();
        await person.photograph("12-wrong-password");

        await logto.forgetPassword();
        await logto.isAt("/forgot-password");
        await person.photograph("13-forgot-password");
        const mail = await outbox.mailSentBy(eve, () => logto.enterIdentifier(eve));
        expectMail(mail, "ForgotPassword.html");
        await logto.isAt("/forgot-password/verification-code");
        await logto.enterCode(mail.code);
        await logto.isAt("/forgot-password/reset");
        await person.photograph("14-reset-password");
        await logto.chooseNewPassword(passwordOf("second"));
        await logto.isAt("/sign-in");
        await person.photograph("15-password-changed");
      },
    );

    testOfOwnStack("the new password signs in, and the old one no longer does", async () => {
      await bookstore.beginSignIn();
      await logto.enterIdentifier(eve);
      await logto.enterPassword(passwordOf("first"));
      await logto.message("Incorrect account or password").waitFor();
      await logto.enterPassword(passwordOf("second"));
      expect(await bookstore.claims()).toMatchObject({ email: eve });
      await person.photograph("16-signed-in-by-password");
    });

    testOfOwnStack("the application's secret shows nowhere while all this goes on", async () => {
      const secret = await own().output("appSecret");
      expect(secret).toMatch(/^\w{32}$/);
      const processes = execFileSync("ps", ["-eww", "-o", "args"], { encoding: "utf8" });
      expect(processes).toContain("examples/bookstore/app.py");
      const places = [own().printed, processes, ...environments(), await person.page.content()];
      expect(places.filter((text) => text.includes(secret))).toEqual([]);
    });

    test("no page threw an error or broke its own Content-Security-Policy", () => {
      expect([...errors, ...person.errors]).toEqual([]);
    });

    /** As its template and the stack's file declare it. */
    function expectMail(mail: Mail & { code: string }, template: string): void {
      expect(mail).toMatchObject({ subject: subjectOf(template), from: stack.sender });
      expect(mail.html).toContain(`<strong>${mail.code}</strong>`);
      expect(mail.text).toBeUndefined();
    }
  });
}

/** All processes that this user may ask for; nothing if the system does not tell. */
function environments(): string[] {
  if (!existsSync("/proc/self/environ")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        return [readFileSync(`/proc/${pid}/environ`, "utf8")];
      } catch {
        return []; // it has ended, or is another user's
      }
    });
}

/** As browsers write a colour. */
function rgb(hex: string): string {
  const parts = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
  return `rgb(${parts.join(", ")})`;
}

function otherCode(code: string): string {
  return code === "000000" ? "000001" : "000000";
}

/** Made for this run: no password lies in a file. */
function passwordOf(which: string): string {
  return `Shelf-${run}-${which}`;
}
