import { isObject, merged, omit, pick, type Values } from "../../properties";
import { PartialFailure, partialUnlessRefused } from "../../provider/partial-failure";
import { quoted } from "../../quoted";
import type { PriorState } from "../../provider/resource-provider";
import type { ChildList, Parent } from "./child-list";
import { memoryOfNewObject } from "./child-rules";
import { columnNaming } from "./columns";
import { type AnyKind, type Memory, nothingRemembered } from "./kind";
import type { Live } from "./live";
import { notesIn } from "./mark";
import type { Marked } from "./mark-plan";
import { notFound } from "../logto-error";
import { anything, type Call, type ConfiguredApi } from "../management-api";
import { lifeOf } from "./life";
import { inOrderOf } from "./order";
import { isSame, samenessOf } from "./sameness";
import { secretPlaces, secretsIn } from "./secret-inputs";
import { glanceAtHolder, holderOf } from "./slot";
import { requireStored } from "./stored";

/** The objects of a kind on the server: every request for one of them, except those for its lists. */
export type KindObjects = ReturnType<typeof objectsOf>;

/** How long a preview waits for an answer, in milliseconds. */
const glance = 3_000;

export function objectsOf(kind: AnyKind, logto: ConfiguredApi) {
  const { path, noun, identity, slot, notSent = [] } = kind;
  const { replaceOn: fixed = [], createdWith = [], setAfterCreate = [] } = kind;
  const whenUnset: Values = kind.whenUnset ?? {};
  const lists = Object.entries<ChildList>(kind.children ?? {});
  const ownRequests = Object.entries(kind.ownRequests ?? {});
  /** The inputs whose values Logto never shows. */
  const writeOnly = ownRequests.filter(([, own]) => own.isSentAgain).map(([name]) => name);
  const { columnOf, toColumns, toInputs } = columnNaming(kind.columnNames);
  /** The inputs that a PATCH can send. An id is no column: it is sent by a create, as part of the identity. */
  const columns = Object.keys(kind.inputs.shape).filter(
    (name) =>
      !lists.some(([list]) => list === name) &&
      ![...notSent, ...writeOnly].includes(name) &&
      columnOf(name) !== "id",
  );
  const ownColumns = ownRequests.map(([name]) => columnOf(name));
  const secrets = secretPlaces(kind.secretInputs);
  const sameness = samenessOf(kind.cleaned?.map(columnOf));
  const { isAlwaysThere = false } = identity;
  const { seen, shape: liveObject, at, put, implied } = lifeOf(kind, () => logto.api());
  const foretold = new Set<string>();

  const label = (inputs: Values) => labelBy(kind, inputs);
  const labelOf = (live: Live) => label(toInputs(live));
  const columnsOf = (inputs: Values): Values => toColumns(pick(inputs, columns));
  const secretsOf = (inputs: Values) => [...secretsIn(inputs, secrets.pathsOf(inputs)).values()];
  /** The secrets of a request: those that are declared, and those of others that are sent along or back. */
  const secretsSent = (inputs: Values, sent: Values) => {
    const sentInputs = toInputs(sent);
    const paths = secrets.pathsOf({ ...inputs, ...sentInputs });
    return [...secretsOf(inputs), ...secretsIn(sentInputs, paths).values()];
  };
  const eventOf = (inputs: Values) => ({ inputs, label: label(inputs), api: logto.api() });
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
  const requireAllStored = (inputs: Values, sent: Values, stored: Values) => {
    requireStored(label(inputs), sent, stored, { explanations: kind.notStored, sameness });
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
  /** The inputs that Logto cannot change and in which two declarations differ. */
  const replacingDifferences = (before: Values, inputs: Values) =>
    fixed.filter((place) => {
      const [held, wanted, unset] = [before, inputs, whenUnset].map((of) => valueAt(of, place));
      return !isSame(held ?? unset, wanted ?? unset);
    });
  /** The same of an object, which keeps its own id, whatever is declared. */
  const fixedDifferences = (live: Live, inputs: Values) =>
    replacingDifferences(toInputs(live), inputs).filter((place) => columnOf(place) !== "id");
  /** Whether a create of these inputs can have made it. A mark stays in an object that is about to be replaced. */
  const isAlike = (live: Live, inputs: Values) =>
    identity.matches(live, inputs) &&
    (!identity.isProof || fixedDifferences(live, inputs).length === 0);
  /** All objects, or the one that has the chosen id; as this run has seen them, or as they are now. */
  const candidates = async (inputs: Values, from: "all" | "allNow"): Promise<Live[]> => {
    if (identity.query) return seen.matching(identity.query(inputs), label(inputs));
    if (identity.chosenId === undefined) return seen[from](label(inputs));
    const live = await seen.getNow(identity.chosenId(inputs), label(inputs));
    return live ? [live] : [];
  };
  /** The part of a write that its answer shows. */
  const shown = (body: Values) => omit(body, writeOnly.map(columnOf) as never[]) as Values;
  /** The objects that a create of these inputs may have made, or that are in its way, as the server has them now. */
  const alike = async (inputs: Values) =>
    (await candidates(inputs, "allNow")).filter((live) => isAlike(live, inputs));

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
   * Changes an object, and answers with what Logto then holds. A failure is partial if a part of the change was made.
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
    const shared = omit(body, ownColumns);
    let stored = live;
    let isBegun = false;
    const send = async (
      what: string[],
      request: Pick<Call<Live>, "method" | "path" | "body">,
      isDone: (live: Live) => boolean = () => false,
    ) => {
      seen.willWrite(live.id);
      const whole: Call<Live> = {
        // An object that is all of Logto's settings of some sort has many columns, and an error seldom names one.
        purpose: `${verb} ${label(inputs)}${what.length > 0 ? ` (${what.join(", ")})` : ""}`,
        ...request,
        accept: { 200: changedObject(live.id), ...(put && { 201: liveObject }) },
        secrets: secretsSent(inputs, body),
      };
      const findDone = async () => {
        const now = await seen.getNow(live.id, label(inputs));
        return now && isDone(now) ? now : undefined;
      };
      try {
        // The client itself tries no POST again.
        const isPost = request.method === "POST";
        stored = await (isPost ? logto.api().createOnce(whole, findDone) : logto.api().call(whole));
      } catch (error) {
        throw isBegun ? new PartialFailure(error, { id: live.id, outputs: {} }) : error;
      }
      isBegun = true;
    };
    if (Object.keys(shared).length > 0) {
      await send(isAlwaysThere ? differing : [], {
        method: put ? "PUT" : "PATCH",
        path: at(live.id),
        body: put ? put.bodyOf(shared) : shared,
      });
    }
    for (const [name, own] of ownRequests) {
      const value = body[columnOf(name)];
      if (value === undefined || value === null) continue;
      const request = { method: own.method, path: own.path(at(live.id)) };
      const isDone = (now: Live) => !own.isSentAgain && isSame(now[columnOf(name)], value);
      await send([name], { ...request, body: own.body(value, live) }, isDone);
    }
    requireAllStored(inputs, shown(body), stored);
    return stored;
  }

  /** An object in the answer to its change, alone or among those that were changed. */
  const changedObject = (id: string) =>
    liveObject.or(
      liveObject.array().transform((all, context) => {
        const own = all.find((live) => live.id === id);
        if (own === undefined) context.addIssue({ code: "custom" });
        return own as Live;
      }),
    );

  /** Makes the object at its key. It is the same request again that makes it if an answer was lost. */
  async function makeWithPut(
    inputs: Values,
    { idOf, bodyOf }: NonNullable<typeof put>,
  ): Promise<Live> {
    const id = idOf(inputs);
    const body = columnsOf(inputs);
    seen.willWrite(id);
    try {
      const live = await logto.api().call<Live>({
        purpose: `create ${label(inputs)}`,
        method: "PUT",
        path: at(id),
        body: bodyOf(body),
        accept: { 200: liveObject, 201: liveObject },
        secrets: secretsOf(inputs),
      });
      requireAllStored(inputs, body, live);
      return live;
    } catch (error) {
      throw partialUnlessRefused(error, { id, outputs: newMemory(inputs) });
    }
  }

  /**
   * Makes exactly one object: finds what a request without an answer has made, and deletes a double.
   *
   * @param displaced the object that it removes
   */
  async function make(inputs: Values, displaced?: Values): Promise<Live> {
    await kind.beforeWrite?.({
      ...eventOf(inputs),
      before: undefined,
      wanted: columnsOf(inputs),
      isChange: true,
      secrets: secretsOf(inputs),
    });
    if (implied) return implied(inputs);
    if (put && !identity.isPosted) return makeWithPut(inputs, put);
    const id = identity.chosenId?.(inputs);
    const given = {
      ...omit(toColumns(omit(pick(inputs, columns), setAfterCreate)), ownColumns),
      ...toColumns(pick(inputs, writeOnly)),
      ...(id !== undefined && { id }),
      ...identity.stamp?.(inputs),
    };
    const body = merged(toColumns(pick(whenUnset, createdWith)), given);
    const remembered = { ...newMemory(inputs), ...(displaced && { displaced }) };
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
      .catch((error: unknown) => {
        throw partialUnlessRefused(error, { ...(id && { id }), outputs: remembered });
      })
      // The object may have taken the slot of one that this run has seen.
      .finally(() => slot && seen.forget());
    if (isSentAgain && !identity.isUnique) await removeDoubles(live, inputs, shown(body));
    try {
      requireAllStored(inputs, shown(body), live);
    } catch (error) {
      throw new PartialFailure(error, { id: live.id, outputs: remembered });
    }
    return live;
  }

  /** Makes an object again that was there before, as it was. */
  async function putBack(displaced: Values): Promise<void> {
    const live = displaced as Live;
    const request = {
      purpose: `put back ${labelOf(live)}`,
      method: "POST",
      path,
      body: displaced,
      accept: { [kind.createdStatus ?? 201]: liveObject },
      secrets: secretsOf(toInputs(live)),
    } as const;
    await logto
      .api()
      .createOnce<Live>(request, () => seen.getNow(live.id, labelOf(live)))
      .finally(() => seen.forget());
  }

  async function removeDoubles(live: Live, inputs: Values, body: Values): Promise<void> {
    for (const other of await alike(inputs)) {
      const isDouble = other.id !== live.id && sameness.holds(other, body);
      if (isDouble) await remove(other.id, inputs);
    }
  }

  /** Whether it is as a create of these inputs leaves it, finished or not, and unchanged since. */
  async function isAsCreated(live: Live, inputs: Values): Promise<boolean> {
    // A request of its own follows the create, and may not have been sent.
    const expected = omit({ ...toColumns(whenUnset), ...columnsOf(inputs) }, ownColumns);
    if (!sameness.holds(live, expected)) return false;
    for (const [name, list] of lists) {
      if (list.isFilledByLogto) continue;
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
    secrets,
    sameness,
    secretsOf,
    secretsSent,
    fixedColumns: fixed.map(columnOf),
    whenUnset: toColumns(whenUnset),
    label,
    labelOf,
    /** As messages name an object that may not be the only one of its label. */
    labelWithId: (inputs: Values, id: string) =>
      identity.chosenId || identity.isPut ? label(inputs) : `${label(inputs)} (${id})`,
    columnsOf,
    toInputs,
    inOrderOf: <Held extends Values>(model: Values, held: Held) =>
      inOrderOf(model, held, kind.unordered),
    parentOf,
    eventOf,
    endpoint: () => logto.api().connection.endpoint,
    fingerprintKey: () => logto.get("logto:fingerprintKey"),
    replacingDifferences,
    fixedDifferences,
    writeOnly,
    /** What Logto never shows and is to be told again: what differs from the last declaration, or may not have arrived. */
    sentAgain: (inputs: Values, prior: PriorState<Values, Memory> | undefined): Values => {
      const again = ownRequests.filter(
        ([name, own]) =>
          prior !== undefined &&
          own.isSentAgain?.(inputs) === true &&
          (prior.isUnfinished || prior.inputs[name] !== inputs[name]),
      );
      return toColumns(
        pick(
          inputs,
          again.map(([name]) => name),
        ),
      );
    },
    /** The inputs with what Logto was told once and is not told again, as it was declared then. */
    withTold: (inputs: Values, before: Values): Values => {
      const told = ownRequests.filter(
        ([name, { isSentAgain }]) =>
          isSentAgain?.(inputs) === false && name in inputs && name in before,
      );
      return {
        ...inputs,
        ...pick(
          before,
          told.map(([name]) => name),
        ),
      };
    },
    candidates,
    isAlike,
    newMemory,
    marked,
    notesOf,
    get: (id: string, inputs: Values, longestAge?: number) =>
      seen.get(id, label(inputs), longestAge),
    forget: () => seen.forget(),
    alike,
    /** The object whose slot one of these inputs takes. */
    async holder(inputs: Values): Promise<Live | undefined> {
      if (slot === undefined) return undefined;
      const all = () => seen.allNow(`the ${noun} that ${label(inputs)} takes the place of`);
      return holderOf(slot, inputs, { ...eventOf(inputs), all });
    },
    /** The same for a preview, with one try that may fail silently. */
    async holderInSight(inputs: Values): Promise<Live | undefined> {
      if (slot === undefined || !logto.get("logto:endpoint")) return undefined;
      const api = logto.api({ tries: 1, timeLimit: glance });
      const all = () =>
        lifeOf(kind, () => api).seen.allNow(`the ${noun} that ${label(inputs)} takes the place of`);
      const id = identity.chosenId?.(inputs);
      return glanceAtHolder(slot, inputs, { api, label: label(inputs), all, id, foretold });
    },
    /** What it takes to make an object again as it is. */
    remembered: (live: Live): Values => pick(live, ["id", ...columns.map(columnOf)]),
    make,
    putBack,
    change,
    remove,
    isAsCreated,
    verify: (inputs: Values) => kind.verify?.(inputs as never, logto.api()),
  };
}

/** As in `the role "reader"`. */
function labelBy({ noun, title, subtitle }: AnyKind, inputs: Values): string {
  const titles = [title ?? []].flat();
  const named = titles.find((one) => inputs[one]) ?? titles[0];
  const name = named === undefined ? "" : ` ${quoted(inputs[named])}`;
  const more = subtitle === undefined ? "" : ` (${String(inputs[subtitle])})`;
  return `the ${noun}${name}${more}`;
}

/** The value at a place such as `config.url`. */
function valueAt(values: Values, place: string): unknown {
  return place
    .split(".")
    .reduce<unknown>((value, key) => (isObject(value) ? value[key] : undefined), values);
}
