/** A resource, for a sentence about it. */
export interface Named {
  type: string;
  name: string;
}

/** What every violation is: one sentence that names the resource, where in it, and what must be there. */
export function sentence({ type, name }: Named, place: string, must: string): string {
  return `In the ${kindOf(type)} "${name}", ${place} must ${must}.`;
}

/** `Application` for `pulumi-nodejs:dynamic/logto:Application`. */
function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}
