import { z } from "zod";
import type { Difference } from "./difference";

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
  /** In an offline review, what is not known and may be another one than before. */
  mayChange?: Difference[];
  /** Its option `protect`: whether the engine refused to delete it until now, and would from now on. */
  wasProtected: boolean;
  isProtected: boolean;
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
  return {
    operation: op,
    urn,
    type,
    before: old?.inputs ?? (old ? {} : undefined),
    after: wanted?.inputs ?? (wanted ? {} : undefined),
    replacedBy: [...(keys ?? [])].sort(),
    wasProtected: old?.protect ?? false,
    isProtected: wanted?.protect ?? false,
  };
}
