import { consequenceOf, shortType } from "./consequences";
import { type Difference, differences, isChange, unknownPaths } from "./difference";
import type { Finding, Preview, Step } from "./events";
import { unorderedListsOf } from "./unordered-lists";

export const operations = ["replace", "delete", "create", "update"] as const;
/** What is in none of them is the engine's, or an offline review's `may replace` or `may update`. */
export type Operation = (typeof operations)[number] | (string & {});

/** What happens to one resource. */
export interface Change {
  operation: Operation;
  urn: string;
  /** Short, as in `logto:Application`. */
  type: string;
  name: string;
  /** In the order of their paths; secrets that stay as they are are among them. */
  differences: Difference[];
  /** For a replacement, also one that may be, the properties that cannot be changed in place. */
  replacedBy: string[];
  /** For a replacement, one that may be, a delete and a loss of protection, what it means for users. */
  consequence?: string;
}

/** What somebody else has changed on the server since the last `up`. */
export interface Drift {
  urn: string;
  type: string;
  name: string;
  isGone: boolean;
  differences: Difference[];
}

/** What a reviewer has to know of a change: the report's content, and `--json` as it is. */
export interface Review {
  stack: string;
  /** Whether the server was asked what it really holds. */
  isRefreshed: boolean;
  /** Where the state was compared with the server alone, without a preview. */
  isDriftCheck?: true;
  /** For a drift check, the resources that were not compared, a phrase each. */
  notLookedAt?: string[];
  /** For a drift check, those that could not be compared: that they did not change is not known. */
  unreachable?: string[];
  /** For a drift check, client secrets that nothing declares: no change of this stack, but worth a look. */
  undeclaredSecrets?: string[];
  /** Whether the key of the fingerprints changed: then every secret shows as changed. */
  isFingerprintKeyChanged?: true;
  /** Where nothing of the real environment was asked, what stood in its place. */
  offline?: Offline;
  /** By operation, how many resources. */
  counts: Record<string, number>;
  changes: Change[];
  drift: Drift[];
  /** The changes of the stack's outputs, as far as they are known. */
  outputs: Difference[];
  violations: Finding[];
  advice: Finding[];
  /** What a rule could not judge in the preview, a sentence each. */
  judgedInUp: string[];
  /** What is known only after the apply, as `name: path`. */
  unknown: string[];
  /** Errors that ended the preview before its end: then this is not all that would change. */
  errors: string[];
}

/** Where a change edits what is to judge it: the policies, or what starts them. */
export interface EditedPolicies {
  files: string[];
  /** What violates the policies of the base, and not those of the change. */
  violations: Finding[];
}

/** An offline review's own. */
export interface Offline {
  /** The revision that the change is compared with. */
  base: string;
  /** What the stack's file says of the server's place, which the sandbox takes. */
  settings: Difference[];
  policies?: EditedPolicies;
  /** What such a review cannot tell, a sentence each. */
  notJudged: string[];
}

/** A replacement is one change here, as for the engine's own display; these are its halves. */
const halves = ["create-replacement", "delete-replaced"];
const stackType = "pulumi:pulumi:Stack";
/** The advice of the pack's about what is not known (policies/rule.ts). */
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

/** The review of a preview, in an order that does not depend on which resource the engine came to first. */
export function reviewOf(preview: Preview, about: About): Review {
  const steps = preview.steps.filter(
    (step) =>
      (step.operation !== "same" || isProtectionChanged(step)) &&
      !halves.includes(step.operation) &&
      step.type !== stackType,
  );
  // For the engine a resource of which only the protection changes stays the same.
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
        // It is said of each of these by itself.
        .filter(({ mayChange }) => mayChange === undefined)
        .flatMap(({ urn, after: wanted }) =>
          unknownPaths(wanted ?? {}).map((path) => `${nameOf(urn)}: ${path}`),
        ),
      ...unknownPaths(after).map((path) => `the stack's output ${path}`),
    ].sort(),
    errors: preview.errors,
  };
}

/** Whether the stack would change at all, by an `up` or since the last one. */
export function hasChanges({ changes, drift, outputs, offline }: Review): boolean {
  const settings = offline?.settings ?? [];
  return changes.length + drift.length + outputs.length + settings.length > 0;
}

export function isViolation({ level }: Finding): boolean {
  return level !== "advisory";
}

/** Whether anything violates a policy, of the change or of the base that it edits. */
export function isRefused({ violations, offline }: Review): boolean {
  return violations.length + (offline?.policies?.violations.length ?? 0) > 0;
}

/** Of an output this means that its resource changes, which is said by then. */
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
    // All that a deleted resource was says nothing that its name does not.
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

/** A preview of the engine's fails by itself. */
function refusalOf({ operation, wasProtected }: Step): string[] {
  return wasProtected && ["replace", "may replace"].includes(operation)
    ? ["As it is protected, the engine refuses to replace it, and the up fails."]
    : [];
}

/** In the place of what is said of the same property, as of a secret that cannot be compared. */
function withPossible(found: Difference[], { mayChange = [] }: Step): Difference[] {
  const paths = mayChange.map(({ path }) => path);
  return [...found.filter(({ path }) => !paths.includes(path)), ...mayChange];
}

function howItGoes(step: Step) {
  if (["replace", "may replace"].includes(step.operation)) return "replaced";
  if (step.operation === "delete") return "deleted";
  return isProtectionChanged(step) && step.wasProtected ? "unprotected" : undefined;
}

/** Of what is there before and after. */
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

/** By code unit: how a locale sorts is not the same on every machine. */
function compareText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
