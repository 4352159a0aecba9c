/** Whether an address has a wildcard, plain or encoded. */
export function hasWildcard(address: string): boolean {
  return decoded(address).includes("*");
}

/** Whether the host of an address has a wildcard. Browsers read `\` as `/`. */
export function hasWildcardHost(address: string): boolean {
  const [, host = ""] = /^[^/\\?#]*[/\\]{2,}([^/\\?#]*)/.exec(decoded(address).trim()) ?? [];
  return host.includes("*");
}

function decoded(address: string): string {
  return address.replace(/%2a/gi, "*");
}
