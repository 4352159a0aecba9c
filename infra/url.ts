/**
 * Whether a text is an address, or one beside `base`.
 *
 * `URL.canParse` is not used: from some thousands of calls on, when it is compiled, Node 20 takes letters such as the one
 * in `https://bücher.example` for no address.
 */
export function isUrl(value: string, base?: string): boolean {
  try {
    new URL(value, base);
    return true;
  } catch {
    return false;
  }
}
