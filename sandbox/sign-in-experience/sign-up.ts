import {
  AlternativeSignUpIdentifier,
  ConnectorType,
  SignInIdentifier,
  type SignUp,
} from "@logto/schemas";
import { type ConnectorWithFactory, hasType } from "../connectors/connectors";
import { ensure } from "../errors";

type Identifier = SignInIdentifier | AlternativeSignUpIdentifier;

/** Refuses what people could not sign up with. */
export function checkSignUp(signUp: SignUp, connectors: ConnectorWithFactory[]): void {
  const { identifiers, secondaryIdentifiers = [], verify } = signUp;
  ensure(
    secondaryIdentifiers.length === 0 || identifiers.length > 0,
    "sign_in_experiences.missing_sign_up_identifiers",
  );
  const all: Identifier[] = [
    ...identifiers,
    ...secondaryIdentifiers.map(({ identifier }) => identifier),
  ];
  ensure(!hasDuplicates(signUp), "sign_in_experiences.duplicated_sign_up_identifiers");
  const isVerified =
    verify &&
    secondaryIdentifiers.every((secondary) => isUsername(secondary.identifier) || secondary.verify);
  ensure(all.every(isUsername) || isVerified, "sign_in_experiences.passwordless_requires_verify");
  for (const [type, identifier] of [
    [ConnectorType.Email, SignInIdentifier.Email],
    [ConnectorType.Sms, SignInIdentifier.Phone],
  ] as const) {
    ensure(
      !all.some((one) => covered(one).includes(identifier)) || hasType(connectors, type),
      "sign_in_experiences.enabled_connector_not_found",
      { values: { type } },
    );
  }
}

/**
 * An identifier counts once. "E-mail or phone" together with one of the two is refused only if that one is a
 * primary identifier.
 */
function hasDuplicates({ identifiers, secondaryIdentifiers = [] }: SignUp): boolean {
  const secondary = secondaryIdentifiers.map(({ identifier }) => identifier);
  return (
    new Set(identifiers).size < identifiers.length ||
    new Set(secondary).size < secondary.length ||
    secondary.flatMap(covered).some((identifier) => identifiers.includes(identifier))
  );
}

function covered(identifier: Identifier): SignInIdentifier[] {
  return identifier === AlternativeSignUpIdentifier.EmailOrPhone
    ? [SignInIdentifier.Email, SignInIdentifier.Phone]
    : [identifier];
}

function isUsername(identifier: Identifier): boolean {
  return identifier === SignInIdentifier.Username;
}
