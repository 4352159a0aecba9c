import { kinds, kindTypes } from "../infra/registry";

/** A type of this project, as the engine names it. */
export function ownType(type: string): string {
  return `pulumi-nodejs:dynamic/${type}`;
}

/** The types of resources that rules judge, as the engine names them. */
export const logto = {
  application: "pulumi-nodejs:dynamic/logto:Application",
  connector: "pulumi-nodejs:dynamic/logto:Connector",
  sendGridConnector: "pulumi-nodejs:dynamic/logto:SendGridConnector",
  signInExperience: "pulumi-nodejs:dynamic/logto:SignInExperience",
  webhook: "pulumi-nodejs:dynamic/logto:Webhook",
} as const;

export const server = {
  administrator: "pulumi-nodejs:dynamic/logto-server:Administrator",
  closedConsole: "pulumi-nodejs:dynamic/logto-server:ClosedConsole",
  databaseRole: "pulumi-nodejs:dynamic/logto-server:DatabaseRole",
  embeddedPostgres: "pulumi-nodejs:dynamic/logto-server:EmbeddedPostgres",
  finishedContainer: "pulumi-nodejs:dynamic/logto-server:FinishedContainer",
  logtoDatabase: "pulumi-nodejs:dynamic/logto-server:LogtoDatabase",
  managementAccess: "pulumi-nodejs:dynamic/logto-server:ManagementAccess",
  outbox: "pulumi-nodejs:dynamic/logto-server:Outbox",
  publishedPorts: "pulumi-nodejs:dynamic/logto-server:PublishedPorts",
  readyContainer: "pulumi-nodejs:dynamic/logto-server:ReadyContainer",
  sandbox: "pulumi-nodejs:dynamic/logto-server:Sandbox",
  upgradeCheck: "pulumi-nodejs:dynamic/logto-server:UpgradeCheck",
} as const;

/** The kinds of Logto's objects that can be declared; each has its own file. */
export const declaredKinds: readonly string[] = kindTypes.map(ownType);

export const sendGridPreflight = "pulumi-nodejs:dynamic/sendgrid:Preflight";

export const docker = {
  container: "docker:index/container:Container",
  network: "docker:index/network:Network",
  remoteImage: "docker:index/remoteImage:RemoteImage",
  volume: "docker:index/volume:Volume",
  provider: "pulumi:providers:docker",
} as const;

export const postgresql = {
  database: "postgresql:index/database:Database",
  role: "postgresql:index/role:Role",
  provider: "pulumi:providers:postgresql",
} as const;

export const randomPassword = "random:index/randomPassword:RandomPassword";
export const randomBytes = "random:index/randomBytes:RandomBytes";
export const stack = "pulumi:pulumi:Stack";

/** Connectors of every kind: any factory's, and those with a config that is typed. */
export const connectors: readonly string[] = kinds()
  .filter(({ path }) => path === "api/connectors")
  .map(({ type }) => ownType(type));
