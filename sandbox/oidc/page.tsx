import { createHash } from "node:crypto";
import type { Context } from "koa";
import type { ComponentChildren, VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Language } from "../language";

interface Content {
  title: string;
  /** English without any. */
  language?: Pick<Language, "tag" | "direction">;
  body: ComponentChildren;
  /** Runs when the page is there. Nothing else does. */
  script?: string;
}

const style = `
  :root { color-scheme: light dark; font-family: system-ui, sans-serif; line-height: 1.5; }
  main { max-width: 26rem; margin: 10vh auto; padding: 0 1rem; }
  form { display: flex; flex-wrap: wrap; gap: 0.5rem; margin-top: 1.5rem; }
  button { flex: 1; font: inherit; padding: 0.6rem 1rem; cursor: pointer; }
`;

/**
 * Answers with one of the few pages between the sign-in pages and the application. It runs in no frame, so that
 * no other site can have its buttons pressed unseen, and loads nothing. The target of its form is not limited, as the
 * form ends at the application.
 */
export function answerPage(context: Context, { title, language, body, script }: Content): void {
  context.type = "html";
  context.set({
    "Content-Security-Policy": [
      "default-src 'none'",
      `style-src '${hashOf(style)}'`,
      ...(script === undefined ? [] : [`script-src '${hashOf(script)}'`]),
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join("; "),
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
  });
  context.body = `<!doctype html>${renderToString(
    <html lang={language?.tag ?? "en"} dir={language?.direction ?? "ltr"}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{title}</title>
        <style dangerouslySetInnerHTML={{ __html: style }} />
      </head>
      <body>
        <main>{body}</main>
        {script !== undefined && <Script code={script} />}
      </body>
    </html>,
  )}`;
}

function Script({ code }: { code: string }): VNode {
  return <script dangerouslySetInnerHTML={{ __html: code }} />;
}

function hashOf(text: string): string {
  return `sha256-${createHash("sha256").update(text).digest("base64")}`;
}
