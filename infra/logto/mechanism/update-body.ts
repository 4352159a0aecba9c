import { pick, type Values } from "../../properties";
import type { AnyKind } from "./kind";

type Parts = Pick<AnyKind, "identity" | "inputs" | "sentTogether" | "completeBody">;

/**
 * What an update sends: the columns that differ, and what Logto needs along with them; all columns where an update
 * replaces the whole.
 *
 * @param wanted the whole object as it is to be
 */
export function updateBody(
  { identity, inputs, sentTogether = [], completeBody }: Parts,
  differing: Values,
  live: Values,
  wanted: Values,
): Values {
  const isWork = Object.keys(differing).length > 0;
  if (!isWork) return {};
  const groups = identity.isPut
    ? [Object.keys(inputs.shape)]
    : sentTogether.filter((group) => group.some((column) => column in differing));
  const body = { ...pick(wanted, groups.flat()), ...differing };
  return completeBody?.(body, { live, wanted }) ?? body;
}
