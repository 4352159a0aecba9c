import type { ZodIssue, ZodType, ZodTypeDef } from "zod";
import type { CheckResult } from "./provider/dynamic-provider";
import type { StackConfiguration } from "./provider/stack-configuration";
import { isObject, type Values } from "./properties";

/** The engine's placeholder for a value that is known only after the apply. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Something wrong with an input: where, and what is expected there. */
export interface Problem {
  path: (string | number)[];
  message: string;
}

/** What a rule may know of the stack: a check calls no server. */
export type StackFacts = Pick<StackConfiguration, "isConfigured" | "get">;

const nothingKnown: StackFacts = { isConfigured: () => false, get: () => undefined };

/**
 * A rule over several inputs. It runs only if all the inputs it reads are well-formed and known: it can trust the
 * types, and one wrong input does not hide what is wrong with the others.
 */
export interface Rule<Inputs> {
  reads: (keyof Inputs & string)[];
  /** @param stack for a rule that depends on the stack, such as on the address of its Logto */
  problems: (inputs: Inputs, stack: StackFacts) => Problem[];
}

/**
 * Checks a resource's inputs without any network: the shape first, then the rules, and reports all
 * failures at once. What is not known yet passes.
 *
 * @param stack what the rules may know of the stack. Default: nothing, for rules that do not ask.
 * @returns the inputs as `shape` leaves them (it may normalise), or the failures, each of which names its property
 */
export function checkInputs<Inputs extends object>(
  news: unknown,
  shape: ZodType<Inputs, ZodTypeDef, unknown>,
  rules: Rule<Inputs>[] = [],
  stack: StackFacts = nothingKnown,
): CheckResult<Inputs> {
  const { __provider: _, ...values } = news as Values;
  const parsed = shape.safeParse(values);
  const problems: Problem[] = parsed.success
    ? []
    : parsed.error.issues.flatMap(flatten).filter(({ path }) => !reachesUnknown(values, path));
  const suspect = new Set([
    ...(parsed.success ? [] : parsed.error.issues.flatMap(flatten).map(({ path }) => path[0])),
    ...Object.keys(values).filter((key) => holdsUnknown(values[key])),
  ]);
  const inputs = parsed.success ? parsed.data : (values as Inputs);
  for (const rule of rules) {
    if (!rule.reads.some((key) => suspect.has(key))) {
      problems.push(...rule.problems(inputs, stack));
    }
  }
  return problems.length === 0
    ? { inputs }
    : {
        inputs,
        // The path is in the reason and not in `property`: the engine prints a property's value, secret or not.
        failures: problems.map(({ path, message }) => ({
          property: "",
          reason: `${propertyPath(path)}: ${message}`,
        })),
      };
}

export function holdsUnknown(value: unknown): boolean {
  if (value === unknownValue) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsUnknown);
}

/** One problem per wrong key, where zod puts several into one issue. */
function flatten(issue: ZodIssue): Problem[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({ path: [...issue.path, key], message: "is not an input" }));
  }
  // The schema gives no message of its own for a missing value.
  if (issue.code === "invalid_type" && issue.message === "Required") {
    return [{ path: issue.path, message: `is missing: expected ${issue.expected}` }];
  }
  return [{ path: issue.path, message: issue.message }];
}

function reachesUnknown(value: unknown, path: (string | number)[]): boolean {
  if (value === unknownValue) return true;
  const [key, ...rest] = path;
  if (key === undefined) return false;
  if (Array.isArray(value)) return reachesUnknown(value[key as number], rest);
  return isObject(value) && reachesUnknown(value[key], rest);
}

/** A path as a program would write it: `signIn.methods[0].identifier`. */
export function propertyPath(path: (string | number)[]): string {
  return path
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${key}`))
    .join("")
    .replace(/^\./, "");
}
