/** What a program reads of an object besides its inputs: what Logto made, and what the object's lists hold. */

import * as pulumi from "@pulumi/pulumi";
import type { Values } from "../../properties";
import type { Child } from "./child-list";

/** What an output can be made of. */
export interface Seen {
  /** Logto's address. */
  endpoint: string;
  /** The object, as Logto has it. */
  live: { id: string } & Values;
  /** The inputs; after a refresh as Logto has them. */
  inputs: Values;
  /** What the object's lists hold, by the input that declares each, as far as this run has read them. */
  lists: Readonly<Record<string, readonly Child[]>>;
}

export interface Output {
  /** Its value; `undefined` if this object has none. */
  of: (seen: Seen) => unknown;
  /** Whether the state holds it encrypted. Default: false. */
  isSecret?: boolean;
}

export type Outputs = Readonly<Record<string, Output>>;

/** A secret field that Logto makes, such as the signing key of a webhook. */
export function secretField(field: string): Output {
  return { of: ({ live }) => live[field], isSecret: true };
}

/** The ids of what a list holds, by the `key` of its entries. */
export function idsInList(list: string, key = "name"): Output {
  return {
    of: ({ lists }) =>
      Object.fromEntries((lists[list] ?? []).map((child) => [String(child[key]), child.id])),
  };
}

/**
 * The id under that name in an output that holds ids by name.
 *
 * @throws an error that ends the program if the name is not there
 */
export function idNamed(ids: Readonly<Record<string, string>>, name: string, noun: string): string {
  const id = ids[name];
  if (id !== undefined) return id;
  throw new pulumi.RunError(
    `there is no ${noun} "${name}" among those declared: ${Object.keys(ids).join(", ")}`,
  );
}

export function outputValues(outputs: Outputs, seen: Seen): Values {
  return Object.fromEntries(Object.entries(outputs).map(([name, { of }]) => [name, of(seen)]));
}

/** The names of those that are secret. */
export function secretNames(outputs: Outputs): string[] {
  return Object.keys(outputs).filter((name) => outputs[name]?.isSecret);
}
