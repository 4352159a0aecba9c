import { type Subject, stackRule } from "../rule";
import { logto } from "../types";
import { anyOf } from "../unknown";
import { type Medium, sends } from "./connector-medium";

/** Checks that codes for users can be sent: Logto itself refuses only if there is no connector at all. */
export const identifiersHaveTheirConnector = stackRule({
  name: "identifiers-have-their-connector",
  description: "Checks that the stack has a connector for every medium that codes are sent by.",
  level: "mandatory",
  options: {
    connectorsElsewhere: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "The media, of email and phone, whose connector another stack or person keeps.",
    },
  },
  *demandsOfStack(subjects, { connectorsElsewhere }) {
    for (const subject of subjects.filter(({ type }) => type === logto.signInExperience)) {
      for (const { path, media } of codesSent(subject)) {
        for (const medium of ["email", "phone"] as const) {
          if (connectorsElsewhere.includes(medium)) continue;
          yield {
            subject,
            property: path,
            exception: { connectorsElsewhere: medium },
            must: `do without ${medium} while the stack has no connector that sends codes by ${medium}: declare one`,
            isMet: () => anyOf(subjects, (one) => sends(one, medium)) || !media().includes(medium),
          };
        }
      }
    }
  },
});

/** Settings of the sign-in experience that have codes sent, and the media that they use. */
function codesSent({ at, value }: Subject): { path: string; media: () => Medium[] }[] {
  const identifiers = at("signUp.identifiers.*", "signUp.secondaryIdentifiers.*.identifier");
  const methods = at("signIn.methods.*").map(({ path }, index) => {
    const part = (name: string) => value(`signIn.methods.${index}.${name}`);
    return {
      path,
      media: () => (part("verificationCode") === true ? mediaOf(part("identifier")) : []),
    };
  });
  const others = at("forgotPasswordMethods.*", "mfa.factors.*");
  return [
    ...[...identifiers, ...others].map((property) => ({
      path: property.path,
      media: () => mediaOf(property.value),
    })),
    ...methods,
  ];
}

function mediaOf(name: unknown): Medium[] {
  switch (name) {
    case "email":
    case "EmailVerificationCode":
      return ["email"];
    case "phone":
    case "PhoneVerificationCode":
      return ["phone"];
    case "emailOrPhone":
      return ["email", "phone"];
    default:
      return [];
  }
}
