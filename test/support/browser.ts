import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromiumToInstall, findChromium } from "./what-is-missing";

/** A browser without a window. It is not downloaded: where it is missing, the error says what to install. */
export function launchBrowser(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error(`There is no browser: install ${chromiumToInstall}.`);
  }
  return chromium.launch({
    executablePath,
    args: [
      // As root it cannot have one.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}

/** A tab of a person of their own, and all that went wrong in it. */
export interface Tab {
  page: Page;
  /** Errors of scripts, and what the content security policy stopped. */
  errors: string[];
  close: () => Promise<void>;
}

export async function openTab(browser: Browser, options: BrowserContextOptions = {}): Promise<Tab> {
  const context = await browser.newContext({ locale: "en-US", ...options });
  const page = await context.newPage();
  const errors: string[] = [];
  page.on("pageerror", ({ message }) => errors.push(message));
  page.on("console", (message) => {
    // A refusal of the API is one of these, too; it is what a test looks for in the page.
    if (message.type() === "error" && !message.text().startsWith("Failed to load resource")) {
      errors.push(message.text());
    }
  });
  return { page, errors, close: () => context.close() };
}
