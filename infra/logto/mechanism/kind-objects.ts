import { z } from "zod";
import { pick, type Values } from "../../properties";
import { PartialFailure, partialUnlessRefused } from "../../provider/partial-failure";
import type { ChildList, Parent } from "./child-list";
import { collection } from "./collection";
import { type AnyKind, type Live, nothingRemembered } from "./kind";
import { notFound } from "../logto-error";
import { anything, type ConfiguredApi } from "../management-api";
import { heldPart, isSame } from "./sameness";
import { secretsIn } from "./secret-inputs";
import { requireStored } from "./stored";

/** The objects of a kind on the server: every request for one of them, except those for its lists. */
export type KindObjects = ReturnType<typeof objectsOf>;

const liveObject = z.object({ id: z.string().min(1) }).passthrough();

export function objectsOf(kind: AnyKind, logto: ConfiguredApi) {
  const { path, noun, identity, secretInputs = [] } = kind;
  const fixed = kind.replaceOn ?? [];
  const whenUnset: Values = kind.whenUnset ?? {};
  const lists = Object.entries<ChildList>(kind.children ?? {});
  const columns = Object.keys(kind.inputs.shape).filter(
    (name) => !lists.some(([list]) => list === name),
  );
  const seen = collection<Live>(() => logto.api(), { path, shape: liveObject, isPaged: true });

  const label = (inputs: Values) => `the ${noun} "${String(inputs[kind.title])}"`;
  const columnsOf = (inputs: Values): Values => pick(inputs, columns);
  const at = (id: string) => `${path}/${encodeURIComponent(id)}`;
  const secretsOf = (inputs: Values) => [...secretsIn(inputs, secretInputs).values()];
  const parentOf = (id: string, inputs: Values): Parent => ({
    api: logto.api(),
    path: at(id),
    label: label(inputs),
  });
  /** The objects that a create of these inputs may have made, or that are in its way, as the server has them now. */
  const alike = async (inputs: Values) =>
    (await seen.allNow(label(inputs))).filter((live) => identity.matches(live, inputs));

  async function remove(id: string, inputs: Values): Promise<void> {
    seen.willWrite(id);
    await logto.api().call({
      purpose: `delete ${label(inputs)}`,
      method: "DELETE",
      path: at(id),
      accept: { 204: anything, 404: notFound },
    });
  }

  /** Sends what differs, at least one column, and answers with what Logto then holds. */
  async function change(
    verb: "update" | "put back",
    live: Live,
    inputs: Values,
    body: Values,
  ): Promise<Live> {
    seen.willWrite(live.id);
    const stored = await logto.api().call<Live>({
      purpose: `${verb} ${label(inputs)}`,
      method: "PATCH",
      path: at(live.id),
      body,
      accept: { 200: liveObject },
      secrets: secretsOf(inputs),
    });
    requireStored(label(inputs), body, stored);
    return stored;
  }

  /** Makes exactly one object: finds what a request without an answer has made, and deletes a double. */
  async function make(inputs: Values): Promise<Live> {
    const body = { ...columnsOf(inputs), ...identity.stamp?.(inputs) };
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
        throw partialUnlessRefused(error, { outputs: nothingRemembered });
      });
    if (isSentAgain && !identity.isUnique) await removeDoubles(live, inputs, body);
    try {
      requireStored(label(inputs), body, live);
    } catch (error) {
      throw new PartialFailure(error, { id: live.id, outputs: nothingRemembered });
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
    /** The inputs that Logto cannot change and in which the declaration differs from an object or an earlier one. */
    fixedDifferences: (present: Values, inputs: Values) =>
      fixed.filter(
        (name) => !isSame(present[name] ?? whenUnset[name], inputs[name] ?? whenUnset[name]),
      ),
    get: (id: string, inputs: Values, longestAge?: number) =>
      seen.get(id, label(inputs), longestAge),
    all: (inputs: Values) => seen.all(label(inputs)),
    forget: () => seen.forget(),
    alike,
    make,
    change,
    remove,
    isAsCreated,
  };
}
