/**
 * What Logto has one object for at a time, such as the sending of e-mail: making another one removes the first, which
 * is remembered, and put back when the other goes.
 */

import * as pulumi from "@pulumi/pulumi";
import type { Values } from "../../properties";
import type { ManagementApi } from "../management-api";
import type { Live } from "./live";

export interface Slot<Inputs = Values> {
  /** The slot that an object of these inputs takes; none if it stands next to others. */
  of: (inputs: Inputs, about: { api: ManagementApi; label: string }) => Promise<string | undefined>;
  /** The slot that an existing object holds. */
  heldBy: (live: Live) => string | undefined;
  /** What there is one of, by slot, as in `connector that sends e-mail`. */
  nouns: Readonly<Record<string, string>>;
}

interface Surroundings {
  api: ManagementApi;
  /** As in `the connector "email"`. */
  label: string;
  all: () => Promise<Live[]>;
}

/** The object that a new one of these inputs would remove. */
export async function holderOf(
  slot: Slot,
  inputs: Values,
  { api, label, all }: Surroundings,
): Promise<Live | undefined> {
  const wanted = await slot.of(inputs, { api, label });
  if (wanted === undefined) return undefined;
  return (await all()).find((live) => slot.heldBy(live) === wanted);
}

/**
 * The same for a check, which works without a server: it looks once, and what fails counts as no holder.
 *
 * @param id the new object's, if it is chosen: one that exists takes no slot
 * @param foretold the labels of the objects for which this run, that is, this preview or `up`, has looked
 */
export async function glanceAtHolder(
  slot: Slot,
  inputs: Values,
  {
    api,
    label,
    all,
    id,
    foretold,
  }: Surroundings & { id: string | undefined; foretold: Set<string> },
): Promise<Live | undefined> {
  if (foretold.has(label)) return undefined;
  foretold.add(label);
  try {
    const live = await all();
    const isNew = !live.some((one) => one.id === id);
    const isHeld = live.some((one) => slot.heldBy(one) !== undefined);
    if (!isNew || !isHeld) return undefined;
    return await holderOf(slot, inputs, { api, label, all: () => Promise.resolve(live) });
  } catch {
    return undefined;
  }
}

/** The warnings that this process has given: a check and a create say the same. */
const told = new Set<string>();

/** Warns that an object takes the slot of somebody else's. */
export async function warnAboutDisplacement(
  { heldBy, nouns }: Slot,
  label: string,
  rival: Live,
  rivalLabel: string,
): Promise<void> {
  const warning = `Logto has one ${nouns[heldBy(rival) ?? ""] ?? "of them"}: ${label} takes the place of ${rivalLabel}, which somebody else set up; that one is put back when this one goes`;
  if (told.has(warning)) return;
  told.add(warning);
  await pulumi.log.warn(warning);
}
