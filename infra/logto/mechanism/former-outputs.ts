import { omit } from "../../properties";
import type { AnyKind, Memory } from "./kind";

/** What the state remembers of an object, also one that an earlier version wrote. */
export function asRemembered({ formerOutputs = {} }: AnyKind, outputs: Memory): Memory {
  const former = Object.entries(formerOutputs).filter(([name]) => name in outputs);
  const said = former.map(([name, memoryOf]) => memoryOf(outputs[name as keyof Memory]));
  return omit(Object.assign({}, outputs, ...said) as Memory, Object.keys(formerOutputs) as never[]);
}
