import { pick, type Values } from "../../properties";
import type { AnyKind } from "./kind";

/**
 * What an update sends: the columns that differ, and what Logto needs along with them.
 *
 * @param wanted the whole object as it is to be
 */
export function updateBody(
  { sentTogether = [], completeBody }: Pick<AnyKind, "sentTogether" | "completeBody">,
  differing: Values,
  live: Values,
  wanted: Values,
): Values {
  const isWork = Object.keys(differing).length > 0;
  if (!isWork) return {};
  const groups = sentTogether.filter((group) => group.some((column) => column in differing));
  const body = { ...pick(wanted, groups.flat()), ...differing };
  return completeBody?.(body, { live, wanted }) ?? body;
}
