import { BlockList, isIP } from "node:net";
import { isUrl } from "../infra/url";

/** Whether an address is literally https: browsers skip white space that could hide another scheme. */
export function isHttps(address: string): boolean {
  return /^https:\/\/\S+$/i.test(address) && isUrl(address);
}

/** Whether an https address is that of the caller's own machine. */
export function isOfOwnMachine(address: string): boolean {
  return isHttps(address) && isOwnHost(new URL(address).hostname);
}

/** Whether a host is the caller's own machine, by address or name. */
export function isOwnHost(host: string): boolean {
  return (
    isIn(own, host) ||
    /^(?:(?:.+\.)?localhost|localhost\.localdomain|(?:host|gateway)\.docker\.internal)\.?$/i.test(
      host,
    )
  );
}

/** Whether an IP address cannot be reached from other networks: it is the machine's own, or of a private network. */
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
/** Addresses of the own machine, with those of a program that listens on every address. */
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
