import { createHash } from "node:crypto";
import path from "node:path";
import { browserScript } from "../http/browser-script";

/** The script of the pages. */
export interface PageScript {
  /** Changes with the text, so that browsers may keep what it holds. */
  path: string;
  text: string;
}

export function loadScript(): PageScript {
  const text = browserScript(path.join(__dirname, "browser", "main.ts"));
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 16);
  return { path: `/sign-in-pages/${hash}.js`, text };
}
