/**
 * The objects of this run that are about to be replaced. A diff sees an object and what it remembers; the create of its
 * successor sees neither. If Logto has one such object at a time, the create meets the old one in its slot, and must
 * not take it for somebody else's: what the old one remembers becomes the new one's memory.
 */

import type { PriorState } from "../../provider/resource-provider";
import type { Values } from "../../properties";
import type { Memory } from "./kind";

type Superseded = PriorState<Values, Memory>;

export function supersededObjects() {
  const byId = new Map<string, Superseded>();
  return {
    add: (id: string, prior: Superseded) => byId.set(id, prior),
    get: (id: string): Superseded | undefined => byId.get(id),
  };
}
