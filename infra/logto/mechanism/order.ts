import { isObject, type Values } from "../../properties";

/**
 * An object with its lists in the order of `model`'s, as far as order means nothing in them.
 *
 * @param unordered the paths of such lists, each with the field that tells its entries apart, if they are objects
 */
export function inOrderOf<Held extends Values>(
  model: Values,
  held: Held,
  unordered: Readonly<Record<string, string>> = {},
): Held {
  return Object.entries(unordered).reduce(
    (ordered, [path, key]) => sorted(model, ordered, path.split("."), key) as Held,
    held,
  );
}

function sorted(model: unknown, held: unknown, [name, ...rest]: string[], key: string): unknown {
  if (name === undefined) {
    return Array.isArray(model) && Array.isArray(held) ? likeModel(model, held, key) : held;
  }
  if (!isObject(model) || !isObject(held) || !(name in held)) return held;
  return { ...held, [name]: sorted(model[name], held[name], rest, key) };
}

/** Entries that the model does not have come last, in their own order. */
function likeModel(model: unknown[], held: unknown[], key: string): unknown[] {
  const keyOf = (entry: unknown) => (isObject(entry) ? entry[key] : entry);
  const keys = model.map(keyOf);
  const placeOf = (entry: unknown) => {
    const place = keys.indexOf(keyOf(entry));
    return place < 0 ? keys.length : place;
  };
  return held.toSorted((one, other) => placeOf(one) - placeOf(other));
}
