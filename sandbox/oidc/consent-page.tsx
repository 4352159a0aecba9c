import type { Context } from "koa";
import type { Language } from "../language";
import { answerPage } from "./page";

export interface Question {
  /** What names the sign-in; the answer has to come with it. */
  interactionId: string;
  applicationName: string;
  /** The site that the browser goes on to. */
  host: string;
  scopes: string[];
}

/** Asks whether an application that is not of our own may have what it asks for. The texts are Logto's. */
export function askForConsent(
  context: Context,
  { interactionId, applicationName: name, host, scopes }: Question,
  language: Language,
): void {
  const { t } = language;
  const title = t("description.authorize_title", { name });
  // As a whole: colons in the names of scopes mean something to i18next.
  const descriptions = t("user_scopes.descriptions", { returnObjects: true }) as Partial<
    Record<string, string>
  >;
  answerPage(context, {
    title,
    language,
    body: (
      <>
        <h1>{title}</h1>
        {scopes.length > 0 && (
          <>
            <p>{t("description.request_permission", { name })}</p>
            <ul>
              {scopes.map((scope) => (
                // A resource's scopes are known by their names.
                <li key={scope}>{descriptions[scope] ?? scope}</li>
              ))}
            </ul>
          </>
        )}
        <p>{t("description.redirect_to", { name: host })}</p>
        <form method="post">
          <input type="hidden" name="interaction" value={interactionId} />
          <button type="submit" name="decision" value="deny">
            {t("action.cancel")}
          </button>
          <button type="submit" name="decision" value="allow">
            {t("action.authorize")}
          </button>
        </form>
      </>
    ),
  });
}
