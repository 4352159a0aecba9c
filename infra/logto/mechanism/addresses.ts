import type { Rule } from "../../checks";
import type { Values } from "../../properties";
import { isPathSegment, segmentExpectation } from "../path-segment";
import type { ChildList } from "./child-list";
import type { AnyKind } from "./kind";

/** What is declared and becomes part of an address can be one: by the id of another object it would reach that. */
export function addressable({ identity, children = {} }: AnyKind): Rule<Values>[] {
  const { field } = identity;
  const isAddress = field !== undefined && (identity.chosenId !== undefined || identity.isPut);
  const ofObject: Rule<Values>[] = isAddress
    ? [{ reads: [field], problems: (inputs) => problemsOf([[[field], inputs[field]]]) }]
    : [];
  const ofLists = Object.entries<ChildList>(children)
    .filter(([, { isKeyInAddress }]) => isKeyInAddress)
    .map(([name, { key, entriesOf }]): Rule<Values> => ({
      reads: [name],
      problems: (inputs) =>
        problemsOf(entriesOf(inputs[name]).map((entry, index) => [[name, index, key], entry[key]])),
    }));
  return [...ofObject, ...ofLists];
}

function problemsOf(values: [(string | number)[], unknown][]) {
  return values
    .filter(([, value]) => typeof value === "string" && !isPathSegment(value))
    .map(([path]) => ({ path, message: `expected ${segmentExpectation}` }));
}
