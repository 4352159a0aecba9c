import type { VNode } from "preact";
import { webAddress } from "../addresses";
import type { View } from "../view";
import { RichText } from "./rich-text";

/** Whom a person can turn to when nothing goes on. */
export function Support({ experience, t }: Pick<View, "experience" | "t">): VNode {
  const { supportEmail } = experience;
  const website = webAddress(experience.supportWebsiteUrl);
  return (
    <>
      {supportEmail && (
        <p class="notice">
          <RichText
            text={t("description.support_email")}
            elements={{ link: () => <a href={`mailto:${supportEmail}`}>{supportEmail}</a> }}
          />
        </p>
      )}
      {website && (
        <p class="notice">
          <RichText
            text={t("description.support_website")}
            elements={{ link: () => <a href={website}>{website}</a> }}
          />
        </p>
      )}
    </>
  );
}
