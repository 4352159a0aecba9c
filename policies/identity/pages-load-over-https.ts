import { isShownOnPages } from "../../infra/logto/page-content";
import { resourceRule } from "../rule";
import { logto } from "../types";

const picture = "be a picture over https or as data:image/…, as Logto's pages show no other";

/**
 * Checks that the pictures declared for Logto's pages load over https: browsers skip others, and `up` does not
 * notice. What custom CSS and content load is judged by `sign-in-pages-run-no-code`.
 */
export const pagesLoadOverHttps = resourceRule({
  name: "pages-load-over-https",
  description: "Checks that the pictures of the sign-in pages are such as Logto's pages show.",
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
  },
});
