import { omit, pick, type Values } from "../../properties";
import { columnNaming } from "./columns";
import type { AnyKind } from "./kind";

type Parts = Pick<
  AnyKind,
  "identity" | "inputs" | "columnNames" | "sentTogether" | "completeBody" | "ownRequests"
>;

/**
 * What an update sends: the columns that differ, and what Logto needs along with them; all columns where an update
 * replaces the whole. What Logto takes with a request of its own is among them and brings nothing along.
 *
 * @param wanted the whole object as it is to be
 */
export function updateBody(
  { identity, inputs, columnNames, sentTogether = [], completeBody, ownRequests = {} }: Parts,
  differing: Values,
  live: Values,
  wanted: Values,
): Values {
  const isWork = Object.keys(differing).length > 0;
  if (!isWork) return {};
  const { columnOf } = columnNaming(columnNames);
  const own = Object.keys(ownRequests).map(columnOf);
  const shared = Object.keys(omit(differing, own));
  const groups = identity.isPut
    ? [shared.length > 0 ? Object.keys(inputs.shape).map(columnOf) : []]
    : sentTogether.filter((group) => group.some((column) => shared.includes(column)));
  const body = { ...omit(pick(wanted, groups.flat()), own), ...differing };
  return completeBody?.(body, { live, wanted }) ?? body;
}
