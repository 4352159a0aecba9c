import { SearchJointMode, SearchMatchMode } from "@logto/schemas";
import type { Values } from "../database";

interface Match {
  /** A column; without it all that can be searched. */
  field: string | undefined;
  mode: SearchMatchMode;
  values: string[];
}

interface Search {
  matches: Match[];
  joint: SearchJointMode;
  isCaseSensitive: boolean;
}

/**
 * What the parameters `search`, `search.FIELD`, `mode`, `mode.FIELD`, `joint` and `isCaseSensitive` ask
 * for. A search that makes no sense throws a TypeError, which Logto answers with 500 for applications.
 */
export function parseSearch(parameters: URLSearchParams): Search {
  const modes = new Map<string | undefined, SearchMatchMode>();
  const values = new Map<string | undefined, string[]>();
  for (const [key, value] of parameters) {
    if (key.startsWith("mode")) {
      modes.set(fieldOf(key), oneOf(SearchMatchMode, value));
    } else if (key.startsWith("search")) {
      const field = fieldOf(key);
      values.set(field, [...(values.get(field) ?? []), value]);
    }
  }
  const joint = parameters.get("joint") ?? parameters.get("jointMode");
  return {
    joint: joint ? oneOf(SearchJointMode, joint) : SearchJointMode.Or,
    isCaseSensitive: ["1", "true", "y", "yes", "yep", "yeah"].includes(
      (parameters.get("isCaseSensitive") ?? "").toLowerCase(),
    ),
    matches: [...values].map(([field, wanted]) => {
      const mode = modes.get(field) ?? modes.get(undefined) ?? SearchMatchMode.Like;
      if (wanted.includes("") || (mode !== SearchMatchMode.Exact && wanted.length !== 1)) {
        throw new TypeError("A search needs exactly one value, not empty.");
      }
      return { field, mode, values: wanted };
    }),
  };
}

/** The condition for a statement; nothing where nothing is searched for. */
export function searchCondition(
  { matches, joint, isCaseSensitive }: Search,
  searchable: readonly string[],
  values: Values,
): string | undefined {
  if (matches.length === 0) return undefined;
  const conditions = matches.map((match) => {
    const field = match.field && toSnakeCase(match.field);
    if (field && !searchable.includes(field)) {
      throw new TypeError(
        `Search field \`${String(match.field)}\` is not valid, expect one of ${searchable.join(", ")}.`,
      );
    }
    const isExact = match.mode === SearchMatchMode.Exact;
    const ignoresCase = isExact && !isCaseSensitive;
    const operator = operatorOf(match.mode, isCaseSensitive);
    const wanted = match.values.map((value) =>
      values.add("search", ignoresCase ? value.toLowerCase() : value),
    );
    const comparisons = (field ? [field] : searchable).flatMap((name) =>
      wanted.map((place) => `${ignoresCase ? `lower(${name})` : name} ${operator} ${place}`),
    );
    return `(${comparisons.join(" or ")})`;
  });
  return `(${conditions.join(joint === SearchJointMode.And ? " and " : " or ")})`;
}

function operatorOf(mode: SearchMatchMode, isCaseSensitive: boolean): string {
  switch (mode) {
    case SearchMatchMode.Exact:
      return "=";
    case SearchMatchMode.Like:
      return isCaseSensitive ? "like" : "ilike";
    case SearchMatchMode.Posix:
      return isCaseSensitive ? "~" : "~*";
    case SearchMatchMode.SimilarTo:
      if (!isCaseSensitive) {
        throw new TypeError("`similar to` is always case-sensitive.");
      }
      return "similar to";
  }
}

function fieldOf(key: string): string | undefined {
  const [, field, ...deeper] = key.split(".");
  if (deeper.length > 0) {
    throw new TypeError(`${key} names a nested field.`);
  }
  return field;
}

function oneOf<Value extends string>(values: Record<string, Value>, value: string): Value {
  const found = Object.values(values).find((candidate) => candidate === value);
  if (found === undefined) {
    throw new TypeError(`${value} is none of ${Object.values(values).join(", ")}.`);
  }
  return found;
}

function toSnakeCase(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
