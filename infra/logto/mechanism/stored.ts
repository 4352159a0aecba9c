import { propertyPath } from "../../checks";
import type { Values } from "../../properties";
import { userError } from "../../user-error";
import { type Sameness, samenessOf } from "./sameness";

/** What to say of an input that was not stored, by its name, if a kind knows why. */
export type Explanations = Readonly<
  Record<string, ((sent: unknown, stored: unknown) => string) | undefined>
>;

interface Options {
  explanations?: Explanations | undefined;
  sameness?: Sameness;
}

/**
 * Refuses an answer that does not hold what was sent. Logto drops what it does not know and still answers 200, as
 * an older Logto does with a field that came later.
 *
 * @param object as in `the role "reader"`
 * @param explanations what a kind says instead of an input of which it knows more. Default: nothing.
 * @param sameness how the values of the kind are compared. Default: as those of columns that Logto does not clean.
 * @throws a user error that names the fields and no value: one may be a secret
 */
export function requireStored(
  object: string,
  sent: Values,
  stored: Values,
  { explanations = {}, sameness = samenessOf() }: Options = {},
): void {
  const lost = sameness.lostPlaces(sent, stored);
  if (lost.length === 0) return;
  const inputs = [...new Set(lost.map(([input = ""]) => input))];
  const explained = inputs.flatMap((input) => {
    const explanation = explanations[input]?.(sent[input], stored[input]);
    return explanation === undefined ? [] : [`${input}: ${explanation}`];
  });
  const others = lost.filter(([input = ""]) => explanations[input] === undefined);
  const unexplained = `Logto answered that it took ${object}, and did not store ${others.map(propertyPath).join(", ")} as declared: most likely this Logto is too old for it. Leave it out, or update Logto`;
  throw userError([...explained, ...(others.length > 0 ? [unexplained] : [])].join("; "));
}
