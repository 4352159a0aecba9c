import { blockedInCss, blockedInHtml, isShownOnPages } from "../../infra/logto/page-content";
import { resourceRule } from "../rule";
import { logto } from "../types";

const picture = "be a picture over https or as data:image/…, as Logto's pages show no other";

/** Checks that Logto's pages load what is declared for them: browsers leave out the rest, without a word in `up`. */
export const pagesLoadOverHttps = resourceRule({
  name: "pages-load-over-https",
  description:
    "Checks that pictures, styles and content of the sign-in pages are such as Logto's pages load.",
  level: "mandatory",
  types: [logto.application, logto.connector, logto.signInExperience],
  *demands({ at }) {
    const pictures = at(
      "branding.*",
      "oidcClientMetadata.logoUri",
      "metadata.logo",
      "metadata.logoDark",
    );
    for (const address of pictures) {
      yield {
        property: address.path,
        must: picture,
        isMet: () => address.value === "" || isShownOnPages(String(address.value)),
      };
    }
    for (const css of at("customCss")) {
      yield {
        property: css.path,
        must: "load pictures, fonts and other styles over https or as data: only, as Logto's pages load no others",
        isMet: () => blockedInCss(String(css.value)).length === 0,
      };
    }
    for (const html of at("customContent.*")) {
      yield {
        property: html.path,
        must: "load pictures, styles and frames over https only, and do without media, scripts and forms of elsewhere, as Logto's pages load no others",
        isMet: () => blockedInHtml(String(html.value)).length === 0,
      };
    }
  },
});
