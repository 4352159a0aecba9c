import type { Context } from "koa";
import { answerPage } from "./page";

/**
 * The page between a sign-out and its end. As in Logto it asks nothing: the form sends itself. Only a
 * browser that runs no scripts shows the button.
 *
 * @param form Of `oidc-provider`, as HTML; it holds what tells the browser's own request from a forged one.
 */
export function signOutPage(context: Context, form: string): void {
  answerPage(context, {
    title: "Sign out",
    body: (
      <>
        <div dangerouslySetInnerHTML={{ __html: form }} />
        <input type="hidden" form="op.logoutForm" name="logout" value="yes" />
        <noscript>
          <button type="submit" form="op.logoutForm">
            Sign out
          </button>
        </noscript>
      </>
    ),
    script: "document.forms[0].submit();",
  });
}

/** The page after a sign-out that leads nowhere else. */
export function signedOutPage(context: Context): void {
  answerPage(context, { title: "Signed out", body: <h1>You have signed out.</h1> });
}
