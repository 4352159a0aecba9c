import { AgreeToTermsPolicy, type FullSignInExperience } from "@logto/schemas";
import type { TFunction } from "i18next";
import type { VNode } from "preact";
import { webAddress } from "../addresses";
import { RichText } from "./rich-text";

interface Props {
  experience: FullSignInExperience;
  t: TFunction;
}

function hasTerms({ termsOfUseUrl, privacyPolicyUrl }: FullSignInExperience): boolean {
  return [termsOfUseUrl, privacyPolicyUrl].some((declared) => webAddress(declared) !== undefined);
}

/** Whether a person has to say so before signing in. */
export function mustAgreeToSignIn(experience: FullSignInExperience): boolean {
  return hasTerms(experience) && experience.agreeToTermsPolicy === AgreeToTermsPolicy.Manual;
}

/** Whether a person has to say so before an account is made. */
export function mustAgreeToRegister(experience: FullSignInExperience): boolean {
  return hasTerms(experience) && experience.agreeToTermsPolicy !== AgreeToTermsPolicy.Automatic;
}

/** The box to tick. Logto gives it the role of a radio button; the links stand next to it, not in it. */
export function TermsCheckbox({ experience, t }: Props): VNode {
  return (
    <div class="terms">
      <div
        role="radio"
        aria-checked="false"
        tabIndex={0}
        aria-labelledby="terms-text"
        data-action="agree"
      >
        <input type="checkbox" name="termsAgreement" disabled aria-hidden="true" />
      </div>
      <p id="terms-text">
        {t("description.agree_with_terms")}
        <TermsLinks experience={experience} t={t} />
      </p>
    </div>
  );
}

/** What a person is asked who did not tick it. The script shows it in a dialog. */
export function TermsQuestion({ experience, t }: Props): VNode {
  return (
    <template id="terms-question">
      <RichText
        text={t("description.agree_with_terms_modal")}
        elements={{ link: () => <TermsLinks experience={experience} t={t} /> }}
      />
    </template>
  );
}

/** Beneath a form that asks for no agreement. */
export function TermsNotice({ experience, t }: Props): VNode | null {
  if (!hasTerms(experience)) {
    return null;
  }
  return (
    <p class="notice">
      {experience.agreeToTermsPolicy === AgreeToTermsPolicy.Automatic ? (
        <RichText
          text={t("description.auto_agreement")}
          elements={{ link: () => <TermsLinks experience={experience} t={t} /> }}
        />
      ) : (
        <TermsLinks experience={experience} t={t} />
      )}
    </p>
  );
}

function TermsLinks({ experience, t }: Props): VNode {
  const links = [
    { address: webAddress(experience.termsOfUseUrl), text: t("description.terms_of_use") },
    { address: webAddress(experience.privacyPolicyUrl), text: t("description.privacy_policy") },
  ].filter(({ address }) => address !== undefined);
  return (
    <>
      {links.map(({ address, text }, index) => (
        <>
          {index > 0 && ` ${t("description.and")} `}
          <a href={address} target="_blank" rel="noopener noreferrer">
            {text}
          </a>
        </>
      ))}
    </>
  );
}
