import type { FullSignInExperience } from "@logto/schemas";
import type { Context } from "koa";
import type { Tenant } from "../tenant";
import { webAddress } from "./addresses";

/**
 * What a page may do in the browser: run its own script, use its own styles, call its own server. Images come
 * from anywhere over https, as on Logto's pages, and from where they are declared to lie.
 *
 * The custom CSS may load fonts and, by `@import`, the style sheets that it names itself.
 */
export function setSecurityHeaders(
  context: Context,
  tenant: Tenant,
  nonce: string,
  { branding, customCss }: FullSignInExperience,
): void {
  const directives: Record<string, string[]> = {
    "default-src": ["'none'"],
    "script-src": [`'nonce-${nonce}'`],
    "style-src": [`'nonce-${nonce}'`, ...importedBy(customCss ?? "")],
    "img-src": ["'self'", "data:", "https:", ...originsOf(Object.values(branding))],
    "font-src": ["data:", "https:"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    // The tenant `admin` is where Logto's console shows a preview of the pages.
    "frame-ancestors": ["'self'", ...originsOf(tenant.trusted.map(({ issuer }) => issuer))],
  };
  context.set({
    "Content-Security-Policy": Object.entries(directives)
      .map(([name, sources]) => [name, ...new Set(sources)].join(" "))
      .join("; "),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    // A page is made for one person, with a nonce for one answer.
    "Cache-Control": "no-store",
  });
}

function importedBy(css: string): string[] {
  const imports = css.matchAll(/@import\s+(?:url\(\s*)?["']?(https?:[^"')\s;]+)/gi);
  return originsOf([...imports].map(([, address]) => address));
}

function originsOf(addresses: (string | undefined)[]): string[] {
  return addresses.flatMap((address) => {
    const known = webAddress(address);
    return known === undefined ? [] : [new URL(known).origin];
  });
}
