import { dequal } from "dequal";
import { unknownValue } from "../../../infra/checks";
import { isObject, type Values } from "../../../infra/properties";
import { shortType } from "../consequences";
import { isInternalKey } from "../../../infra/internal-keys";
import { type Difference, isMachinery, isSecret, propertyOf } from "../difference";
import type { Preview, Step } from "../events";

/** What base and change declare, each previewed as a new stack, with dependencies. */
export interface Declarations {
  before: Preview | undefined;
  after: Preview;
}

/** The inputs of a type whose change replaces a resource; `undefined` if that is not known. */
export type Replacing = (type: string) => Promise<readonly string[] | undefined>;

/**
 * What the engine would do to the server's resources if the base were up, computed without bringing it up.
 *
 * Properties with known values on both sides are compared. A value that only an apply makes known, such as an image's
 * id, may differ if it depends on a resource that changes. Then the resource with that property may change or be
 * replaced, and so may the resources that depend on it.
 *
 * A surprise: if a plugin's resource is updated in place, its outputs count as unchanged. For a resource of this
 * project, any output may change.
 */
export async function platformSteps(
  { before, after }: Declarations,
  replacing: Replacing,
): Promise<Step[]> {
  const old = platformOf(before);
  const wanted = platformOf(after);
  const open = new Set<string>();
  const steps: Step[] = [];
  // In the engine's order: dependencies come first.
  for (const step of wanted.values()) {
    const compared = await compare(old.get(step.urn), step, {
      open,
      dependencies: [before, after].map((side) => side?.dependencies?.get(step.urn)),
      replacing,
    });
    if (isOpening(compared)) open.add(step.urn);
    steps.push(compared);
  }
  const gone = [...old.values()].filter(({ urn }) => !wanted.has(urn));
  return [...steps, ...gone.map((step) => between(step, undefined, { operation: "delete" }))];
}

/** Whether the type is an object on Logto, which the sandbox shows. */
export function isOfLogto(type: string): boolean {
  return shortType(type).startsWith("logto:");
}

function platformOf(preview: Preview | undefined): Map<string, Step> {
  const steps = (preview?.steps ?? []).filter(
    ({ type }) => !isOfLogto(type) && !type.startsWith("pulumi:"),
  );
  return new Map(steps.map((step) => [step.urn, step]));
}

interface Context {
  /** Resources with outputs that may differ after an apply. */
  open: ReadonlySet<string>;
  /** The resource's dependencies by property, in the base and in the change. */
  dependencies: (Record<string, string[]> | undefined)[];
  replacing: Replacing;
}

async function compare(one: Step | undefined, other: Step, context: Context): Promise<Step> {
  if (one === undefined) return between(one, other, { operation: "create" });
  const [before, after] = [one.after ?? {}, other.after ?? {}];
  const differing = [...Object.keys(before), ...Object.keys(after)]
    .filter((key) => !isInternalKey(key) && !dequal(before[key], after[key]))
    .map(propertyOf);
  const changed = [...new Set(differing)];
  const mayChange = Object.entries(after)
    .filter(([key]) => !isMachinery(key) && !changed.includes(key) && isOpen(key, context))
    .flatMap(([key, value]) => openPaths(value, key));
  const mayDiffer = [...new Set(mayChange.map(({ path }) => path.split(/[.[]/)[0] ?? path))];
  if (changed.length + mayDiffer.length === 0) {
    const operation = dequal(before, after) ? "same" : "update";
    return between(one, other, { operation, mayChange });
  }
  const forcing = await context.replacing(other.type);
  const replacedBy = changed.filter((key) => forcing?.includes(key));
  if (replacedBy.length > 0) {
    return between(one, other, { operation: "replace", replacedBy, mayChange });
  }
  // If it is not known which inputs replace, any of them may.
  const mayReplace = [...(forcing ? [] : changed), ...mayDiffer].filter(
    (key) => forcing === undefined || forcing.includes(key),
  );
  if (mayReplace.length > 0) {
    return between(one, other, { operation: "may replace", replacedBy: mayReplace, mayChange });
  }
  return between(one, other, {
    operation: changed.length > 0 ? "update" : "may update",
    mayChange,
  });
}

/** Whether a property depends on such a resource, or on other resources than before. */
function isOpen(key: string, { open, dependencies: [before, after] }: Context): boolean {
  const [old, wanted] = [before?.[key] ?? [], after?.[key] ?? []].map((urns) => [...urns].sort());
  return (
    wanted?.some((urn) => open.has(urn)) === true ||
    (before !== undefined && after !== undefined && !dequal(old, wanted))
  );
}

/** The paths in a property whose values do not show: unknown ones, and secrets. */
function openPaths(value: unknown, path: string): Difference[] {
  if (value === unknownValue) return [{ path, kind: "unknown" }];
  if (isSecret(value)) return [{ path, kind: "secret", state: "known after the apply" }];
  if (Array.isArray(value)) {
    return value.flatMap((held, index) => openPaths(held, `${path}[${index}]`));
  }
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, held]) => openPaths(held, `${path}.${key}`));
}

function isOpening({ operation, type }: Step): boolean {
  return (
    ["create", "replace", "may replace"].includes(operation) ||
    (operation !== "same" && type.startsWith("pulumi-nodejs:dynamic/"))
  );
}

function between(
  one: Step | undefined,
  other: Step | undefined,
  rest: Pick<Step, "operation"> & Partial<Pick<Step, "replacedBy" | "mayChange">>,
): Step {
  const { urn, type } = (other ?? one) as Step;
  return {
    urn,
    type,
    before: one?.after,
    after: other?.after,
    wasProtected: one?.isProtected ?? false,
    isProtected: other?.isProtected ?? false,
    replacedBy: [],
    ...rest,
  };
}

/** The replacing inputs of this project's own server resources, as their providers declare them (infra/server). */
export const replacingOfOurs: Record<string, readonly string[]> = {
  "logto-server:DatabaseRole": ["name"],
  "logto-server:ManagementAccess": ["clientId"],
};

/**
 * @param schemaOf prints a package's schema, as `pulumi package get-schema` does; `undefined` if it
 *   is not available
 * @see https://www.pulumi.com/docs/iac/guides/building-extending/packages/schema/
 */
export function replacingBy(schemaOf: (name: string) => Promise<string | undefined>): Replacing {
  const schemas = new Map<string, Promise<Values | undefined>>();
  return async (type) => {
    const short = shortType(type);
    if (type.startsWith("pulumi-nodejs:dynamic/")) return replacingOfOurs[short] ?? [];
    const name = type.split(":")[0] ?? "";
    const schema =
      schemas.get(name) ??
      schemaOf(name).then((text) =>
        text === undefined ? undefined : (JSON.parse(text) as Values),
      );
    schemas.set(name, schema);
    const resources = (await schema)?.["resources"];
    const resource = isObject(resources) ? resources[type] : undefined;
    const inputs = isObject(resource) ? resource["inputProperties"] : undefined;
    return isObject(inputs)
      ? Object.keys(inputs).filter((key) => isReplacing(inputs[key]))
      : undefined;
  };
}

function isReplacing(input: unknown): boolean {
  return (
    isObject(input) &&
    (input["willReplaceOnChanges"] === true || input["replaceOnChanges"] === true)
  );
}
