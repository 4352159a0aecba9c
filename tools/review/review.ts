import { consequenceOf, shortType } from "./consequences";
import { type Difference, differences, isChange, unknownPaths } from "./difference";
import type { Finding, Preview, Step } from "./events";
import { unorderedListsOf } from "./unordered-lists";

export const operations = ["replace", "delete", "create", "update"] as const;
/** Other values are the engine's, or `may replace` and `may update` in an offline review. */
export type Operation = (typeof operations)[number] | (string & {});

/** A change of one resource. */
export interface Change {
  operation: Operation;
  urn: string;
  /** The short name, such as `logto:Application`. */
  type: string;
  name: string;
  /** Ordered by path, with unchanged secrets among them. */
  differences: Difference[];
  /** For a replacement, also a possible one, the properties that cannot change in place. */
  replacedBy: string[];
  /** The effect on users of a replacement, also a possible one, of a delete, or of a loss of protection. */
  consequence?: string;
}

/** A change that somebody else has made on the server since the last `up`. */
export interface Drift {
  urn: string;
  type: string;
  name: string;
  isGone: boolean;
  differences: Difference[];
}

/** What a reviewer needs to know about a change. It is the report's content and the output of `--json`. */
export interface Review {
  stack: string;
  /** Whether the server was read. */
  isRefreshed: boolean;
  /** Set if only the state was compared with the server, without a preview. */
  isDriftCheck?: true;
  /** For a drift check, the resources that were not compared, one phrase each. */
  notLookedAt?: string[];
  /** For a drift check, resources that could not be read, and so may have changed. */
  unreachable?: string[];
  /** For a drift check, client secrets that are not declared: no change of this stack, but worth a look. */
  undeclaredSecrets?: string[];
  /** Whether the key of the fingerprints changed: then every secret shows as changed. */
  isFingerprintKeyChanged?: true;
  /** Set for an offline review: what replaced the real environment. */
  offline?: Offline;
  /** The number of resources by operation. */
  counts: Record<string, number>;
  changes: Change[];
  drift: Drift[];
  /** Changes of the stack's outputs, if known. */
  outputs: Difference[];
  violations: Finding[];
  advice: Finding[];
  /** What a rule could not judge in the preview, one sentence each. */
  judgedInUp: string[];
  /** Values that are known only after the apply, as `name: path`. */
  unknown: string[];
  /** Errors that ended the preview early: the listed changes are then incomplete. */
  errors: string[];
}

/** Set if a change edits what judges it: the policies, or what starts them. */
export interface EditedPolicies {
  files: string[];
  /** Violations of the base's policies that the change's own policies do not report. */
  violations: Finding[];
}

/** The part of a review that only an offline one has. */
export interface Offline {
  /** The revision that the change is compared with. */
  base: string;
  /** Differences in the settings that the sandbox replaces. */
  settings: Difference[];
  policies?: EditedPolicies;
  /** What an offline review cannot tell, one sentence each. */
  notJudged: string[];
}

/** The engine's two halves of a replacement, which is shown as one change, as in the engine's own display. */
const halves = ["create-replacement", "delete-replaced"];
const stackType = "pulumi:pulumi:Stack";
/** The pack's policy whose advice lists unknown values (policies/rule.ts). */
const judgedInUp = "judged-in-up";

type About = Pick<
  Review,
  | "stack"
  | "isRefreshed"
  | "isDriftCheck"
  | "notLookedAt"
  | "unreachable"
  | "undeclaredSecrets"
  | "isFingerprintKeyChanged"
  | "offline"
>;

/** The review of a preview, in an order that does not depend on the engine's. */
export function reviewOf(preview: Preview, about: About): Review {
  const steps = preview.steps.filter(
    (step) =>
      (step.operation !== "same" || isProtectionChanged(step)) &&
      !halves.includes(step.operation) &&
      step.type !== stackType,
  );
  // The engine reports "same" for a resource if only its protection changes.
  const inState = steps.filter(({ operation }) => operation === "same").length;
  const changes = steps.map(changeOf).sort(byOperationAndName);
  const counts = new Map<string, number>(operations.map((operation) => [operation, 0]));
  for (const { operation } of changes) counts.set(operation, (counts.get(operation) ?? 0) + 1);
  const { before = {}, after = {} } = preview.outputs ?? {};
  const findings = [...preview.findings].sort(byText);
  return {
    ...about,
    counts: Object.fromEntries([...counts, ["same", preview.unchanged - inState]]),
    changes,
    drift: preview.refreshes
      .map(driftOf)
      .filter((one) => one !== undefined)
      .sort(byName),
    outputs: differences(before, after).filter((one) => isChange(one) && !isUnknown(one)),
    violations: findings.filter(isViolation),
    advice: findings.filter((one) => !isViolation(one) && one.policy !== judgedInUp),
    judgedInUp: findings
      .filter(({ policy }) => policy === judgedInUp)
      .map(({ message }) => message),
    unknown: [
      ...steps
        // Their unknown values are already listed with the resource itself.
        .filter(({ mayChange }) => mayChange === undefined)
        .flatMap(({ urn, after: wanted }) =>
          unknownPaths(wanted ?? {}).map((path) => `${nameOf(urn)}: ${path}`),
        ),
      ...unknownPaths(after).map((path) => `the stack's output ${path}`),
    ].sort(),
    errors: preview.errors,
  };
}

/** Whether the stack would change by an `up`, or has changed since the last one. */
export function hasChanges({ changes, drift, outputs, offline }: Review): boolean {
  const settings = offline?.settings ?? [];
  return changes.length + drift.length + outputs.length + settings.length > 0;
}

export function isViolation({ level }: Finding): boolean {
  return level !== "advisory";
}

/** Whether anything violates a policy, either the change's or the base's that it edits. */
export function isRefused({ violations, offline }: Review): boolean {
  return violations.length + (offline?.policies?.violations.length ?? 0) > 0;
}

/** Whether the new value is unknown. For an output, the resource's own change tells more. */
function isUnknown(difference: Difference): boolean {
  return (
    difference.kind === "unknown" ||
    (difference.kind === "secret" && difference.state === "known after the apply")
  );
}

function changeOf(step: Step): Change {
  const { operation, urn, type, before, after, replacedBy } = step;
  const kind = shortType(type);
  const how = howItGoes(step);
  return {
    operation: operation === "same" ? "update" : operation,
    urn,
    type: kind,
    name: nameOf(urn),
    // For a deleted resource its name is enough.
    differences:
      operation === "delete"
        ? []
        : [
            ...withPossible(differences(before, after), step),
            ...inOutputs(step),
            ...protectionOf(step),
          ],
    replacedBy,
    ...(how && { consequence: [consequenceOf(kind, how), ...refusalOf(step)].join(" ") }),
  };
}

/** A note for protected resources in an offline review. In an online review the engine's preview fails by itself. */
function refusalOf({ operation, wasProtected }: Step): string[] {
  return wasProtected && ["replace", "may replace"].includes(operation)
    ? ["As it is protected, the engine refuses to replace it, and the up fails."]
    : [];
}

/** Differences with the possible ones, which replace others of the same path, such as an uncomparable secret's. */
function withPossible(found: Difference[], { mayChange = [] }: Step): Difference[] {
  const paths = mayChange.map(({ path }) => path);
  return [...found.filter(({ path }) => !paths.includes(path)), ...mayChange];
}

function howItGoes(step: Step) {
  if (["replace", "may replace"].includes(step.operation)) return "replaced";
  if (step.operation === "delete") return "deleted";
  return isProtectionChanged(step) && step.wasProtected ? "unprotected" : undefined;
}

/** Whether the protection of an existing resource changes. */
function isProtectionChanged({ before, after, wasProtected, isProtected }: Step): boolean {
  return before !== undefined && after !== undefined && wasProtected !== isProtected;
}

function protectionOf(step: Step): Difference[] {
  const { wasProtected: before, isProtected: after } = step;
  return isProtectionChanged(step)
    ? [{ path: "the option protect", kind: "changed", before, after }]
    : [];
}

function driftOf(step: Step): Drift | undefined {
  const { urn, type, before, after } = step;
  const isGone = after === undefined;
  const found = isGone
    ? []
    : [...differences(before, after, unorderedListsOf(type)), ...inOutputs(step)];
  return isGone || found.some(isChange)
    ? { urn, type: shortType(type), name: nameOf(urn), isGone, differences: found.filter(isChange) }
    : undefined;
}

function inOutputs({ outputDifferences = [] }: Step): Difference[] {
  return outputDifferences.flatMap(({ path, before, after }) =>
    differences({ [path]: before }, { [path]: after }),
  );
}

function nameOf(urn: string): string {
  return urn.split("::").at(-1) ?? urn;
}

const order: readonly string[] = [
  ...["replace", "may replace", "delete", "create", "update", "may update"],
];

function byOperationAndName(one: Change, other: Change): number {
  const rank = ({ operation }: Change) => {
    const index = order.indexOf(operation);
    return index === -1 ? order.length : index;
  };
  return rank(one) - rank(other) || byName(one, other);
}

function byName(one: { urn: string }, other: { urn: string }): number {
  return compareText(one.urn, other.urn);
}

function byText(one: Finding, other: Finding): number {
  return compareText(
    `${one.level} ${one.policy} ${one.message}`,
    `${other.level} ${other.policy} ${other.message}`,
  );
}

/** Compares by code unit, as the order of a locale differs between machines. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
