import { kinds } from "../../infra/registry";

/** The effects on users if a resource of a type is deleted or replaced. */
interface Consequence {
  deleted: string;
  replaced: string;
}

const dataIsLost = "Every account, session and setting in it is lost unless a backup is restored.";

/**
 * Consequences by a type's short name: every type of infra/registry.ts, and plugins' types with special effects. A
 * declared kind has its own in its own file.
 */
const consequences: Readonly<Record<string, Consequence>> = {
  "logto-server:ManagementAccess": {
    deleted: "Its client id no longer opens the Management API.",
    replaced:
      "Its old client id no longer opens the Management API; every other program that uses it needs the new one.",
  },
  "logto-server:ClosedConsole": {
    deleted:
      "Logto's console stays closed to strangers, but is no longer checked for having been opened.",
    replaced: "Logto's console stays closed to strangers.",
  },
  "logto-server:Administrator": {
    deleted: "The account is deleted and signed out: it no longer opens Logto's console.",
    replaced: "The account is deleted and signed out, and another made in its place.",
  },
  "logto-server:EmbeddedPostgres": { deleted: dataIsLost, replaced: dataIsLost },
  "logto-server:LogtoDatabase": { deleted: dataIsLost, replaced: dataIsLost },
  "logto-server:DatabaseRole": {
    deleted: "Logto can no longer reach its database: its role is dropped if it owns nothing.",
    replaced: "Logto uses another database role, which has to be given the database.",
  },
  "logto-server:FinishedContainer": {
    deleted: "Nothing else goes: the container that it waited for is a resource of its own.",
    replaced: "The container is waited for again.",
  },
  "logto-server:Outbox": {
    deleted: "Mails are no longer caught: the outbox is stopped, and those in it are deleted.",
    replaced: "The outbox is stopped, the mails in it are deleted, and an empty one is started.",
  },
  "logto-server:PublishedPorts": {
    deleted: "Nothing else goes: it only looks whether the ports are free.",
    replaced: "Whether the ports are free is looked at again.",
  },
  "logto-server:ReadyContainer": {
    deleted: "Nothing else goes: the container is a resource of its own.",
    replaced: "Whether the container answers is looked at again.",
  },
  "logto-server:UpgradeCheck": {
    deleted: "Whether the database can take another version of Logto is no longer checked.",
    replaced: "Whether the database can take this version of Logto is checked again.",
  },
  "sendgrid:Preflight": {
    deleted: "SendGrid is no longer asked beforehand whether it would send the mails.",
    replaced: "SendGrid is asked again whether it would send the mails.",
  },
  "postgresql:Database": { deleted: dataIsLost, replaced: dataIsLost },
  "postgresql:Role": {
    deleted: "npm run up leaves Logto's role as it is: a DatabaseRole takes it over.",
    replaced: "It is dropped if it owns nothing, and another is made in its place.",
  },
  "docker:Volume": { deleted: dataIsLost, replaced: dataIsLost },
  "logto-server:Sandbox": {
    deleted: "Users cannot sign in: the server is stopped.",
    replaced: "Users cannot sign in while the server is stopped and started.",
  },
  "docker:Container": {
    deleted: "What runs in it is stopped.",
    replaced: "What runs in it is stopped and started again.",
  },
  "random:RandomPassword": {
    deleted: "What uses this password needs another one.",
    replaced: "A new password is made; what uses the old one is refused until it has the new one.",
  },
};

/** The consequences for a type, by its short name; undefined for most of the plugins' types. */
export function consequencesOf(type: string): Consequence | undefined {
  return consequences[type] ?? kinds().find((kind) => kind.type === type)?.consequences;
}

/**
 * The sentence about a resource's type, whose name is as {@link shortType} writes it.
 *
 * @param how `unprotected`: the engine would not refuse any more to delete it
 */
export function consequenceOf(type: string, how: keyof Consequence | "unprotected"): string {
  if (how === "unprotected") {
    return `From now on a destroy or a replacement may delete it. Then: ${consequenceOf(type, "deleted")}`;
  }
  return (
    consequencesOf(type)?.[how] ??
    (how === "deleted"
      ? "It is removed."
      : "It is removed, and another made in its place, under an id of its own.")
  );
}

/** `logto:Application` for `pulumi-nodejs:dynamic/logto:Application`, `docker:Container` for `docker:index/container:Container`. */
export function shortType(type: string): string {
  const [module = "", ...rest] = type.split(":");
  const [inner = ""] = rest;
  return [module === "pulumi-nodejs" ? inner.replace("dynamic/", "") : module, rest.at(-1)].join(
    ":",
  );
}
