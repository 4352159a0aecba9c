import type { Locator, Page } from "playwright-core";

/**
 * Logto's pages. What is addressed here are the names and texts of Logto's own pages, so that the test drives a Logto
 * server and the sandbox alike; where the two differ, sign-in-pages.test.ts has both kinds.
 */
export class SignInPages {
  constructor(private readonly page: Page) {}

  /** The first page of signing in, of registering, or of a forgotten password. */
  async enterIdentifier(identifier: string): Promise<void> {
    await this.page.locator("input[name=identifier]").fill(identifier);
    await this.submit();
  }

  async isAt(path: string): Promise<void> {
    await this.page.waitForURL((url) => url.pathname === path);
  }

  /**
   * Digit by digit; the last one submits. After a wrong code Logto's page of signing in keeps the digits, among which
   * typed ones would mix: then it is pasted.
   */
  async enterCode(code: string): Promise<void> {
    if ((await this.page.locator("input[name=passcode_0]").inputValue()) !== "") {
      await this.pasteCode(code);
      return;
    }
    for (const [index, digit] of Array.from(code).entries()) {
      await this.page.locator(`input[name=passcode_${index}]`).fill(digit);
    }
  }

  /** As from the clipboard, with the cursor in the first field. */
  async pasteCode(code: string): Promise<void> {
    const first = this.page.locator("input[name=passcode_0]");
    await first.evaluate((field, text) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData("text", text);
      field.dispatchEvent(
        new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }),
      );
    }, code);
  }

  async enterPassword(password: string): Promise<void> {
    await this.page.locator("input[name=password]").fill(password);
    await this.submit();
  }

  /** Logto asks for it a second time where a slip could not be put right by a forgotten password. */
  async chooseNewPassword(password: string): Promise<void> {
    await this.page.locator("input[name=newPassword]").fill(password);
    const confirmation = this.page.locator("input[name=confirmPassword]");
    if ((await confirmation.count()) > 0) await confirmation.fill(password);
    await this.submit();
  }

  /** Without a role: Logto's own is an `a` without an address. */
  async forgetPassword(): Promise<void> {
    await this.page.getByText("Forgot your password?", { exact: true }).click();
  }

  dialog(): Locator {
    return this.page.locator("div[role=dialog]");
  }

  /** By its whole name: Logto's dialog lies in an element that is a button, too, with all its text as its name. */
  async answer(name: "Continue" | "Cancel"): Promise<void> {
    await this.dialog().getByRole("button", { name, exact: true }).click();
  }

  toast(): Locator {
    return this.page.locator("div[role=toast]");
  }

  /** Text that shows anywhere on the page. */
  message(text: string): Locator {
    return this.page.getByText(text);
  }

  async submitText(): Promise<string> {
    return this.submitButton().innerText();
  }

  /** The colour behind the submit button's text, as the browser has computed it. */
  async submitColor(): Promise<string> {
    await this.submitButton().waitFor();
    return this.submitButton().evaluate((button) => getComputedStyle(button).backgroundColor);
  }

  /** Not each of Logto's has the name: that of a forgotten password has none. */
  private submitButton(): Locator {
    return this.page.locator("form").locator("button[type=submit], button:not([type])").first();
  }

  private async submit(): Promise<void> {
    await this.submitButton().click();
  }
}
