import { mkdirSync } from "node:fs";
import path from "node:path";
import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { openTab, type Tab } from "../support/browser";

/** Where the screenshots of a stack go; git-ignored. */
export function artefactsOf(stack: string): string {
  return path.join(__dirname, "artefacts", stack);
}

const sizes = { desktop: { width: 1280, height: 800 }, phone: { width: 390, height: 844 } };

/** A person's browser: nothing of another person's is in it. */
export class Person {
  private constructor(
    private readonly tab: Tab,
    private readonly artefacts: string,
  ) {}

  /** @param artefacts the folder of the screenshots */
  static async withOwn(browser: Browser, artefacts: string): Promise<Person> {
    const tab = await openTab(browser, { viewport: sizes.desktop });
    tab.page.setDefaultTimeout(20_000);
    return new Person(tab, artefacts);
  }

  get page(): Page {
    return this.tab.page;
  }

  /** What pages threw, and what they tried against their own Content-Security-Policy. */
  get errors(): string[] {
    return this.tab.errors;
  }

  /** Keeps how the page looks, on a desk and on a phone. */
  async photograph(name: string): Promise<void> {
    mkdirSync(this.artefacts, { recursive: true });
    for (const [size, viewport] of Object.entries(sizes).reverse()) {
      await this.page.setViewportSize(viewport);
      await this.page.screenshot({ path: path.join(this.artefacts, `${name}-${size}.png`) });
    }
  }

  /** What axe finds against people who see, hear or move differently. */
  async barriers(): Promise<string[]> {
    await this.page.evaluate(axe.source);
    const { violations } = await this.page.evaluate<axe.AxeResults>("axe.run()");
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
  }

  leave(): Promise<void> {
    return this.tab.close();
  }
}
