import { dequal } from "dequal";
import { z } from "zod";
import { isInternalKey } from "../../infra/internal-keys";
import { type Difference, isSecret } from "./difference";

/** A resource's properties on one side of a step, as the engine shows them: secrets are marked, not shown. */
export type Properties = Record<string, unknown>;

/** What the engine would do to one resource. */
export interface Step {
  /**
   * The engine's word: `create`, `update`, `replace`, `delete`, `same`, `refresh` and more; in an offline
   * review also `may update` and `may replace`.
   */
  operation: string;
  urn: string;
  type: string;
  before: Properties | undefined;
  after: Properties | undefined;
  /** For a replacement, the properties that cannot be changed in place. */
  replacedBy: string[];
  /** What differs and is in no input, such as a membership of a Postgres role that somebody granted by hand. */
  outputDifferences?: OutputDifference[];
  /** In an offline review, what is not known and may be another one than before. */
  mayChange?: Difference[];
  /** Its option `protect`: whether the engine refused to delete it until now, and would from now on. */
  wasProtected: boolean;
  isProtected: boolean;
}

/** A place that a plugin calls different, of which the inputs say nothing. */
export interface OutputDifference {
  path: string;
  before: unknown;
  after: unknown;
}

/** What a policy said. */
export interface Finding {
  policy: string;
  level: string;
  /** Undefined for what is about the whole stack. */
  urn: string | undefined;
  message: string;
}

/** By resource, of which others each of its properties is made. */
export type Dependencies = Map<string, Record<string, string[]>>;

/** What the engine told of a preview. */
export interface Preview {
  steps: Step[];
  /** What a refresh found: `before` is the state of the last up, `after` the server's, if it has it still. */
  refreshes: Step[];
  outputs: { before: Properties; after: Properties } | undefined;
  findings: Finding[];
  /** The errors, a sentence each. Those that only say that others were are left out. */
  errors: string[];
  /** How many resources stay as they are. */
  unchanged: number;
  /** Whether the engine came to an end of its own. */
  isEnded: boolean;
  /** Where they were asked for. */
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
    // By path, what a plugin that says so calls different.
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
 * Reads the events that `pulumi preview --json` prints, a JSON a line, with
 * PULUMI_ENABLE_STREAMING_JSON_PREVIEW. The one JSON that it prints without holds no findings of policies.
 * What else the lines say, debugging above all, is dropped here.
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

/** Reads the one JSON that `pulumi preview --json` prints, of which {@link readEvents} says what it has not. */
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
    // Told twice: when the program starts, with the outputs of before on both sides, and at its end.
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

/** The policy's description comes first; where something is not known the engine says so before the sentence. */
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
 * What a plugin calls different in a property whose inputs are the same on both sides. A refresh says what it
 * found, every other step what it would bring about.
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

/** The keys of a path as the engine writes it, such as `a.b[0]["c.d"]`. */
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

/** Of what is secret as a whole, all of it. */
function at(value: unknown, keys: readonly (string | number)[]): unknown {
  const [key, ...rest] = keys;
  if (key === undefined || isSecret(value)) return value;
  if (typeof value !== "object" || value === null) return undefined;
  return at((value as Record<string | number, unknown>)[key], rest);
}
