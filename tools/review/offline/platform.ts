import { dequal } from "dequal";
import { unknownValue } from "../../../infra/checks";
import { isObject, type Values } from "../../../infra/properties";
import { shortType } from "../consequences";
import { isInternalKey } from "../../../infra/internal-keys";
import { type Difference, isMachinery, isSecret, propertyOf } from "../difference";
import type { Preview, Step } from "../events";

/** What base and change declare, each previewed as if nothing were there, with its dependencies. */
export interface Declarations {
  before: Preview | undefined;
  after: Preview;
}

/** The inputs of a type of which a change makes another one, or `undefined` where nobody says which. */
export type Replacing = (type: string) => Promise<readonly string[] | undefined>;

/**
 * What the engine would do where the base is up, told without it: of all that stands the server up.
 *
 * A property that is known on both sides is compared. One that only an apply makes known, such as the id of
 * an image, is open where it is made of a resource that changes, and then may be another one: what has it
 * may change, or may be replaced, and so may what is made of that.
 *
 * What surprises: a plugin's resource that is updated in place keeps what its server gave it. One of this
 * project's own may answer anything.
 */
export async function platformSteps(
  { before, after }: Declarations,
  replacing: Replacing,
): Promise<Step[]> {
  const old = platformOf(before);
  const wanted = platformOf(after);
  const open = new Set<string>();
  const steps: Step[] = [];
  // In the engine's order: what a resource is made of comes first.
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

/** What is Logto's own, which a sandbox shows. */
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
  /** The resources of which something that only the apply makes known may be another one. */
  open: ReadonlySet<string>;
  /** Of the resource in the base and in the change, by its properties. */
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
  // Where nobody says which, any may.
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

/** Whether a property is made of a resource that is open, or of other resources than before. */
function isOpen(key: string, { open, dependencies: [before, after] }: Context): boolean {
  const [old, wanted] = [before?.[key] ?? [], after?.[key] ?? []].map((urns) => [...urns].sort());
  return (
    wanted?.some((urn) => open.has(urn)) === true ||
    (before !== undefined && after !== undefined && !dequal(old, wanted))
  );
}

/** Of a property the places whose values do not show: those that are not known yet, and secrets. */
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

/** Of the resources of this project that stand a server up, as their providers have it (infra/server). */
export const replacingOfOurs: Record<string, readonly string[]> = {
  "logto-server:DatabaseRole": ["name"],
  "logto-server:ManagementAccess": ["clientId"],
};

/**
 * @param schemaOf prints a package's schema, as `pulumi package get-schema` does; `undefined` where it
 *   cannot be had
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
