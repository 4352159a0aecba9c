import { z } from "zod";
import { pick, type Values, withoutNullish } from "../../properties";
import { anything, type ManagementApi } from "../management-api";
import type { Child, ChildList, Parent } from "./child-list";
import type { PutBody, PutPath } from "./management-api-types";
import { requireStored } from "./stored";

/** A row of the list that a PUT at the path takes. */
type Row<Path extends PutPath> = PutBody<Path>[keyof PutBody<Path>] extends readonly (infer One)[]
  ? One
  : never;

/**
 * The rows of a group, as its list: a PUT makes and replaces any number of them, and a DELETE is told by a query which.
 *
 * @param path where the rows of all groups are
 */
export function groupedRows<Path extends PutPath, Column extends keyof Row<Path> & string>(
  path: Path,
  kind: {
    /** What one of them is called in messages. */
    noun: string;
    /** What the body of a PUT calls the rows. */
    body: keyof PutBody<Path> & string;
    /** The column that tells the rows of a group apart. */
    key: keyof Row<Path> & string;
    /** The column that holds all else of a row, and its fields, which are those of an entry. */
    column: Column;
    fields: readonly (keyof Row<Path>[Column] & string)[];
  },
): ChildList {
  const { noun, body, key, column, fields } = kind;
  const shape = z
    .object({ id: z.string().min(1), [key]: z.string(), [column]: z.object({}).passthrough() })
    .passthrough()
    .transform((row): Child => ({
      id: String(row["id"]),
      [key]: row[key],
      ...(row[column] as Values),
    }));
  /** What the group's rows have in common, which its address says. */
  const commonOf = ({ path: address }: Parent): Values =>
    Object.fromEntries(new URLSearchParams(address.split("?")[1]));
  const contentOf = (entry: Values): Values => withoutNullish(pick(entry, [...fields]));

  async function put(verb: string, parent: Parent, entries: Values[]): Promise<Child[]> {
    const names = entries.map((entry) => String(entry[key]));
    const stored = await parent.api.call<Child[]>({
      purpose: `${verb} the ${noun}s ${names.join(", ")} of ${parent.label}`,
      method: "PUT",
      path,
      body: {
        [body]: entries.map((entry) => ({
          ...commonOf(parent),
          [key]: entry[key],
          [column]: contentOf(entry),
        })),
      },
      accept: { 200: shape.array() },
    });
    for (const entry of entries) {
      const held = stored.find((one) => one[key] === entry[key]) ?? {};
      requireStored(`the ${noun} ${String(entry[key])} of ${parent.label}`, contentOf(entry), held);
    }
    return stored;
  }

  return {
    noun,
    path: "",
    key,
    isKeyInAddress: false,
    fields,
    fixedFields: {},
    madeWithObject: [],
    entriesOf: (input) => (input ?? []) as Values[],
    inputOf: (entries) => entries,
    all: ({ api, path: address, label }) => readAll(api, address, label),
    async add(parent, entries, refused) {
      if (entries.length === 0) return [];
      return put("create", parent, entries).catch((error: unknown) => {
        for (const entry of entries) refused(String(entry[key]), error);
        throw error;
      });
    },
    async change(parent, child, changed) {
      await put("update", parent, [{ ...child, ...changed }]);
    },
    remove: ({ api, path: address, label }, child) =>
      api.call({
        purpose: `delete the ${noun} ${String(child[key])} of ${label}`,
        method: "DELETE",
        path: `${address}&${new URLSearchParams({ [key]: String(child[key]) }).toString()}`,
        accept: { 200: anything },
      }),
  };

  function readAll(api: ManagementApi, address: string, label: string): Promise<Child[]> {
    return api.call<Child[]>({
      purpose: `read the ${noun}s of ${label}`,
      method: "GET",
      path: address,
      accept: { 200: shape.array() },
    });
  }
}
