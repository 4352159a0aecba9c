import type { Browser, Page } from "playwright-core";
import { launchBrowser, openTab, type Tab } from "../support/browser";
import { describeWith } from "../support/what-is-missing";
import { SignInPages } from "./sign-in-pages";

jest.setTimeout(120_000);

/** The places in which Logto's own pages differ from the sandbox's, as a browser sees them. */
describeWith(["chromium"], "the driver of the sign-in pages", () => {
  let browser: Browser;
  let tab: Tab;
  let page: Page;
  let logto: SignInPages;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser.close());
  beforeEach(async () => {
    tab = await openTab(browser);
    ({ page } = tab);
    page.setDefaultTimeout(5_000);
    logto = new SignInPages(page);
  });
  afterEach(() => tab.close());

  const clicked = () => page.evaluate("document.body.dataset.clicked");
  const noting = 'onclick="event.stopPropagation(); document.body.dataset.clicked = this.id"';

  test.each([
    [
      "of the sandbox",
      `<div role="dialog">No account found.<button ${noting} id="no">Cancel</button><button ${noting} id="yes">Continue</button></div>`,
    ],
    [
      "of Logto, which lies in a button",
      `<div role="button" ${noting} id="around"><div role="dialog"><div role="button" ${noting} id="inside">No account found. <button ${noting} id="no">Cancel</button><button ${noting} id="yes">Continue</button></div></div></div>`,
    ],
  ])("answers the dialog %s", async (_, html) => {
    await page.setContent(html);
    await logto.answer("Continue");
    expect(await clicked()).toBe("yes");
  });

  test.each([
    ["a link", `<a href="#there" ${noting} id="forgot">Forgot your password?</a>`],
    ["an anchor without an address", `<a ${noting} id="forgot">Forgot your password?</a>`],
  ])("finds the way to a new password in %s", async (_, html) => {
    await page.setContent(html);
    await logto.forgetPassword();
    expect(await clicked()).toBe("forgot");
  });

  test.each([
    ["with its name", `<button type="submit" name="submit" id="send" ${noting}>Sign in</button>`],
    ["without one", `<button type="submit" id="send" ${noting}>Continue</button>`],
    ["without a type", `<button id="send" ${noting}>Continue</button>`],
  ])("sends a form by the button %s", async (_, button) => {
    await page.setContent(
      `<button id="back">Back</button><form onsubmit="return false"><input name="identifier"><button type="button" id="eye">Show</button>${button}</form>`,
    );
    await logto.enterIdentifier("ada@bookstore.example");
    expect(await clicked()).toBe("send");
    expect(await page.inputValue("input[name=identifier]")).toBe("ada@bookstore.example");
  });

  /** Fields of one digit each, of which the focused one gets what is typed, and all what is pasted. */
  const codePage = (held: string) => `
    <form>${[0, 1, 2, 3, 4, 5].map((index) => `<input name="passcode_${index}" data-id="${index}" value="${held[index] ?? ""}">`).join("")}</form>
    <script>
      const fields = [...document.querySelectorAll("input")];
      const submit = () => {
        const code = fields.map(({ value }) => value).join("");
        if (code.length === 6) document.body.dataset.codes = (document.body.dataset.codes ?? "") + code + " ";
      };
      for (const field of fields) {
        field.addEventListener("input", submit);
        field.addEventListener("paste", (event) => {
          event.preventDefault();
          const text = event.clipboardData.getData("text");
          fields.forEach((one, index) => { one.value = text[index] ?? ""; });
          submit();
        });
      }
      fields[${held.length === 6 ? 5 : 0}].focus();
    </script>`;

  test.each([
    ["cleared, as after a wrong code of registering", ""],
    ["kept, as after a wrong code of signing in", "111111"],
  ])("enters a code once where the digits are %s", async (_, held) => {
    await page.setContent(codePage(held));
    await logto.enterCode("123456");
    expect(await page.evaluate("document.body.dataset.codes")).toBe("123456 ");
  });
});
