import { dequal } from "dequal";
import { z } from "zod";
import { isInternalKey } from "../../infra/internal-keys";
import { type Difference, isSecret } from "./difference";

/** A resource's properties before or after a step, as the engine shows them: secrets are marked and not shown. */
export type Properties = Record<string, unknown>;

/** An operation of the engine on one resource. */
export interface Step {
  /**
   * The engine's name for it: `create`, `update`, `replace`, `delete`, `same`, `refresh` and more; in an offline
   * review also `may update` and `may replace`.
   */
  operation: string;
  urn: string;
  type: string;
  before: Properties | undefined;
  after: Properties | undefined;
  /** For a replacement, the properties that cannot change in place. */
  replacedBy: string[];
  /** Differences in outputs only, such as a membership of a Postgres role that somebody granted by hand. */
  outputDifferences?: OutputDifference[];
  /** In an offline review, unknown values that may differ from before. */
  mayChange?: Difference[];
  /** Its option `protect`, before and after: the engine refuses to delete a protected resource. */
  wasProtected: boolean;
  isProtected: boolean;
}

/** A path that a plugin reports as different although the inputs are the same. */
export interface OutputDifference {
  path: string;
  before: unknown;
  after: unknown;
}

/** A finding of a policy. */
export interface Finding {
  policy: string;
  level: string;
  /** Undefined if it is about the whole stack. */
  urn: string | undefined;
  message: string;
}

/** For each resource, the resources on which each of its properties depends. */
export type Dependencies = Map<string, Record<string, string[]>>;

/** What the engine reported in a preview. */
export interface Preview {
  steps: Step[];
  /** Results of a refresh: `before` is the state of the last up, `after` the server's, if the resource still exists. */
  refreshes: Step[];
  outputs: { before: Properties; after: Properties } | undefined;
  findings: Finding[];
  /** The errors, one sentence each. Those that only say that there were others are left out. */
  errors: string[];
  /** How many resources do not change. */
  unchanged: number;
  /** Whether the engine completed the preview. */
  isEnded: boolean;
  /** Set if dependencies were requested. */
  dependencies?: Dependencies;
}

const side = z
  .object({
    inputs: z.record(z.unknown()).nullish(),
    outputs: z.record(z.unknown()).nullish(),
    protect: z.boolean().default(false),
  })
  .nullish();
const step = z.object({
  metadata: z.object({
    op: z.string(),
    urn: z.string(),
    type: z.string(),
    keys: z.string().array().nullish(),
    // Differences by path, from plugins that report them.
    detailedDiff: z.record(z.object({ diffKind: z.string() })).nullish(),
    old: side,
    new: side,
  }),
});
const event = z.object({
  resourcePreEvent: step.optional(),
  resOutputsEvent: step.optional(),
  policyEvent: z
    .object({
      policyName: z.string(),
      enforcementLevel: z.string(),
      resourceUrn: z.string().optional(),
      message: z.string(),
    })
    .optional(),
  diagnosticEvent: z
    .object({ severity: z.string(), message: z.string(), urn: z.string().optional() })
    .optional(),
  summaryEvent: z.object({ resourceChanges: z.record(z.number()).nullish() }).optional(),
});

/**
 * Reads the events that `pulumi preview --json` prints, one JSON per line, with
 * PULUMI_ENABLE_STREAMING_JSON_PREVIEW. The single JSON that it prints otherwise holds no findings of policies.
 * Other lines, mostly debugging, are dropped here.
 *
 * @see https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
 */
export function readEvents(text: string): Preview {
  const preview: Preview = {
    steps: [],
    refreshes: [],
    outputs: undefined,
    findings: [],
    errors: [],
    unchanged: 0,
    isEnded: false,
  };
  for (const line of text.split("\n")) {
    if (!line.startsWith("{")) continue;
    take(event.parse(JSON.parse(line)), preview);
  }
  return preview;
}

const digest = z.object({
  steps: z
    .object({
      urn: z.string(),
      newState: z
        .object({ propertyDependencies: z.record(z.string().array()).nullish() })
        .nullish(),
    })
    .array()
    .default([]),
});

/** Reads the single JSON that `pulumi preview --json` prints; see {@link readEvents} for what it lacks. */
export function readDependencies(text: string): Dependencies {
  const { steps } = text.startsWith("{") ? digest.parse(JSON.parse(text)) : { steps: [] };
  return new Map(steps.map(({ urn, newState }) => [urn, newState?.propertyDependencies ?? {}]));
}

function take(
  {
    resourcePreEvent,
    resOutputsEvent,
    policyEvent,
    diagnosticEvent,
    summaryEvent,
  }: z.infer<typeof event>,
  preview: Preview,
): void {
  if (resourcePreEvent && resourcePreEvent.metadata.op !== "refresh") {
    preview.steps.push(stepOf(resourcePreEvent));
  }
  if (resOutputsEvent?.metadata.op === "refresh") {
    preview.refreshes.push(stepOf(resOutputsEvent));
  }
  if (resOutputsEvent?.metadata.type === "pulumi:pulumi:Stack") {
    // Reported twice: at the program's start, with the old outputs on both sides, and at its end.
    const { old, new: wanted } = resOutputsEvent.metadata;
    preview.outputs = { before: old?.outputs ?? {}, after: wanted?.outputs ?? {} };
  }
  if (policyEvent) {
    preview.findings.push({
      policy: policyEvent.policyName,
      level: policyEvent.enforcementLevel,
      urn: policyEvent.resourceUrn === "" ? undefined : policyEvent.resourceUrn,
      message: sentenceOf(policyEvent.message),
    });
  }
  if (diagnosticEvent?.severity === "error") {
    const message = diagnosticEvent.message.trim().replace(/^error: /, "");
    const isNews = message !== "preview failed" && !preview.errors.includes(message);
    if (message !== "" && isNews) preview.errors.push(message);
  }
  if (summaryEvent) {
    preview.isEnded = true;
    preview.unchanged = summaryEvent.resourceChanges?.["same"] ?? 0;
  }
}

/** The sentence without the policy's description, which comes first, and without the engine's note on unknowns. */
function sentenceOf(message: string): string {
  const last = message.trim().split("\n").at(-1) ?? "";
  return last.replace(/^can't run policy .*? during preview: /, "");
}

function stepOf({ metadata }: z.infer<typeof step>): Step {
  const { op, urn, type, keys, old, new: wanted } = metadata;
  const found = outputDifferences(metadata);
  return {
    operation: op,
    urn,
    type,
    before: old?.inputs ?? (old ? {} : undefined),
    after: wanted?.inputs ?? (wanted ? {} : undefined),
    replacedBy: [...(keys ?? [])].sort(),
    wasProtected: old?.protect ?? false,
    isProtected: wanted?.protect ?? false,
    ...(found.length > 0 && { outputDifferences: found }),
  };
}

/**
 * Differences that a plugin reports in properties whose inputs are the same on both sides. A refresh tells what it
 * found, any other step what it would change.
 */
function outputDifferences({
  op,
  detailedDiff,
  old,
  new: wanted,
}: z.infer<typeof step>["metadata"]): OutputDifference[] {
  if (!old || !wanted) return [];
  const before = old.outputs ?? {};
  const after = (op === "refresh" ? wanted.outputs : wanted.inputs) ?? {};
  return Object.entries(detailedDiff ?? {}).flatMap(([path, { diffKind: kind }]) => {
    const keys = keysOf(path);
    const property = String(keys[0]);
    if (isInternalKey(property) || !dequal(old.inputs?.[property], wanted.inputs?.[property])) {
      return [];
    }
    const place = {
      path: pathOf(keys),
      before: kind.startsWith("add") ? undefined : at(before, keys),
      after: kind.startsWith("delete") ? undefined : at(after, keys),
    };
    return dequal(place.before, place.after) ? [] : [place];
  });
}

/** The keys of a path in the engine's notation, such as `a.b[0]["c.d"]`. */
function keysOf(path: string): (string | number)[] {
  const keys = path.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|([^.[]+)/g);
  return [...keys].map(([, quoted, index, name]) =>
    index === undefined ? (quoted?.replace(/\\(.)/g, "$1") ?? name ?? "") : Number(index),
  );
}

function pathOf(keys: readonly (string | number)[]): string {
  return keys
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}

/** The value at a path. If part of the path is secret as a whole, that secret is returned. */
function at(value: unknown, keys: readonly (string | number)[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined || isSecret(value)) return value;
  if (typeof value !== "object" || value === null) return undefined;
  return at((value as Record<string | number, unknown>)[key], rest);
}
