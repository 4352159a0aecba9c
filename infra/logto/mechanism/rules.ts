import type { Rule } from "../../checks";
import { quoted } from "../../quoted";
import { isObject, type Values } from "../../properties";

/**
 * Rules over inputs that many kinds have.
 *
 * The entries of a list differ from one another: each in its `key`, or as a whole if none is named.
 */
export function listedOnce<Name extends string>(
  list: Name,
  key?: string,
): Rule<{ [Key in Name]?: unknown }> {
  return {
    reads: [list],
    problems: (inputs) => {
      const names = ((inputs as Values)[list] ?? []) as unknown[];
      const values = names.map((entry) => (key && isObject(entry) ? entry[key] : entry));
      return values.flatMap((value, index) =>
        values.indexOf(value) < index
          ? [
              {
                path: [list, index, ...(key ? [key] : [])],
                message: `${quoted(value)} is listed twice`,
              },
            ]
          : [],
      );
    },
  };
}
