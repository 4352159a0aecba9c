import { z } from "zod";

/*
 * The kinds of value that resource inputs and stack settings are made of. An `expectation` completes the message
 * "expected …", which answers everything that may be wrong with a value, in either place.
 */

/** A text that `isRight` accepts. Default: any that is not blank. */
export function text<Text extends string>(
  expectation: string,
  isRight: (value: string) => value is Text,
): z.ZodEffects<z.ZodString, Text, string>;
export function text(
  expectation: string,
  isRight?: (value: string) => boolean,
): z.ZodEffects<z.ZodString, string, string>;
export function text(expectation: string, isRight: (value: string) => boolean = isFilled) {
  return z.string({ errorMap: answer(expectation) }).refine(isRight, `expected ${expectation}`);
}

/** A text of 1 to so many characters, which is what Logto's column for it holds. */
export function shortText(longest: number) {
  return text(
    `1 to ${longest} characters`,
    (value) => value.length >= 1 && value.length <= longest,
  );
}

/** A text, which may be empty. */
export function anyText(expectation: string) {
  return z.string({ errorMap: answer(expectation) });
}

export const isFilled = (value: string) => value.trim() !== "";

export function choice<const Values extends readonly [string, ...string[]]>(values: Values) {
  return z.enum(values, { errorMap: answer(`one of ${values.join(", ")}`) });
}

export function flag() {
  return z.boolean({ errorMap: answer("true or false") });
}

/** @param what is counted, as in "megabytes, at least 256" */
export function wholeNumber(
  least: number,
  most = Number.MAX_SAFE_INTEGER,
  what = "a whole number",
) {
  const range = most === Number.MAX_SAFE_INTEGER ? `at least ${least}` : `${least} to ${most}`;
  const isRight = (value: number) => Number.isInteger(value) && value >= least && value <= most;
  return number(`${what}, ${range}`, isRight);
}

export function number(expectation: string, isRight: (value: number) => boolean) {
  return z.number({ errorMap: answer(expectation) }).refine(isRight, `expected ${expectation}`);
}

/** An object with these fields and no others. */
export function object<Shape extends z.ZodRawShape>(fields: Shape) {
  return z
    .object(fields, { errorMap: answer(`an object with ${Object.keys(fields).join(", ")}`) })
    .strict();
}

export function list<Element extends z.ZodTypeAny>(element: Element, expectation: string) {
  return z.array(element, { errorMap: answer(expectation) });
}

/** The message for a value of the wrong kind, and for a missing one. */
export function answer(expectation: string): z.ZodErrorMap {
  return (issue) => {
    const isMissing = issue.code === "invalid_type" && issue.received === "undefined";
    return { message: `${isMissing ? "is missing: " : ""}expected ${expectation}` };
  };
}
