import { z } from "zod";
import { isObject, merged, omit, pick, type Values } from "../../properties";
import { PartialFailure, partialUnlessRefused } from "../../provider/partial-failure";
import type { ChildList, Parent } from "./child-list";
import { collection } from "./collection";
import { memoryOfNewObject } from "./child-rules";
import { type AnyKind, type Live, type Memory, nothingRemembered } from "./kind";
import { notesIn } from "./mark";
import type { Marked } from "./mark-plan";
import { notFound } from "../logto-error";
import { anything, type ConfiguredApi } from "../management-api";
import { onlyObject, onlyOne } from "./only-one";
import { heldPart, isSame } from "./sameness";
import { secretsIn } from "./secret-inputs";
import { requireStored } from "./stored";

/** The objects of a kind on the server: every request for one of them, except those for its lists. */
export type KindObjects = ReturnType<typeof objectsOf>;

const objectWithId = z.object({ id: z.string().min(1) }).passthrough();

export function objectsOf(kind: AnyKind, logto: ConfiguredApi) {
  const { path, noun, identity, secretInputs = [] } = kind;
  const { replaceOn: fixed = [], createdWith = [], setAfterCreate = [] } = kind;
  const whenUnset: Values = kind.whenUnset ?? {};
  const lists = Object.entries<ChildList>(kind.children ?? {});
  const columns = Object.keys(kind.inputs.shape).filter(
    (name) => !lists.some(([list]) => list === name),
  );
  const { isAlwaysThere = false } = identity;
  const liveObject = isAlwaysThere ? onlyObject : objectWithId;
  const seen = isAlwaysThere
    ? onlyOne(() => logto.api(), path)
    : collection<Live>(() => logto.api(), { path, shape: objectWithId, isPaged: true });

  const label = (inputs: Values) =>
    kind.title === undefined ? `the ${noun}` : `the ${noun} "${String(inputs[kind.title])}"`;
  const columnsOf = (inputs: Values): Values => pick(inputs, columns);
  const at = (id: string) => (isAlwaysThere ? path : `${path}/${encodeURIComponent(id)}`);
  const secretsOf = (inputs: Values) => [...secretsIn(inputs, secretInputs).values()];
  /** What this resource noted in an object. */
  const notesOf = (live: Live, { managedBy: urn }: Values) =>
    identity.markIn === undefined ? undefined : notesIn(live, identity.markIn, urn);
  /** An object that can hold this resource's mark. What is noted of an adoption counts for an adopted object only. */
  const marked = (live: Live, inputs: Values, isAdopted: boolean): Marked | undefined => {
    const { markIn: column } = identity;
    if (column === undefined) return undefined;
    const notes = notesOf(live, inputs);
    const isOfThis = isAdopted === (notes?.adoption !== undefined);
    return { live, column, urn: inputs["managedBy"], noted: isOfThis ? notes : undefined };
  };
  const newMemory = (inputs: Values): Memory => ({
    ...nothingRemembered,
    children: memoryOfNewObject(kind, inputs),
  });
  const parentOf = (id: string, inputs: Values): Parent => ({
    api: logto.api(),
    path: at(id),
    label: label(inputs),
  });
  /** The inputs that Logto cannot change and in which the declaration differs from an object or an earlier one. */
  const fixedDifferences = (present: Values, inputs: Values) =>
    fixed.filter((place) => {
      const [held, wanted, unset] = [present, inputs, whenUnset].map((of) => valueAt(of, place));
      return !isSame(held ?? unset, wanted ?? unset);
    });
  /** Whether a create of these inputs can have made it. A mark stays in an object that is about to be replaced. */
  const isAlike = (live: Live, inputs: Values) =>
    identity.matches(live, inputs) &&
    (!identity.isProof || fixedDifferences(live, inputs).length === 0);
  /** The objects that a create of these inputs may have made, or that are in its way, as the server has them now. */
  const alike = async (inputs: Values) =>
    (await seen.allNow(label(inputs))).filter((live) => isAlike(live, inputs));

  async function remove(id: string, inputs: Values): Promise<void> {
    seen.willWrite(id);
    await logto.api().call({
      purpose: `delete ${label(inputs)}`,
      method: "DELETE",
      path: at(id),
      accept: { 204: anything, 404: notFound },
    });
  }

  /**
   * Changes an object, and answers with what Logto then holds.
   *
   * @param differing the names of the columns that differ, at least one
   * @param body those, and what goes along with them
   */
  async function change(
    verb: "set" | "update" | "put back",
    live: Live,
    inputs: Values,
    { differing, body }: { differing: string[]; body: Values },
  ): Promise<Live> {
    seen.willWrite(live.id);
    const stored = await logto.api().call<Live>({
      // An object that is all of Logto's settings of some sort has many columns, and an error seldom names one.
      purpose: `${verb} ${label(inputs)}${isAlwaysThere ? ` (${differing.join(", ")})` : ""}`,
      method: "PATCH",
      path: at(live.id),
      body,
      accept: { 200: liveObject },
      secrets: secretsOf(inputs),
    });
    requireStored(label(inputs), body, stored, kind.notStored);
    return stored;
  }

  /** Makes exactly one object: finds what a request without an answer has made, and deletes a double. */
  async function make(inputs: Values): Promise<Live> {
    const given = { ...omit(columnsOf(inputs), setAfterCreate), ...identity.stamp?.(inputs) };
    const body = merged(pick(whenUnset, createdWith), given);
    const remembered = newMemory(inputs);
    let isSentAgain = false as boolean;
    const find = async () => {
      const [found] = await alike(inputs);
      isSentAgain ||= found === undefined;
      return found;
    };
    const request = {
      purpose: `create ${label(inputs)}`,
      method: "POST",
      path,
      body,
      accept: { [kind.createdStatus ?? 201]: liveObject },
      secrets: secretsOf(inputs),
    } as const;
    const live = await logto
      .api()
      .createOnce<Live>(request, find)
      .catch(async (error: unknown) => {
        // The first request may have been carried out after the search for what it made, and the second refused
        // because of that.
        const late = isSentAgain ? await find() : undefined;
        if (late !== undefined) return late;
        throw partialUnlessRefused(error, { outputs: remembered });
      });
    if (isSentAgain && !identity.isUnique) await removeDoubles(live, inputs, body);
    try {
      requireStored(label(inputs), body, live, kind.notStored);
    } catch (error) {
      throw new PartialFailure(error, { id: live.id, outputs: remembered });
    }
    return live;
  }

  async function removeDoubles(live: Live, inputs: Values, body: Values): Promise<void> {
    for (const other of await alike(inputs)) {
      const isDouble = other.id !== live.id && isSame(heldPart(other, body), body);
      if (isDouble) await remove(other.id, inputs);
    }
  }

  /** Whether it is as a create of these inputs leaves it, finished or not, and unchanged since. */
  async function isAsCreated(live: Live, inputs: Values): Promise<boolean> {
    const expected = { ...whenUnset, ...columnsOf(inputs) };
    if (!isSame(heldPart(live, expected), expected)) return false;
    for (const [name, list] of lists) {
      const declared = list.entriesOf(inputs[name]);
      const held = await list.all(parentOf(live.id, inputs));
      if (!held.every((child) => declared.some((entry) => entry[list.key] === child[list.key]))) {
        return false;
      }
    }
    return true;
  }

  return {
    kind,
    lists,
    columns,
    fixed,
    whenUnset,
    label,
    columnsOf,
    parentOf,
    fingerprintKey: () => logto.get("logto:fingerprintKey"),
    fixedDifferences,
    isAlike,
    newMemory,
    marked,
    notesOf,
    get: (id: string, inputs: Values, longestAge?: number) =>
      seen.get(id, label(inputs), longestAge),
    all: (inputs: Values) => seen.all(label(inputs)),
    forget: () => seen.forget(),
    alike,
    make,
    change,
    remove,
    isAsCreated,
    verify: (inputs: Values) => kind.verify?.(inputs as never, logto.api()),
  };
}

/** The value at a place such as `config.url`. */
function valueAt(values: Values, place: string): unknown {
  return place
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), values);
}
