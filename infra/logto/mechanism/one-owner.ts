import * as pulumi from "@pulumi/pulumi";
import type { Values } from "../../properties";
import type { AnyKind } from "./kind";

/** The URN of the resource that declares an object, by its stack, its collection and what the object is found by. */
const owners = new Map<string, string>();

/**
 * The arguments of a resource. They fail if another resource of the program declares the same object: both would
 * take turns in changing it, and the destroy of either would take it from the other.
 */
export function requireOneOwner(
  { path, noun, identity: { field } }: AnyKind,
  args: Values,
  urn: pulumi.Output<string>,
): Values {
  if (field === undefined || args[field] === undefined) return args;
  const checked = pulumi.all([urn, args[field] as pulumi.Input<string>]).apply(([own, value]) => {
    claim({ path, noun, field, value }, own);
    return value;
  });
  return { ...args, [field]: checked };
}

/** @throws an error that ends the program if another resource of its stack has claimed the same object */
export function claim(
  { path, noun, field, value }: { path: string; noun: string; field: string; value: string },
  urn: string,
): void {
  const [stack, project] = urn.split("::");
  const key = JSON.stringify([stack, project, path, value]);
  const owner = owners.get(key) ?? urn;
  if (owner !== urn) {
    throw new pulumi.RunError(
      `${field}: two resources declare the ${noun} "${value}" (${nameOf(owner)} and ${nameOf(urn)}): declare it once`,
    );
  }
  owners.set(key, urn);
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
