/** A resource, as a sentence names it. */
export interface Named {
  type: string;
  name: string;
}

/** The text of a violation: one sentence with the resource, the place in it, and what must be there. */
export function sentence({ type, name }: Named, place: string, must: string): string {
  return `In the ${kindOf(type)} "${name}", ${place} must ${must}.`;
}

/** `Application` for `pulumi-nodejs:dynamic/logto:Application`. */
function kindOf(type: string): string {
  return type.split(":").at(-1) ?? type;
}
