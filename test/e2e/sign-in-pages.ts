import type { Locator, Page } from "playwright-core";

/**
 * Logto's pages. What is addressed here are the names and texts of Logto's own pages, so that the test
 * drives a Logto server and the sandbox alike.
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

  /** Digit by digit. The last one submits. */
  async enterCode(code: string): Promise<void> {
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

  async forgetPassword(): Promise<void> {
    await this.page.getByRole("link", { name: "Forgot your password?" }).click();
  }

  dialog(): Locator {
    return this.page.locator("div[role=dialog]");
  }

  async answer(name: "Continue" | "Cancel"): Promise<void> {
    await this.dialog().getByRole("button", { name }).click();
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

  private submitButton(): Locator {
    return this.page.locator("button[name=submit][type=submit]");
  }

  private async submit(): Promise<void> {
    await this.submitButton().click();
  }
}
