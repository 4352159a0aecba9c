/**
 * Whether a text is an address, absolute or relative to `base`.
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

/** Whether it is a whole address of the web, which means the same on a page of any scheme and host. */
export function isWebUrl(value: string): boolean {
  return isUrl(value) && /^https?:\/\/[^/\s]/i.test(value) && value === value.trim();
}

/** Whether it is an address of the web without a path, as a browser writes one, but for a slash at the end. */
export function isOrigin(value: string): boolean {
  return isWebUrl(value) && new URL(value).origin === value.replace(/\/$/, "");
}
