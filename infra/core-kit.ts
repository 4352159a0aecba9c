/**
 * Logto's own rules for values, loaded when the first value is checked: that is in the provider process. The
 * program of a stack only names resources, and would wait for them in each preview.
 */
export function coreKit(): typeof import("@logto/core-kit") {
  // eslint-disable-next-line @typescript-eslint/no-require-imports -- zod's rules cannot wait for an import()
  return require("@logto/core-kit") as typeof import("@logto/core-kit");
}

export function isEmailAddress(text: string): boolean {
  return coreKit().emailRegEx.test(text);
}
