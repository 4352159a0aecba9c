import * as policy from "@pulumi/policy";
import { type Key, pathOf } from "./property-path";

/** The SDK's error for the use of a value that is known only after the apply; exported without a type. */
export const { UnknownValueError } = policy as unknown as {
  UnknownValueError: new (sentinel: string, keys: Key[]) => Error & { props: Key[] };
};

/** The text that stands for what is not known, of every type that the SDK tells apart. */
const anyUnknown = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Where the value is that was not known, as messages name it. */
export function unknownPath(error: InstanceType<typeof UnknownValueError>): string {
  return pathOf(error.props);
}

/**
 * Ends a policy with the SDK's own word for "not known yet": whatever the policy's level, the engine shows
 * the message as advisory, and what was reported before stays reported.
 */
export function notKnownYet(message: string): Error {
  return Object.assign(new UnknownValueError(anyUnknown, []), { message });
}

/**
 * Whether the predicate holds for any of the items: one that is known to will do, whatever is not known of
 * the others.
 *
 * @throws an UnknownValueError where none is known to, and of one it is not known
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
 * Whether this is the `up` itself, where every value is known. An engine that does not say counts as a
 * preview: there nothing can be unknown in an `up`.
 */
export function isApply(): boolean {
  return process.env["PULUMI_DRY_RUN"] === "false";
}
