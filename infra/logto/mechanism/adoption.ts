import { z } from "zod";
import type { Rule } from "../../checks";
import { text } from "../../fields";
import type { Values } from "../../properties";
import { userError } from "../../user-error";
import { isPathSegment } from "../path-segment";
import type { Sought } from "./identity";
import type { Adoption, AnyKind } from "./kind";
import type { Live } from "./live";
import type { Notes } from "./mark";

/** The inputs of every kind that say what to do with an object that exists already. */
export const adoptionShape = {
  adopt: z.enum(["never", "ifPresent", "required"]).optional(),
  adoptId: text("the id of an object of Logto's", isPathSegment).optional(),
};

export const adoptionRule: Rule<Adoption> = {
  reads: ["adopt", "adoptId"],
  problems: ({ adopt, adoptId }) =>
    adoptId !== undefined && adopt === "never"
      ? [{ path: ["adopt"], message: 'expected "required" or nothing with adoptId' }]
      : [],
};

/** An existing object that matters to a create. */
export interface Found {
  live: Live;
  /**
   * `adopted`: it existed before, so it is put back when the resource goes. `own`: this resource made it. `rival`: it is
   * somebody else's, and Logto removes it when the resource's object is made.
   */
  role: "adopted" | "own" | "rival";
  /** Whether an earlier run made it or changed it, and never wrote its state. */
  isResumed: boolean;
}

/** What {@link findExisting} has to know of a kind and the server. */
export interface Surroundings {
  noun: string;
  /** As in `the role "reader"`. */
  label: string;
  identity: AnyKind["identity"];
  /** What an object to adopt is found by, if not by its identity. */
  adoptedBy: Sought | undefined;
  get: (id: string) => Promise<Live | undefined>;
  /** Those that may be the object: all that there are, or the one of an id that is chosen. */
  candidates: () => Promise<Live[]>;
  /** One of them, as it is now: a list may be as old as the run, and a change is merged over the object. */
  renewed: (live: Live) => Promise<Live | undefined>;
  /** The object that Logto removes when the resource's is made. */
  holder: () => Promise<Live | undefined>;
  labelOf: (live: Live) => string;
  /** Whether a create of the declared inputs can have made it. */
  isAlike: (live: Live) => boolean;
  /** The inputs that Logto cannot change and that differ from the declared ones. */
  fixedDifferences: (live: Live) => string[];
  /** Those of them that are declared. */
  declaredFixedDifferences: (live: Live) => string[];
  /** What an earlier run of this resource noted in it. */
  notesIn: (live: Live) => Notes | undefined;
  /** Whether it is this resource's own, which is being replaced. */
  isOwn: (live: Live) => boolean;
  /** Whether it is just as a create of the declared inputs leaves it, finished or not. */
  isAsCreated: (live: Live) => Promise<boolean>;
}

/**
 * The existing object that a create uses instead of making one: the object to adopt, or one that an earlier run of
 * this resource made before it was killed. Any other object in the way is refused, as it is somebody else's.
 *
 * An object in the slot of a new one is adopted unless the inputs say `never`, or gives way if it cannot become what is
 * declared: Logto has room for one, and it comes back when the resource goes.
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
  const all = await surroundings.candidates();
  const [first] = all;
  if (identity.isAlwaysThere) return first && adopted(first, "adopt", surroundings);
  const isChosen = identity.chosenId !== undefined;
  // An id that this resource chose may be somebody else's if there is something to adopt.
  if (identity.isProof && (adopt === "never" || !isChosen)) {
    const own = await only(all.filter(surroundings.isAlike), identity, inputs, surroundings);
    if (own) {
      const isAdopted = surroundings.notesIn(own)?.adoption !== undefined;
      return { live: own, role: isAdopted ? "adopted" : "own", isResumed: true };
    }
    if (adopt === "never" && !isChosen) return undefined;
  }
  const sought = surroundings.adoptedBy ?? identity;
  const there = all.filter((live) => sought.matches(live, inputs));
  const found = await only(there, sought, inputs, surroundings);
  const which = sought.describe(inputs);
  if (found === undefined) {
    const holder = await surroundings.holder();
    if (holder && surroundings.isOwn(holder))
      return { live: holder, role: "rival", isResumed: false };
    if (holder !== undefined && inputs.adopt === "never") {
      throw userError(
        `${label} is not made: Logto would remove ${surroundings.labelOf(holder)}, which this stack did not make: declare adopt as "ifPresent", or leave it out, so that it is taken over or comes back later`,
      );
    }
    if (holder !== undefined && surroundings.fixedDifferences(holder).length === 0) {
      return { live: holder, role: "adopted", isResumed: false };
    }
    if (adopt !== "required") return holder && { live: holder, role: "rival", isResumed: false };
    throw userError(
      `adopt: Logto has no ${noun}${which && ` with ${which}`} to adopt: make it, or declare adopt as "ifPresent"`,
    );
  }
  if (adopt !== "never") return adopted(found, "adopt", surroundings);
  const fixed = surroundings.fixedDifferences(found);
  if (fixed.length > 0) {
    throw userError(
      `${label} is not made: Logto has ${identity.describe(inputs)} already (${found.id}) with another ${fixed.join(" and ")}, which it cannot change: declare another ${identity.field ?? "one"}`,
    );
  }
  if (await surroundings.isAsCreated(found)) return { live: found, role: "own", isResumed: true };
  throw userError(
    `${label} is not made: Logto has ${identity.describe(inputs) || "one"} already (${found.id}), and this stack did not make that: declare adopt as "ifPresent" to take it over${identity.field === undefined ? "" : `, or declare another ${identity.field}`}`,
  );
}

/**
 * The one that was found, as it is now.
 *
 * @throws a user error that names all if there are several
 */
async function only(
  alike: Live[],
  sought: Sought,
  inputs: Values,
  { label, renewed }: Surroundings,
): Promise<Live | undefined> {
  const [first, ...others] = alike;
  if (others.length > 0) {
    const ids = alike.map(({ id }) => id).join(", ");
    throw userError(
      `${label} is not made: Logto has ${sought.describe(inputs)} ${alike.length} times (${ids}): delete those that are not used in Logto's console, or say with adoptId which one is ${label}`,
    );
  }
  return first && renewed(first);
}

function adopted(live: Live, input: string, surroundings: Surroundings): Found {
  const fixed = surroundings.declaredFixedDifferences(live);
  if (fixed.length > 0) {
    const { noun, label } = surroundings;
    throw userError(
      `${input}: the ${noun} ${live.id} cannot become ${label}, as Logto cannot change its ${fixed.join(" and ")}`,
    );
  }
  // A mark of this resource says that an earlier run took it over or made it.
  return { live, role: "adopted", isResumed: surroundings.notesIn(live) !== undefined };
}
