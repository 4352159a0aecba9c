import type { Demand, Subject } from "../rule";

/**
 * The demand that a number lies within bounds, where it is declared: what is not stays as it is in Logto.
 *
 * @param unit what is counted, for the message
 */
export function* within(
  { at }: Subject,
  path: string,
  { least, most, unit }: { least: number; most: number; unit: string },
): Iterable<Demand> {
  for (const property of at(path)) {
    yield {
      property: property.path,
      must: `be ${least} to ${most} ${unit}`,
      isMet: () => {
        const value = property.value as number;
        return value >= least && value <= most;
      },
    };
  }
}
