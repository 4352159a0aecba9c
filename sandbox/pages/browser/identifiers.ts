import type { FormTexts, Identifier } from "../page-data";
import type { AddressKnownAs } from "./api.js";
import { field, type Handlers, refuse } from "./forms.js";
import { type KnownAs, recall } from "./memory.js";
import { text } from "./page.js";

/** Tells the kinds of identifiers apart as a person types them, and refuses what is none of those allowed. */
export function readIdentifier(allowed: Identifier[], { required, invalid }: FormTexts): KnownAs {
  const typed = field("identifier").value.trim();
  if (typed === "") {
    return refuse("identifier", required);
  }
  const type = kindOf(typed, allowed);
  const value = type === "phone" ? typed.replaceAll(/\D/g, "") : typed;
  return type !== undefined && patterns[type].test(value)
    ? { type, value }
    : refuse("identifier", invalid);
}

/** As strict as Logto's own: the API decides. */
const patterns: Record<Identifier, RegExp> = {
  email: /^[^\s@]+@[^\s@.]+(?:\.[^\s@.]+)+$/,
  phone: /^\d{5,15}$/,
  username: /^[A-Z_a-z]\w*$/,
};

function kindOf(typed: string, allowed: Identifier[]): Identifier | undefined {
  if (allowed.length === 1) {
    return allowed[0];
  }
  const looks: Identifier = typed.includes("@")
    ? "email"
    : /^\+?[\d\s()-]+$/.test(typed)
      ? "phone"
      : "username";
  return allowed.find((identifier) => identifier === looks);
}

export function isAddress(identifier: KnownAs): identifier is AddressKnownAs {
  return identifier.type !== "username";
}

/** What the person typed before stands there again; else what the application proposed. */
export function prefill(known: KnownAs | undefined, allowed: Identifier[]): void {
  const input = document.querySelector<HTMLInputElement>('form [name="identifier"]');
  if (input && input.value === "" && known && allowed.includes(known.type)) {
    input.value = known.value;
  }
}

/** The API is stricter than this page. */
export const onWrongAddress: Handlers = {
  "guard.invalid_input": () => {
    const type = recall().identifier?.type;
    refuse("identifier", text(type === "phone" ? "error.invalid_phone" : "error.invalid_email"));
  },
};

export const onUsedUsername: Handlers = {
  "user.username_already_in_use": ({ message }) => refuse("identifier", message),
};
