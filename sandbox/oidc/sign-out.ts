import { createHash } from "node:crypto";
import type { Context } from "koa";

const submit = "document.forms[0].submit();";

/**
 * The page between a sign-out and its end. As in Logto it asks nothing: the form sends itself. Only a
 * browser that runs no scripts shows the button.
 *
 * @param form Of `oidc-provider`, as HTML; it holds what tells the browser's own request from a forged one.
 */
export function signOutPage(context: Context, form: string): void {
  const hash = createHash("sha256").update(submit).digest("base64");
  protect(context, `script-src 'sha256-${hash}'`);
  context.body = page(
    "Sign out",
    `${form}
    <input type="hidden" form="op.logoutForm" name="logout" value="yes" />
    <noscript><button type="submit" form="op.logoutForm">Sign out</button></noscript>
    <script>${submit}</script>`,
  );
}

/** The page after a sign-out that leads nowhere else. */
export function signedOutPage(context: Context): void {
  protect(context);
  context.body = page("Signed out", "<h1>You have signed out.</h1>");
}

/** Not in a frame of another page, and nothing from elsewhere. Where the form may lead is not ours to limit. */
function protect(context: Context, ...directives: string[]): void {
  context.type = "html";
  context.set(
    "Content-Security-Policy",
    ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", ...directives].join("; "),
  );
  context.set("X-Frame-Options", "DENY");
  context.set("Referrer-Policy", "no-referrer");
}

function page(title: string, content: string): string {
  return `<!DOCTYPE html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <title>${title}</title>
  </head>
  <body>
    ${content}
  </body>
</html>
`;
}
