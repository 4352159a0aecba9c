import * as policy from "@pulumi/policy";
import { type Key, pathOf } from "./property-path";

/** The SDK's error for the use of a value that is known only after the apply; exported without a type. */
export const { UnknownValueError } = policy as unknown as {
  UnknownValueError: new (sentinel: string, keys: Key[]) => Error & { props: Key[] };
};

/** The engine's text for an unknown value, of any of the SDK's types. */
const anyUnknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** The path of the unknown value, as messages show it. */
export function unknownPath(error: InstanceType<typeof UnknownValueError>): string {
  return pathOf(error.props);
}

/**
 * Ends a policy with the SDK's error for "not known yet": whatever the policy's level, the engine shows
 * the message as advisory, and keeps what was reported before.
 */
export function notKnownYet(message: string): Error {
  return Object.assign(new UnknownValueError(anyUnknown, []), { message });
}

/**
 * Whether the predicate holds for any of the items. If it holds for one, unknown values of the others do not
 * matter.
 *
 * @throws an UnknownValueError if it holds for none and an item has an unknown value
 */
export function anyOf<Item>(items: readonly Item[], predicate: (item: Item) => boolean): boolean {
  let notKnown: unknown;
  for (const item of items) {
    try {
      if (predicate(item)) return true;
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      notKnown ??= error;
    }
  }
  if (notKnown !== undefined) throw notKnown as Error;
  return false;
}

/**
 * Whether this is the `up` itself, where every value is known. An engine that does not tell counts as a
 * preview; its `up` has no unknown values anyway.
 */
export function isApply(): boolean {
  return process.env["PULUMI_DRY_RUN"] === "false";
}
