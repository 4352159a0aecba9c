import * as pulumi from "@pulumi/pulumi";
import type { Values } from "../../properties";
import { quoted } from "../../quoted";
import type { AnyKind } from "./kind";

/** The URN of the resource that declares an object, by its stack, its collection and what the object is found by. */
const owners = new Map<string, string>();

/** The inputs that say which object a resource declares, in groups each of which alone says it. */
export function claimsOf(
  { identity: { field }, adoptedBy }: Pick<AnyKind, "identity" | "adoptedBy">,
  args: Values,
): string[][] {
  const { adopt = "never", adoptId } = args;
  const isSought = adopt !== "never" && adoptId === undefined;
  const groups = [
    field === undefined ? [] : [field],
    ["adoptId"],
    isSought ? [...(adoptedBy?.fields ?? [])] : [],
  ];
  return groups
    .filter((names) => names.length > 0)
    .filter((names) => names.every((name) => args[name] !== undefined));
}

/**
 * The arguments of a resource. They fail if another resource of the program declares the same object, or takes over the
 * same one: both would take turns in changing it, and the destroy of either would take it from the other.
 */
export function requireOneOwner(kind: AnyKind, args: Values, urn: pulumi.Output<string>): Values {
  const { path, noun } = kind;
  return claimsOf(kind, args).reduce<Values>((checked, names) => {
    const values = names.map((name) => args[name] as pulumi.Input<string>);
    const claimed = pulumi.all([urn, pulumi.all(values)]).apply(([own, all]) => {
      claim({ path, noun, field: names.join(", "), value: all.join(", ") }, own);
      return all.at(-1);
    });
    return { ...checked, [names.at(-1) as string]: claimed };
  }, args);
}

/** @throws an error that ends the program if another resource of its stack has claimed the same object */
export function claim(
  { path, noun, field, value }: { path: string; noun: string; field: string; value: string },
  urn: string,
): void {
  const [stack, project] = urn.split("::");
  const key = JSON.stringify([stack, project, path, field, value]);
  const owner = owners.get(key) ?? urn;
  if (owner !== urn) {
    throw new pulumi.RunError(
      `${field}: two resources declare the ${noun} ${quoted(value)} (${nameOf(owner)} and ${nameOf(urn)}): declare it once`,
    );
  }
  owners.set(key, urn);
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}
