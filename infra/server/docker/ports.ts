import { isServedHere } from "../loopback-url";
import type { DockerArgs } from "./docker-args";
import type { PublishedPortsArgs } from "./published-ports";

export const loopback = "127.0.0.1";

/** The ports of the engine's machine that the server needs, each with the setting that gives it another one. */
export function publishedPortsOf(args: DockerArgs): PublishedPortsArgs {
  const { name, endpoint, adminEndpoint, tls, host } = args;
  // A local endpoint's port is set in the endpoint itself.
  const settingOf = (url: string, own: string, otherwise: string) =>
    isServedHere(url, tls !== undefined) ? own : otherwise;
  const ports = [
    {
      port: args.postgresPort,
      address: loopback,
      container: `${name}-postgres`,
      setting: "logto-stack:docker.postgresPort",
    },
    {
      port: args.port,
      address: args.address,
      container: `${name}-logto`,
      setting: settingOf(endpoint, "logto:endpoint", "logto-stack:docker.port"),
    },
  ];
  if (adminEndpoint !== undefined) {
    const setting = settingOf(adminEndpoint, "logto:adminEndpoint", "logto-stack:docker.adminPort");
    ports.push({ port: args.adminPort, address: loopback, container: `${name}-logto`, setting });
  }
  return { ...(host !== undefined && { host }), ports };
}
