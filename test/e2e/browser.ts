import { mkdirSync } from "node:fs";
import path from "node:path";
import axe from "axe-core";
import { type Browser, chromium, type Page } from "playwright-core";
import { findChromium } from "../support/what-is-missing";

/** Where the screenshots go; git-ignored. */
export const artefacts = path.join(__dirname, "artefacts");

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium() as string,
    // As root it has no sandbox of its own. Nothing is to leave the machine.
    chromiumSandbox: process.getuid?.() !== 0,
    args: ["--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"],
  });
}

/** A person's browser: nothing of another person's is in it. */
export class Person {
  /** What pages threw, and what they tried against their own Content-Security-Policy. */
  broken: string[] = [];

  private constructor(readonly page: Page) {
    page.on("pageerror", (error) => this.broken.push(`${page.url()}: ${error.message}`));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) {
        this.broken.push(`${page.url()}: ${message.text()}`);
      }
    });
  }

  static async withOwn(browser: Browser): Promise<Person> {
    // Logto takes the language from the browser.
    const context = await browser.newContext({ viewport: sizes.desktop, locale: "en-US" });
    context.setDefaultTimeout(20_000);
    return new Person(await context.newPage());
  }

  /** Keeps how the page looks, on a desk and on a phone. */
  async photograph(name: string): Promise<void> {
    mkdirSync(artefacts, { recursive: true });
    for (const [size, viewport] of Object.entries(sizes).reverse()) {
      await this.page.setViewportSize(viewport);
      await this.page.screenshot({ path: path.join(artefacts, `${name}-${size}.png`) });
    }
  }

  /** What axe finds against people who see, hear or move differently. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate<axe.AxeResults>("axe.run()");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }

  async leave(): Promise<void> {
    await this.page.context().close();
  }
}
