import { asObject, type Values } from "../../properties";
import type { Changes } from "./declared";

/**
 * For a column whose places depend on its sort, such as the config of a field by the field's type: what belongs to
 * another sort that was there before goes while this one is declared, and comes back with that. The sort that is put back
 * takes along nothing that it does not have. What somebody set of a sort that was never declared is not remembered.
 *
 * @param placesOf the places of the column that the sort of a declaration or of an object has; `undefined` if it has none
 */
export function withoutOtherPlaces(
  column: string,
  placesOf: (values: Values) => readonly string[] | undefined,
) {
  /** The declaration, if it declares a sort, which also says of these places that they hold nothing. */
  const withPlaces = (places: string[], declaration: Values): Values => {
    if (places.length === 0 || placesOf(declaration) === undefined) return declaration;
    const nothing = Object.fromEntries(places.map((place) => [place, undefined]));
    return { ...declaration, [column]: { ...nothing, ...asObject(declaration[column]) } };
  };
  return ({ before, declared, original }: Changes, live: Values): Changes => {
    const earlier = asObject(original[column]);
    const places = Object.keys({ ...asObject(live[column]), ...earlier });
    const foreignTo = (own: readonly string[] = places) =>
      places.filter((place) => !own.includes(place));
    const isLeaving = placesOf(declared) === undefined;
    const foreign = foreignTo(
      isLeaving ? (placesOf(original) ?? placesOf(live)) : placesOf(declared),
    );
    const foreignBefore = isLeaving ? foreign : foreignTo(placesOf(before));
    return {
      before: withPlaces([...Object.keys(earlier), ...foreignBefore], before),
      declared: withPlaces(foreign, declared),
      original,
    };
  };
}
