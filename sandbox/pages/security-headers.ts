import type { Context } from "koa";
import type { Tenant } from "../tenant";

/**
 * What a page may do in the browser: what Logto's pages may, as far as a declaration can make them load something, so
 * that a picture over http shows here no more than there.
 *
 * Scripts are held tighter, on purpose: Logto's pages are built in the browser, where a script in custom content does not
 * run, and allow inline ones. These are written by the server, so only the page's own script has the nonce.
 *
 * Source: Logto, `packages/core/src/middleware/koa-security-headers.ts`.
 */
export function setSecurityHeaders(context: Context, tenant: Tenant, nonce: string): void {
  const directives: Record<string, string[]> = {
    "default-src": ["'self'"],
    "script-src": [`'nonce-${nonce}'`],
    "script-src-attr": ["'none'"],
    "style-src": ["'self'", "https:", "'unsafe-inline'"],
    "img-src": ["'self'", "data:", "https:", "blob:"],
    "font-src": ["'self'", "https:", "data:"],
    "connect-src": ["'self'"],
    "frame-src": ["'self'", "https:"],
    "object-src": ["'none'"],
    "form-action": ["'self'"],
    "base-uri": ["'self'"],
    // The tenant `admin` is where Logto's console shows a preview of the pages.
    "frame-ancestors": ["'self'", ...tenant.trusted.map(({ issuer }) => new URL(issuer).origin)],
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
