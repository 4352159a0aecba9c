import { z } from "zod";
import type { Rule } from "../../checks";
import type { Values } from "../../properties";
import { userError } from "../../user-error";
import type { Identity } from "./identity";
import type { Adoption, Live } from "./kind";

/** The inputs of every kind that say what to do with an object that exists already. */
export const adoptionShape = {
  adopt: z.enum(["never", "ifPresent", "required"]).optional(),
  adoptId: z.string().min(1, "expected the id of an object of Logto's").optional(),
};

export const adoptionRule: Rule<Adoption> = {
  reads: ["adopt", "adoptId"],
  problems: ({ adopt, adoptId }) =>
    adoptId !== undefined && adopt === "never"
      ? [{ path: ["adopt"], message: 'expected "required" or nothing beside adoptId' }]
      : [],
};

/** An existing object that a create uses instead of making one, and why it may. */
export interface Found {
  live: Live;
  /** Whether it existed before, so that it is put back when the resource goes; else an earlier run made it. */
  isAdopted: boolean;
}

/** What {@link findExisting} has to know of a kind and the server. */
export interface Surroundings {
  noun: string;
  /** As in `the role "reader"`. */
  label: string;
  identity: Identity;
  get: (id: string) => Promise<Live | undefined>;
  all: () => Promise<Live[]>;
  /** The inputs that Logto cannot change and that differ from the declared ones. */
  fixedDifferences: (live: Live) => string[];
  /** Whether it is just as a create of the declared inputs leaves it, finished or not. */
  isAsCreated: (live: Live) => Promise<boolean>;
}

/**
 * The existing object that a create uses instead of making one: the object to adopt, or one that an earlier run of
 * this resource made before it was killed. Any other object in the way is refused, as it is somebody else's.
 */
export async function findExisting(
  inputs: Values & Adoption,
  surroundings: Surroundings,
): Promise<Found | undefined> {
  const { noun, label, identity } = surroundings;
  const { adopt = "never", adoptId } = inputs;
  if (adoptId !== undefined) {
    const live = await surroundings.get(adoptId);
    if (live === undefined) {
      throw userError(`adoptId: Logto has no ${noun} of the id ${adoptId} to adopt as ${label}`);
    }
    return adopted(live, "adoptId", surroundings);
  }
  const alike = (await surroundings.all()).filter((live) => identity.matches(live, inputs));
  const [first, ...others] = alike;
  const ids = alike.map(({ id }) => id).join(", ");
  if (first === undefined) {
    if (adopt !== "required") return undefined;
    throw userError(
      `adopt: Logto has no ${noun} with ${identity.describe(inputs)} to adopt: make it, or declare adopt as "ifPresent"`,
    );
  }
  if (others.length > 0) {
    throw userError(
      `${label} is not made: Logto has ${identity.describe(inputs)} ${alike.length} times (${ids}): delete those that are not used in Logto's console, or say with adoptId which one is ${label}`,
    );
  }
  if (adopt !== "never") return adopted(first, "adopt", surroundings);
  const isOwn = identity.isProof || (await surroundings.isAsCreated(first));
  if (isOwn && surroundings.fixedDifferences(first).length === 0) {
    return { live: first, isAdopted: false };
  }
  throw userError(
    `${label} is not made: Logto has ${identity.describe(inputs)} already (${first.id}), and this stack did not make that: declare adopt as "ifPresent" to take it over, or declare another ${identity.field ?? "one"}`,
  );
}

function adopted(live: Live, input: string, surroundings: Surroundings): Found {
  const fixed = surroundings.fixedDifferences(live);
  if (fixed.length > 0) {
    const { noun, label } = surroundings;
    throw userError(
      `${input}: the ${noun} ${live.id} cannot become ${label}, as Logto cannot change its ${fixed.join(" and ")}`,
    );
  }
  return { live, isAdopted: true };
}
