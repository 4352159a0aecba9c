import type { Demand, Subject } from "../rule";

export interface Bounds {
  least: number;
  most: number;
  /** The unit of the number, for the message. */
  unit: string;
  /** The rule's options that set the bounds. Default: none. */
  options?: readonly string[];
}

/**
 * Demands that a number lies within bounds, if it is declared: Logto keeps its own value otherwise.
 */
export function* within(
  { at }: Subject,
  path: string,
  { least, most, unit, options = [] }: Bounds,
): Iterable<Demand> {
  for (const property of at(path)) {
    yield {
      property: property.path,
      ...(options.length > 0 && {
        exception: Object.fromEntries(options.map((option) => [option, "NUMBER"])),
      }),
      must: `be ${least} to ${most} ${unit}`,
      isMet: () => {
        const value = property.value as number;
        return value >= least && value <= most;
      },
    };
  }
}
