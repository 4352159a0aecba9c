import { asObject, type Values } from "../../properties";
import type { Changes } from "./declared";

/**
 * For a column whose places depend on its sort, such as the config of a field by the field's type: what belongs to
 * another sort that was there before goes while this one is declared, and comes back with that.
 *
 * @param placesOf the places of the column that a declaration's own sort has; `undefined` if it declares no sort
 */
export function withoutOtherPlaces(
  column: string,
  placesOf: (declaration: Values) => readonly string[] | undefined,
) {
  /** The declaration, which also says of places that its own sort does not have that they hold nothing. */
  const withPlacesOf = (others: Values[], declaration: Values): Values => {
    const own = placesOf(declaration);
    const places = others.flatMap(({ [column]: held }) => Object.keys(asObject(held)));
    const foreign = own ? places.filter((place) => !own.includes(place)) : [];
    if (foreign.length === 0) return declaration;
    const nothing = Object.fromEntries(foreign.map((place) => [place, undefined]));
    return { ...declaration, [column]: { ...nothing, ...asObject(declaration[column]) } };
  };
  return ({ before, declared, original }: Changes, live: Values): Changes => ({
    before: withPlacesOf([original], before),
    declared: withPlacesOf([live, original], declared),
    original,
  });
}
