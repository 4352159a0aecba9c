import { registrable, signInMethods, usableToSignIn } from "../experience";
import type { Flow } from "../page-data";
import { RichText } from "../parts/rich-text";
import { mustAgreeToRegister, TermsQuestion } from "../parts/terms";
import type { Screen, View } from "../view";

const length = 6;

/** The code that was sent: six fields, which send themselves when the last one is filled. */
export function verificationCode(flow: Flow, { experience, t, search }: View): Screen {
  const methods = signInMethods(experience);
  const withPassword = methods.filter(({ password }) => password);
  const mustAgree = flow === "sign-in" && mustAgreeToRegister(experience);
  return {
    title: titleOf(flow, t),
    heading: t("description.verify_email"),
    description: <span data-text="description.enter_passcode" />,
    hasBack: true,
    body: (
      <>
        <form noValidate>
          <div
            class="passcode"
            role="group"
            aria-labelledby="heading"
            aria-describedby="form-error"
          >
            {Array.from({ length }, (_, index) => (
              <input
                key={index}
                name={`passcode_${index}`}
                data-id={index}
                type="number"
                inputMode="numeric"
                pattern="[0-9]*"
                // On the first field telephones offer the code of a message that has just come in.
                autoComplete={index === 0 ? "one-time-code" : "off"}
                aria-label={`${t("action.enter_passcode")} ${index + 1}/${length}`}
              />
            ))}
          </div>
          <p class="error" id="form-error" role="alert" />
          <p class="resend">
            <span data-resend="waiting">
              <RichText
                text={t("description.resend_after_seconds", { skipInterpolation: true })}
                elements={{ span: () => <span data-seconds>59</span> }}
              />
            </span>
            <span data-resend="ready" hidden>
              <RichText
                text={t("description.resend_passcode")}
                elements={{
                  a: (content) => (
                    <a href="#" role="button" data-action="resend">
                      {content}
                    </a>
                  ),
                }}
              />
            </span>
          </p>
          {flow === "sign-in" && withPassword.length > 0 && (
            <p
              class="switch"
              hidden
              data-for={withPassword.map(({ identifier }) => identifier).join(" ")}
            >
              <a href={`/sign-in/password${search}`}>{t("action.sign_in_via_password")}</a>
            </p>
          )}
          <button class="primary" type="button" data-action="continue">
            {t("action.continue")}
          </button>
        </form>
        {mustAgree && <TermsQuestion experience={experience} t={t} />}
      </>
    ),
    data: {
      screen: "verification-code",
      flow,
      methods,
      registrable: registrable(experience),
      usableToSignIn: usableToSignIn(experience),
      mustAgreeToRegister: mustAgree,
    },
  };
}

function titleOf(flow: Flow, t: View["t"]): string {
  switch (flow) {
    case "register":
    case "continue":
      return t("description.create_account");
    case "forgot-password":
      return t("description.reset_password");
    case "sign-in":
      return t("description.sign_in");
  }
}
