import type { TFunction } from "i18next";
import type { ComponentChildren, VNode } from "preact";
import type { FormTexts, Identifier } from "../page-data";

const names: Record<Identifier, string> = {
  email: "email",
  phone: "phone_number",
  username: "username",
};

/** What the field for an identifier says when it is empty, or holds none of the kinds. */
export function formTexts(t: TFunction, identifiers: Identifier[]): FormTexts {
  const types = namesOf(t, identifiers);
  return {
    required: t("error.general_required", { types }),
    invalid: t("error.general_invalid", { types }),
  };
}

/** The kinds of identifiers within a sentence. */
export function namesOf(t: TFunction, identifiers: Identifier[]): string[] {
  return identifiers.map((identifier) => t(`description.${names[identifier]}`));
}

interface IdentifierFieldProps {
  t: TFunction;
  identifiers: Identifier[];
  /** Whether the browser may fill in what it knows: not where something new is asked for. */
  isKnown?: boolean;
  value?: string | undefined;
}

/** The one field for whatever a person is known by. */
export function IdentifierField({ t, identifiers, isKnown, value }: IdentifierFieldProps): VNode {
  const [only] = identifiers.length === 1 ? identifiers : [];
  return (
    <Field
      name="identifier"
      label={identifiers.map((identifier) => t(`input.${names[identifier]}`)).join(" / ")}
      type={only === "email" ? "email" : only === "phone" ? "tel" : "text"}
      autoComplete={isKnown ? autoComplete(only) : "off"}
      value={value}
    />
  );
}

function autoComplete(only: Identifier | undefined): string {
  return only === "email" ? "email" : only === "phone" ? "tel" : "username";
}

interface PasswordFieldProps {
  t: TFunction;
  name: "password" | "newPassword" | "confirmPassword";
  label: string;
  /** The button that shows what is typed. */
  hasToggle?: boolean;
}

export function PasswordField({ t, name, label, hasToggle }: PasswordFieldProps): VNode {
  return (
    <Field
      name={name}
      label={label}
      type="password"
      autoComplete={name === "password" ? "current-password" : "new-password"}
    >
      {hasToggle && (
        <button
          type="button"
          class="reveal"
          data-action="reveal"
          aria-label={t("action.show_password")}
          aria-pressed="false"
        >
          <svg viewBox="0 0 24 24" aria-hidden="true">
            <path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12Z" />
            <circle cx="12" cy="12" r="3" />
            <path class="slash" d="m4 4 16 16" />
          </svg>
        </button>
      )}
    </Field>
  );
}

interface FieldProps {
  name: string;
  label: string;
  type: "email" | "tel" | "text" | "password";
  autoComplete: string;
  value?: string | undefined;
  children?: ComponentChildren;
}

function Field({ name, label, type, autoComplete, value, children }: FieldProps): VNode {
  // Preact's types know each kind of input by itself; these take the same attributes.
  const kind = { type } as { type: "text" };
  return (
    <div class="field">
      <label for={name}>{label}</label>
      <div class="control">
        <input
          id={name}
          name={name}
          {...kind}
          autoComplete={autoComplete}
          autoCapitalize="none"
          spellcheck={false}
          aria-describedby={`${name}-error`}
          value={value}
        />
        {children}
      </div>
      <p class="error" id={`${name}-error`} role="alert" />
    </div>
  );
}

/** Password managers save a password by the identifier next to it. The script knows it. */
export function HiddenIdentifier(): VNode {
  return (
    <input hidden readOnly name="identifier" autoComplete="username" data-stored="identifier" />
  );
}

/** What is wrong with all that a form holds together. */
export function FormError(): VNode {
  return <p class="error" id="form-error" role="alert" />;
}

/** Is disabled until the script is there: a form that the browser sent by itself would write what it holds into the address. */
export function Submit({ children }: { children: ComponentChildren }): VNode {
  return (
    <button class="primary" type="submit" name="submit" disabled>
      {children}
    </button>
  );
}
