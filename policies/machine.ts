import { BlockList, isIP } from "node:net";
import { isUrl } from "../infra/url";

/** Whether an address is https as it is written, too: browsers skip white space that a scheme hides behind. */
export function isHttps(address: string): boolean {
  return /^https:\/\/\S+$/i.test(address) && isUrl(address);
}

/** Whether an https address is of the machine that asks for it. */
export function isOfOwnMachine(address: string): boolean {
  return isHttps(address) && isOwnHost(new URL(address).hostname);
}

/** Whether a host is the machine that asks for it, by an address or a name. */
export function isOwnHost(host: string): boolean {
  return (
    isIn(own, host) ||
    /^(?:(?:.+\.)?localhost|localhost\.localdomain|(?:host|gateway)\.docker\.internal)\.?$/i.test(
      host,
    )
  );
}

/** Whether an IP address is one that no other network can reach: of this machine, or of a private network. */
export function isPrivateAddress(ip: string): boolean {
  return isLoopback(ip) || isIn(inner, ip);
}

export function isLoopback(ip: unknown): boolean {
  return typeof ip === "string" && isIn(loopback, ip);
}

function listOf(subnets: readonly (readonly [string, number, "ipv4" | "ipv6"])[]): BlockList {
  const list = new BlockList();
  for (const [address, bits, family] of subnets) list.addSubnet(address, bits, family);
  return list;
}

const loopback = listOf([
  ["127.0.0.0", 8, "ipv4"],
  ["::1", 128, "ipv6"],
]);
/** Where a program listens on every address of its machine, a caller gets to its own. */
const own = listOf([
  ["127.0.0.0", 8, "ipv4"],
  ["0.0.0.0", 32, "ipv4"],
  ["::1", 128, "ipv6"],
  ["::", 128, "ipv6"],
]);
const inner = listOf([
  ["10.0.0.0", 8, "ipv4"],
  ["172.16.0.0", 12, "ipv4"],
  ["192.168.0.0", 16, "ipv4"],
  ["100.64.0.0", 10, "ipv4"],
  ["169.254.0.0", 16, "ipv4"],
  ["fc00::", 7, "ipv6"],
  ["fe80::", 10, "ipv6"],
]);

function isIn(list: BlockList, host: string): boolean {
  const ip = host.replace(/^\[([^\]]*)\]$/, "$1");
  const family = isIP(ip);
  return family !== 0 && list.check(ip, family === 4 ? "ipv4" : "ipv6");
}
