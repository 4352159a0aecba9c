import type { VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Failure } from "../failure";
import type { Mail } from "../mail";

/** The whole page, newest mail first. What the script replaces by itself has an id. */
export function renderPage(mails: readonly Mail[], failure: Failure | undefined): string {
  return `<!doctype html>${renderToString(
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>{mails.length > 0 ? `Outbox (${mails.length})` : "Outbox"}</title>
        <link rel="icon" href="data:," />
        <link rel="stylesheet" href="/page.css" />
        <noscript>
          <meta http-equiv="refresh" content="5" />
        </noscript>
        <script type="module" src="/page.js" />
      </head>
      <body>
        <header class="top">
          <div>
            <h1>Outbox</h1>
            <p id="count">{describeCount(mails.length)}</p>
          </div>
          <button type="button" data-action="clear">
            Delete all
          </button>
        </header>
        <div id="failure">{failure && <FailureNotice failure={failure} />}</div>
        <main id="mails" aria-label="Mails">
          {mails.map((mail) => (
            <MailArticle key={mail.id} mail={mail} />
          ))}
        </main>
        <p class="hint" id="hint">
          {mails.length === 0 &&
            "What the sandbox sends shows here by itself. Nothing leaves this machine."}
        </p>
        <div id="announcements" role="status" aria-live="polite" />
      </body>
    </html>,
  )}`;
}

function describeCount(count: number): string {
  if (count === 0) return "No mails yet";
  return count === 1 ? "1 mail" : `${count} mails, newest first`;
}

function FailureNotice({ failure }: { failure: Failure }): VNode {
  return (
    <div class="failure" role="alert">
      <p>
        {"hang" in failure
          ? "Sending hangs: requests get no answer."
          : `Sending fails with status ${failure.status}.`}
      </p>
      <button type="button" data-action="mend">
        Let it work again
      </button>
    </div>
  );
}

function MailArticle({ mail }: { mail: Mail }): VNode {
  const { id, from, to, subject, receivedAt, code, html, text, headers } = mail;
  return (
    <article id={`mail-${id}`} aria-labelledby={`subject-${id}`}>
      <header>
        <h2 id={`subject-${id}`}>{subject}</h2>
        <p>
          To <strong>{to}</strong>
        </p>
        <p class="quiet">
          From {from.name ? `${from.name} <${from.email}>` : from.email} ·{" "}
          <time dateTime={receivedAt}>{receivedAt.replace("T", " ").replace(/\..*/, " UTC")}</time>
        </p>
      </header>
      {code && (
        <p class="code">
          <code aria-label={`Code ${code.replaceAll(/\d(?=\d)/g, "$& ")}`}>{code}</code>
          <button type="button" data-copy={code} aria-label={`Copy the code ${code}`}>
            Copy
          </button>
        </p>
      )}
      {html !== undefined && (
        <details open>
          <summary>HTML</summary>
          <iframe
            sandbox=""
            srcdoc={html}
            loading="lazy"
            referrerpolicy="no-referrer"
            title={`HTML of “${subject}” to ${to}`}
          />
          <p class="quiet">Pictures and links from elsewhere are not loaded.</p>
        </details>
      )}
      {text !== undefined && (
        <details open={html === undefined}>
          <summary>Text</summary>
          <pre tabIndex={0} aria-label={`Text of “${subject}” to ${to}`}>
            {text}
          </pre>
        </details>
      )}
      {html !== undefined && (
        <details>
          <summary>Source</summary>
          <pre tabIndex={0} aria-label={`HTML source of “${subject}” to ${to}`}>
            {html}
          </pre>
        </details>
      )}
      <details>
        <summary>Headers</summary>
        <dl>
          {Object.entries(headers).map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </details>
    </article>
  );
}
