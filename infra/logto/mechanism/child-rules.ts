/** What a list's declaration means for the check of an object's inputs, and for a list that is not declared. */

import type { Rule } from "../../checks";
import type { Values } from "../../properties";
import type { ChildList } from "./child-list";
import type { ChildMemory } from "./child-plan";
import type { Adoption, AnyKind } from "./kind";
import { isSame } from "./sameness";

type Inputs = Values & Adoption;

function listsOf({ children = {} }: AnyKind): [string, ChildList][] {
  return Object.entries(children);
}

/** Whether an object has such a list, by its inputs or as Logto has it. */
export function hasList({ onlyFor = {} }: ChildList, object: Values): boolean {
  return fieldsWithoutList(onlyFor, object).length === 0;
}

function fieldsWithoutList(onlyFor: NonNullable<ChildList["onlyFor"]>, object: Values): string[] {
  return Object.keys(onlyFor).filter((field) => !onlyFor[field]?.includes(object[field]));
}

/** An object without such a list declares none. */
export function onlyWhereThereIsOne(kind: AnyKind): Rule<Inputs>[] {
  return listsOf(kind).flatMap(([name, { noun, onlyFor }]) =>
    onlyFor === undefined
      ? []
      : [
          {
            reads: [name, ...Object.keys(onlyFor)],
            problems: (inputs) =>
              inputs[name] === undefined
                ? []
                : fieldsWithoutList(onlyFor, inputs).map((field) => ({
                    path: [name],
                    message: `${article(kind.noun)} ${kind.noun} of ${field} ${String(inputs[field])} has no ${noun}s`,
                  })),
          },
        ],
  );
}

function article(noun: string): string {
  return /^[aeiou]/i.test(noun) ? "an" : "a";
}

/** What Logto cannot change in an entry stays as it was declared before. */
export function fixedFieldsStay(kind: AnyKind, before: Values): Rule<Inputs>[] {
  return listsOf(kind).map(([name, { key, fixedFields, entriesOf }]) => ({
    reads: [name],
    problems: (inputs) =>
      entriesOf(inputs[name]).flatMap((entry, index) => {
        const earlier = entriesOf(before[name]).find((one) => one[key] === entry[key]);
        if (earlier === undefined) return [];
        return Object.entries(fixedFields)
          .filter(([field]) => !isSame(earlier[field], entry[field]))
          .map(([field, refusal]) => ({
            path: [name, index, field],
            message: refusal(String(entry[key])),
          }));
      }),
  }));
}

/**
 * The inputs with what Logto makes along with a new object, in each list that is not declared. Not for an object that
 * may be adopted: its list is its own.
 */
export function withEntriesOfNewObject(kind: AnyKind, inputs: Inputs): Inputs {
  const { adopt = "never", adoptId } = inputs;
  if (adopt !== "never" || adoptId !== undefined) return inputs;
  const added = listsOf(kind)
    .filter(([name, { madeWithObject }]) => inputs[name] === undefined && madeWithObject.length > 0)
    .filter(([, list]) => hasList(list, inputs))
    .map(([name, list]) => [name, list.inputOf([...list.madeWithObject])] as const);
  return { ...inputs, ...Object.fromEntries(added) };
}

/** What counts as declared of a list. */
export function declaredEntries(
  list: ChildList,
  input: unknown,
  { isOwn, object }: { isOwn: boolean; object: Values },
): Values[] {
  if (input !== undefined || !isOwn || !hasList(list, object)) return list.entriesOf(input);
  return [...list.madeWithObject];
}

/** What is remembered of the lists of a new object. */
export function memoryOfNewObject(kind: AnyKind, object: Values): Record<string, ChildMemory> {
  const made = listsOf(kind)
    .filter(([, list]) => list.madeWithObject.length > 0 && hasList(list, object))
    .map(([name, { madeWithObject, key }]) => [
      name,
      { made: madeWithObject.map((entry) => String(entry[key])), original: {} },
    ]);
  return Object.fromEntries(made) as Record<string, ChildMemory>;
}
