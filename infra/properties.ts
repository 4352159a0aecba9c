/** A plain object, as JSON and the engine have them. */
export type Values = Record<string, unknown>;

/**
 * A copy without `undefined` and `null` at any depth: the engine's protocol fails on the first and drops
 * the second.
 */
export function withoutNullish<Value>(value: Value): Value {
  if (Array.isArray(value)) return value.map(withoutNullish) as Value;
  if (!isObject(value)) return value;
  const entries = Object.entries(value).filter(([, held]) => held !== undefined && held !== null);
  return Object.fromEntries(entries.map(([key, held]) => [key, withoutNullish(held)])) as Value;
}

/** The properties with these keys, as far as the object has them. */
export function pick<T extends object, Key extends keyof T & string>(
  object: T,
  keys: readonly Key[],
): Pick<T, Key> {
  const entries = Object.entries(object).filter(([key]) =>
    (keys as readonly string[]).includes(key),
  );
  return Object.fromEntries(entries) as Pick<T, Key>;
}

export function omit<T extends object, Key extends keyof T & string>(
  object: T,
  keys: readonly Key[],
): Omit<T, Key> {
  const entries = Object.entries(object).filter(
    ([key]) => !(keys as readonly string[]).includes(key),
  );
  return Object.fromEntries(entries) as Omit<T, Key>;
}

export function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Both objects, merged at every depth; if both have a value at one place, the later one. */
export function merged(one: Values, later: Values): Values {
  const entries = Object.entries(later).map(([key, value]) => {
    const held = one[key];
    return [key, isObject(held) && isObject(value) ? merged(held, value) : value];
  });
  return { ...one, ...(Object.fromEntries(entries) as Values) };
}

/** The value if it is a plain object, else an empty one. */
export function asObject(value: unknown): Values {
  return isObject(value) ? value : {};
}
