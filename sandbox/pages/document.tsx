import { readFileSync } from "node:fs";
import path from "node:path";
import type { FullSignInExperience } from "@logto/schemas";
import { Fragment, type VNode } from "preact";
import { renderToString } from "preact-render-to-string";
import type { Language } from "../language";
import { imageAddress } from "./addresses";
import type { PageData } from "./page-data";
import { textsForScript } from "./script-texts";
import { theme } from "./theme";
import type { Screen } from "./view";

const stylesheet = readFileSync(path.join(__dirname, "page.css"), "utf8");

interface Props {
  screen: Screen;
  experience: FullSignInExperience;
  language: Language;
  /** The path of the request: custom content is declared by it. */
  path: string;
  nonce: string;
  /** Address of the script. */
  script: string;
}

/** A whole page. The class names that begin with `logto_` are those that Logto promises to custom CSS. */
export function renderDocument(props: Props): string {
  const { screen, experience, language, nonce, script } = props;
  const { t, tag, direction } = language;
  const data: PageData = { ...screen.data, texts: textsForScript(t) };
  return `<!doctype html>${renderToString(
    <html lang={tag} dir={direction}>
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>{screen.title}</title>
        <Favicon experience={experience} />
        <Style nonce={nonce} css={stylesheet} />
        <Style nonce={nonce} css={theme(experience.color)} />
        {experience.customCss && <Style nonce={nonce} css={experience.customCss} />}
      </head>
      <body>
        <div id="app" class="logto_page-container">
          <CustomContent {...props} />
          <main class="logto_main-content" id="main">
            {screen.hasBack && (
              <button type="button" class="back" data-action="back">
                {t("action.nav_back")}
              </button>
            )}
            <div class="logto_branding-header">
              <Logo experience={experience} />
              <h1 id="heading">{screen.heading}</h1>
            </div>
            {screen.description && <p class="description">{screen.description}</p>}
            {screen.body}
            <noscript>
              <p class="notice">This page needs JavaScript.</p>
            </noscript>
          </main>
        </div>
        <div id="toasts" role="status" aria-live="polite" />
        <template id="invalid-session">{t("error.invalid_session")}</template>
        <script
          type="application/json"
          id="page-data"
          dangerouslySetInnerHTML={{ __html: JSON.stringify(data).replaceAll("<", "\\u003c") }}
        />
        <script type="module" src={script} nonce={nonce} />
      </body>
    </html>,
  )}`;
}

/** Keeps the text CSS to its last character: in CSS a backslash before the slash means the same. */
function Style({ css, nonce }: { css: string; nonce: string }): VNode {
  return (
    <style
      nonce={nonce}
      dangerouslySetInnerHTML={{ __html: css.replaceAll(/<\/(?=style)/gi, "<\\/") }}
    />
  );
}

function Favicon({ experience: { branding, color } }: Pick<Props, "experience">): VNode {
  const light = imageAddress(branding.favicon);
  const dark = color.isDarkModeEnabled ? imageAddress(branding.darkFavicon) : undefined;
  if (!light && !dark) {
    // Without one browsers ask for /favicon.ico.
    return <link rel="icon" href="data:," />;
  }
  return (
    <>
      {light && <link rel="icon" href={light} />}
      {dark && <link rel="icon" href={dark} media="(prefers-color-scheme: dark)" />}
    </>
  );
}

function Logo({ experience: { branding, color } }: Pick<Props, "experience">): VNode | null {
  const light = imageAddress(branding.logoUrl);
  const dark = color.isDarkModeEnabled ? imageAddress(branding.darkLogoUrl) : undefined;
  if (!light && !dark) {
    return null;
  }
  return (
    <picture>
      {dark && <source srcset={dark} media="(prefers-color-scheme: dark)" />}
      <img class="logo" alt="app logo" src={light ?? dark} />
    </picture>
  );
}

/** HTML written by the people who run the tenant; scripts in it do not run, as they lack the nonce. */
function CustomContent({ experience, path: requested }: Props): VNode {
  const html = (experience.customContent as Partial<Record<string, string>>)[requested];
  return html ? (
    <div class="logto_custom-content" dangerouslySetInnerHTML={{ __html: html }} />
  ) : (
    <Fragment />
  );
}
