import type { Page } from "playwright-core";

/** Bookstore's pages (examples/bookstore). */
export class BookstorePages {
  constructor(
    private readonly page: Page,
    private readonly url: string,
  ) {}

  async open(): Promise<void> {
    await this.page.goto(`${this.url}/`);
  }

  /** Leads to Logto's first page. */
  async beginSignIn(): Promise<void> {
    await this.open();
    await this.page.getByRole("link", { name: "Sign in" }).click();
  }

  async beginRegistration(): Promise<void> {
    await this.open();
    await this.page.getByRole("link", { name: "Create an account" }).click();
  }

  /** Waits for the home page of somebody who is signed in, and returns the claims on it. */
  async claims(): Promise<Record<string, string>> {
    await this.page.getByRole("button", { name: "Sign out" }).waitFor();
    const [terms, descriptions] = await Promise.all([
      this.page.locator("dt").allTextContents(),
      this.page.locator("dd").allTextContents(),
    ]);
    return Object.fromEntries(terms.map((term, index) => [term, descriptions[index] ?? ""]));
  }

  /** Ends where the application offers to sign in. */
  async signOut(): Promise<void> {
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await this.offersToSignIn();
  }

  async offersToSignIn(): Promise<void> {
    await this.page.waitForURL(`${this.url}/`);
    await this.page.getByRole("link", { name: "Sign in" }).waitFor();
  }

  address(): string {
    return this.page.url();
  }
}
