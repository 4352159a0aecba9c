import type {
  PolicyResourceOptions,
  ReportViolation,
  ResourceValidationPolicy,
  StackValidationPolicy,
} from "@pulumi/policy";
import { branchesOf, leavesOf, propertiesAt, type Property } from "./property";
import { SecretnessError, secretsAreToldApart } from "./secretness";
import { type Named, sentence } from "./sentence";
import { isApply, notKnownYet, unknownPath, UnknownValueError } from "./unknown";

/** A resource as a rule sees it. */
export interface Subject {
  urn: string;
  type: string;
  name: string;
  options: PolicyResourceOptions;
  /** The properties at any of the paths; see {@link propertiesAt}. */
  at: (...paths: string[]) => Property[];
  /** What lies at the path: `undefined` where nothing does, an error where it is not known. */
  value: (path: string) => unknown;
  leaves: () => Property[];
  branches: () => Property[];
}

/** One thing that a rule asks of a property. */
export interface Demand {
  /** What it is asked of: a property's path, or words such as `the option protect`. */
  property: string;
  /** What it must do or be, and how to bring it about: the sentence after "must", never with a value. */
  must: string | (() => string);
  /**
   * The options of the rule that let this pass, with the element that each takes. Default: none does, and what
   * can be set is the rule's level.
   */
  exception?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** May read what is not known: then the demand is put off and not met. */
  isMet: () => boolean | Promise<boolean>;
}

export type Level = "mandatory" | "advisory";

/** An environment's say in a rule. Its default is for production. */
type Option =
  | { type: "boolean"; default: boolean; description: string }
  | { type: "integer"; default: number; minimum?: number; description: string }
  | { type: "array"; items: { type: "string" }; default: readonly string[]; description: string }
  | { type: "array"; items: { type: "integer" }; default: readonly number[]; description: string };
export type Options = Readonly<Record<string, Option>>;
export type Chosen<Schema extends Options> = {
  [Name in keyof Schema]: Schema[Name]["type"] extends "boolean"
    ? boolean
    : Schema[Name]["type"] extends "integer"
      ? number
      : Schema[Name] extends { items: { type: "integer" } }
        ? number[]
        : string[];
};

interface About<Schema extends Options> {
  /** As it is named in a policy configuration. */
  name: string;
  /** "Checks that …". */
  description: string;
  level: Level;
  /** By name, what policies/configuration may set. Default: nothing. */
  options?: Schema;
}

/** A rule over one resource at a time. */
export interface ResourceRule<Schema extends Options = Options> extends About<Schema> {
  /** The types that it is about. Default: every type. */
  types?: readonly string[];
  demands: (subject: Subject, chosen: Chosen<Schema>) => Iterable<Demand>;
}

/** A rule over all resources of a stack. */
export interface StackRule<Schema extends Options = Options> extends About<Schema> {
  demandsOfStack: (
    subjects: Subject[],
    chosen: Chosen<Schema>,
  ) => Iterable<Demand & { subject: Named }>;
}

/** The rule as it is, with the types of its options known inside it. */
export function resourceRule<const Schema extends Options>(rule: ResourceRule<Schema>) {
  return rule as unknown as ResourceRule;
}

export function stackRule<const Schema extends Options>(rule: StackRule<Schema>) {
  return rule as unknown as StackRule;
}

/**
 * The policies that the engine runs, for rules.
 *
 * They see to what no rule should have to: a demand that meets a value that is not known yet is put off
 * and the others are judged; in a preview {@link judgedInUp} says what was put off, in `up` it is a
 * violation, so that nothing passes for being unknown.
 */
export function policiesFor(rules: readonly (ResourceRule | StackRule)[]) {
  return [
    secretsAreToldApart,
    ...rules.map((rule) => ("demands" in rule ? resourcePolicy(rule) : stackPolicy(rule))),
    judgedInUp,
  ];
}

/** By resource: what could not be judged, and by which rules. */
const putOff = new Map<string, Map<string, Set<string>>>();

/** Says once for each resource what the rules before it could not judge. It is the last of the pack. */
export const judgedInUp: ResourceValidationPolicy = {
  name: "judged-in-up",
  description: "Says what is not known in a preview: the rules judge it in the up.",
  enforcementLevel: "advisory",
  validateResource: ({ urn, type, name }) => {
    const paths = putOff.get(urn);
    putOff.delete(urn);
    if (paths === undefined || isApply()) return;
    const rules = new Set([...paths.values()].flatMap((names) => [...names]));
    throw notKnownYet(
      sentence(
        { type, name },
        [...paths.keys()].sort().join(", "),
        `wait for the up to be judged by ${[...rules].sort().join(", ")}`,
      ),
    );
  },
};

function resourcePolicy(rule: ResourceRule): ResourceValidationPolicy {
  return {
    ...aboutOf(rule),
    validateResource: async (args, reportViolation) => {
      const { urn, type } = args;
      if (rule.types !== undefined && !rule.types.includes(type)) return;
      const subject = subjectOf(args);
      const chosen = chosenOf(rule, args.getConfig());
      const report = reporter(rule, stackOf(urn), reportViolation);
      const places = await judge(rule.demands(subject, chosen), () => subject, report);
      for (const { path } of places) {
        const paths = putOff.get(urn) ?? new Map<string, Set<string>>();
        putOff.set(urn, paths.set(path, (paths.get(path) ?? new Set()).add(rule.name)));
      }
    },
  };
}

function stackPolicy(rule: StackRule): StackValidationPolicy {
  return {
    ...aboutOf(rule),
    validateStack: async (args, reportViolation) => {
      const chosen = chosenOf(rule, args.getConfig());
      const demands = rule.demandsOfStack(args.resources.map(subjectOf), chosen);
      const report = reporter(rule, stackOf(args.resources[0]?.urn ?? ""), reportViolation);
      const places = await judge(demands, (demand) => demand?.subject ?? theStack, report);
      if (places.length > 0 && !isApply()) {
        const sentences = places.map(({ subject, path }) =>
          sentence(subject, path, "wait for the up to be judged"),
        );
        throw notKnownYet(sentences.join(" "));
      }
    },
  };
}

/** Tells of a violation, and where it is of a demand, by which setting it would pass. */
type Report = (message: string, demand?: Demand) => void;

function reporter(
  rule: ResourceRule | StackRule,
  stack: string,
  reportViolation: ReportViolation,
): Report {
  return (message, demand) =>
    reportViolation(
      demand === undefined ? message : `${message} ${exceptionOf(rule, stack, demand)}`,
    );
}

/** Lists are named with the element that is to be added, and a rule without an option for it by its level. */
function exceptionOf(
  { name, options = {} }: ResourceRule | StackRule,
  stack: string,
  { exception }: Demand,
): string {
  const chosen = Object.entries(exception ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([option, value]) => [option, options[option]?.type === "array" ? [value] : value]);
  const setting = chosen.length === 0 ? "advisory" : (Object.fromEntries(chosen) as object);
  // A number is for whoever sets it to say.
  const text = JSON.stringify(setting).replaceAll('"NUMBER"', "NUMBER");
  return `If it is right as it is: "${name}": ${text} in policies/configuration/${stack}.json.`;
}

function stackOf(urn: string): string {
  return urn.split(":")[2] ?? "";
}

/** For what a rule over the whole stack does not know before it asks anything of a resource. */
const theStack: Named = { type: "Stack", name: "" };

/** Where a value was that was not known. */
interface UnknownPlace {
  subject: Named;
  path: string;
}

/**
 * Reports what is not met, and in the `up` what is not known.
 *
 * @param named whom a demand concerns; without one, whom the rule does
 */
async function judge<Asked extends Demand>(
  demands: Iterable<Asked>,
  named: (demand?: Asked) => Named,
  report: Report,
): Promise<UnknownPlace[]> {
  const places = new Map<string, UnknownPlace>();
  const unlessUnknown = async (subject: Named, work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      if (!(error instanceof UnknownValueError)) throw error;
      const path = unknownPath(error);
      places.set(`${subject.type} ${subject.name} ${path}`, { subject, path });
    }
  };
  // Around the loop too: a rule may read a property to find out what to demand.
  await unlessUnknown(named(), async () => {
    for (const demand of demands) {
      await unlessUnknown(named(demand), async () => {
        const must = await unmet(demand);
        if (must === undefined) return;
        const isJudged = must !== notJudged;
        report(sentence(named(demand), demand.property, must), isJudged ? demand : undefined);
      });
    }
  });
  if (isApply()) {
    for (const { subject, path } of places.values()) {
      report(sentence(subject, path, "be known in the up, to be judged"));
    }
  }
  return [...places.values()];
}

/** For a demand on a secret whose mark was not seen. No exception helps. */
const notJudged = `be judged, which needs the policy ${secretsAreToldApart.name} at its level remediate`;

/** What the demand's property must do, where it does not. */
async function unmet({ isMet, must }: Demand): Promise<string | undefined> {
  try {
    if (await isMet()) return undefined;
  } catch (error) {
    if (!(error instanceof SecretnessError)) throw error;
    return notJudged;
  }
  return typeof must === "string" ? must : must();
}

function aboutOf({ name, description, level, options }: ResourceRule | StackRule) {
  return {
    name,
    description,
    enforcementLevel: level,
    ...(options && { configSchema: { properties: options as never } }),
  };
}

/** The engine fills in the defaults as well, where it is new enough. */
function chosenOf({ options = {} }: ResourceRule | StackRule, configured: object): Chosen<Options> {
  const defaults = Object.entries(options).map(([name, option]) => [name, option.default]);
  return { ...Object.fromEntries(defaults), ...configured } as Chosen<Options>;
}

function subjectOf({
  urn,
  type,
  name,
  opts,
  props,
}: {
  urn: string;
  type: string;
  name: string;
  opts: PolicyResourceOptions;
  props: Record<string, unknown>;
}): Subject {
  return {
    urn,
    type,
    name,
    options: opts,
    at: (...paths) => paths.flatMap((path) => propertiesAt(urn, props, path)),
    value: (path) => propertiesAt(urn, props, path)[0]?.value,
    leaves: () => leavesOf(urn, props),
    branches: () => branchesOf(urn, props),
  };
}
