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
  /** The value at the path, `undefined` if there is none. Throws if it is not known yet. */
  value: (path: string) => unknown;
  leaves: () => Property[];
  branches: () => Property[];
}

/** One requirement of a rule for a property. */
export interface Demand {
  /** What the requirement is about: a property's path, or words such as `the option protect`. */
  property: string;
  /** What is required, and how to fulfil it: the rest of the sentence after "must". It never shows a value. */
  must: string | (() => string);
  /**
   * Options of the rule that let this pass, with the element to add to each. Default: none, so only the rule's
   * level can be changed.
   */
  exception?: Readonly<Record<string, string | number | boolean | undefined>>;
  /** May read unknown values: the demand is then put off, and counts as not met in an `up`. */
  isMet: () => boolean | Promise<boolean>;
}

export type Level = "mandatory" | "advisory";

/** An option that an environment's configuration may set. Its default is for production. */
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
  /** Its name in a policy configuration. */
  name: string;
  /** "Checks that …". */
  description: string;
  level: Level;
  /** The options that policies/configuration may set, by name. Default: none. */
  options?: Schema;
}

/** A rule over one resource at a time. */
export interface ResourceRule<Schema extends Options = Options> extends About<Schema> {
  /** The types of resources that it judges. Default: every type. */
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

/** The rule unchanged; the call gives its options their types. */
export function resourceRule<const Schema extends Options>(rule: ResourceRule<Schema>) {
  return rule as unknown as ResourceRule;
}

export function stackRule<const Schema extends Options>(rule: StackRule<Schema>) {
  return rule as unknown as StackRule;
}

/**
 * The policies for these rules, as the engine runs them.
 *
 * They handle unknown values for all rules: a demand that reads one is put off and the others are judged. A preview
 * lists with {@link judgedInUp} what was put off; in an `up` it is a violation, so that nothing passes because it
 * is unknown.
 */
export function policiesFor(rules: readonly (ResourceRule | StackRule)[]) {
  return [
    secretsAreToldApart,
    ...rules.map((rule) => ("demands" in rule ? resourcePolicy(rule) : stackPolicy(rule))),
    judgedInUp,
  ];
}

/** What could not be judged, by resource, with the rules that it concerns. */
const putOff = new Map<string, Map<string, Set<string>>>();

/** Lists once for each resource what the rules before could not judge. It must be the pack's last policy. */
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

/** Reports a violation; for a demand, also the setting that would let it pass. */
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

/** The setting to name: for a list the element to add, and for a rule without such an option its level. */
function exceptionOf(
  { name, options = {} }: ResourceRule | StackRule,
  stack: string,
  { exception }: Demand,
): string {
  const chosen = Object.entries(exception ?? {})
    .filter(([, value]) => value !== undefined)
    .map(([option, value]) => [option, options[option]?.type === "array" ? [value] : value]);
  const setting = chosen.length === 0 ? "advisory" : (Object.fromEntries(chosen) as object);
  // NUMBER is a placeholder for the user to fill in.
  const text = JSON.stringify(setting).replaceAll('"NUMBER"', "NUMBER");
  return `If it is right as it is: "${name}": ${text} in policies/configuration/${stack}.json.`;
}

function stackOf(urn: string): string {
  return urn.split(":")[2] ?? "";
}

/** Subject for unknowns met before any resource is judged. */
const theStack: Named = { type: "Stack", name: "" };

/** The place of a value that was not known. */
interface UnknownPlace {
  subject: Named;
  path: string;
}

/**
 * Reports demands that are not met, and in an `up` also unknown values.
 *
 * @param named the resource that a demand concerns; without a demand, the one that the rule judges
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
  // The loop itself is covered too: a rule may read a property to find out what to demand.
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

/** Message for a demand on a secret whose mark was not seen. No exception helps. */
const notJudged = `be judged, which needs the policy ${secretsAreToldApart.name} at its level remediate`;

/** What the demand's property must do, if the demand is not met. */
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

/** Options with their defaults. Newer engines fill them in too. */
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
