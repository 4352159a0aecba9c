import { isUrl } from "../../infra/url";

/**
 * Whether a request is addressed to us. If only this machine can reach us, a page of the web whose name
 * leads to it could ask as if it were one of ours; its requests come under that name. If we listen for
 * others, behind a proxy or in a container, any name may be right.
 *
 * @param listensOn the address
 * @param endpoints whose names we answer to, in addition to those of the loopback interface
 */
export function hostCheck(
  listensOn: string,
  endpoints: string[],
): (host: string | undefined) => boolean {
  if (!isLoopback(listensOn)) return () => true;
  const names = endpoints.map((endpoint) => new URL(endpoint).hostname);
  return (host) => {
    const url = `http://${host}`;
    if (host === undefined || !isUrl(url)) return false;
    const { hostname } = new URL(url);
    return isLoopback(hostname) || names.includes(hostname);
  };
}

function isLoopback(name: string): boolean {
  return (
    ["localhost", "::1", "[::1]"].includes(name) ||
    name.endsWith(".localhost") ||
    /^127(?:\.\d{1,3}){3}$/.test(name)
  );
}
