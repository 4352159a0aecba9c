import type { Values } from "../../properties";

/** Logto's names for inputs, as in `{ factoryId: "connectorId" }`. */
export type ColumnNames = Readonly<Record<string, string>>;

/** Turns inputs into columns of Logto's, and back. Names that are not listed are the same. */
export function columnNaming(names: ColumnNames = {}) {
  const inputNames = new Map(Object.entries(names).map(([input, column]) => [column, input]));
  const renamed = (values: Values, nameOf: (name: string) => string | undefined) => {
    const entries = Object.entries(values);
    // A name that is listed wins over one that is the same by chance.
    const [listed, others] = [true, false].map((isListed) =>
      entries.filter(([name]) => (nameOf(name) !== undefined) === isListed),
    ) as [typeof entries, typeof entries];
    return Object.fromEntries(
      [...others, ...listed].map(([name, value]) => [nameOf(name) ?? name, value]),
    );
  };
  return {
    columnOf: (input: string) => names[input] ?? input,
    toColumns: (inputs: Values) => renamed(inputs, (input) => names[input]),
    toInputs: (columns: Values) => renamed(columns, (column) => inputNames.get(column)),
  };
}
