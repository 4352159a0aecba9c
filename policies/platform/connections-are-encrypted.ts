import { isOwnHost } from "../machine";
import type { Property } from "../property";
import { type Demand, resourceRule, type Subject } from "../rule";
import { connectors, docker, postgresql } from "../types";
import { isUrl } from "../../infra/url";
import { environmentOf } from "./container";

/**
 * Checks that traffic between machines cannot be read or changed on the way: codes and passwords sent to a
 * mail server, a token from a provider, the control of a Docker Engine.
 *
 * Traffic within one machine is exempt.
 */
export const connectionsAreEncrypted = resourceRule({
  name: "connections-are-encrypted",
  description:
    "Checks that connectors, the Docker engine and databases on other machines are spoken to with TLS.",
  level: "mandatory",
  options: {
    hosts: {
      type: "array",
      items: { type: "string" },
      default: [],
      description: "Hosts to which the way is safe by itself, such as through a tunnel.",
    },
  },
  *demands(subject, { hosts }) {
    const isSafe = (host: string) => isOwnHost(host) || hosts.includes(host);
    if (connectors.includes(subject.type)) {
      yield* ofConnector(subject, isSafe);
    }
    if (subject.type === docker.provider) yield* ofEngine(subject, isSafe);
    if (subject.type === postgresql.provider) yield* ofPostgres(subject, isSafe);
    yield* ofDatabaseUrls(subject, isSafe);
    if (subject.type === docker.container) yield* ofPostgresClient(subject, isSafe);
    yield* ofSwitches(subject);
  },
});

type IsSafe = (host: string) => boolean;

/** Names of properties whose address is only an identifier and never requested: XML's names, SAML's entities. */
const isName =
  /(?:entityI[dD]|[aA]lgorithm|[fF]ormat|[aA]udience|[nN]amespace|[cC]laim|[aA]ttribute)s?(?:\[\d+\]|\.|$)/;

function* ofConnector({ leaves, value, at }: Subject, isSafe: IsSafe): Iterable<Demand> {
  const addresses = leaves().filter(
    ({ path }) =>
      path.startsWith("config.") && !path.startsWith("config.templates[") && !isName.test(path),
  );
  for (const address of addresses) {
    yield {
      property: address.path,
      exception: { hosts: "HOST" },
      must: "name an https address: what is sent there could be read and changed on its way",
      isMet: () => openAddresses(address).every((one) => isSafe(hostOf(one))),
    };
  }
  for (const host of at("config.host")) {
    const isSmtp = () => /mail-transfer|smtp/.test(String(value("factoryId")));
    yield {
      property: "config.secure",
      exception: { hosts: "HOST" },
      must: "be true, or config.requireTLS: otherwise codes are sent in clear if the server, or anybody on the way, offers no TLS",
      isMet: () =>
        !isSmtp() ||
        isSafe(String(host.value)) ||
        value("config.secure") === true ||
        (value("config.requireTLS") === true && value("config.ignoreTLS") !== true),
    };
  }
}

/** Addresses without TLS in a text: the text itself, or those in its JSON or XML. */
function openAddresses({ value }: Property): string[] {
  if (typeof value !== "string") return [];
  const text = value.trim();
  if (/^(?:http|ws|ftp|ldap|smtp|tcp|redis|amqp|telnet):/i.test(text)) return [text];
  // An address without a scheme takes the caller's, which may be http.
  if (/^\/\/[^/\s]+$|^\/\/[^/\s]+\/\S*$/.test(text)) return [`http:${text}`];
  // A provider's metadata in XML: only its endpoints are requested.
  if (text.startsWith("<")) {
    return [...text.matchAll(/\b(?:Response)?Location\s*=\s*["'](http:[^"']*)/gi)].map(
      ([, address = ""]) => address,
    );
  }
  if (!/^[{[]/.test(text)) return [];
  return (text.match(/"(?:http|ws|ftp|ldap):[^"]*"/gi) ?? [])
    .map((quoted) => quoted.slice(1, -1))
    .filter((address) => hostOf(address) !== "www.w3.org");
}

function textOf(value: unknown, otherwise = ""): string {
  return typeof value === "string" ? value : otherwise;
}

function hostOf(address: string): string {
  return isUrl(address) ? new URL(address).hostname : "";
}

function* ofEngine({ value }: Subject, isSafe: IsSafe): Iterable<Demand> {
  yield {
    property: "host",
    exception: { hosts: "HOST" },
    must: "be ssh://USER@HOST, or tcp:// with certificates: anyone who reaches an open engine controls its machine",
    isMet: () => {
      const host = textOf(value("host"));
      // Docker reads an address without a scheme as tcp.
      const isOpen = host !== "" && !/^(?:unix|ssh|npipe|fd):/i.test(host);
      const hasCertificates = ["caMaterial", "certMaterial", "certPath"].some(
        (name) => (value(name) ?? "") !== "",
      );
      return (
        !isOpen || hasCertificates || isSafe(hostOf(`http://${host.replace(/^[a-z]+:\/\//i, "")}`))
      );
    },
  };
}

/** Modes with which an attacker on the way can have TLS left out. */
const withoutTls = ["disable", "allow", "prefer", "no-verify"];

function* ofPostgres({ value }: Subject, isSafe: IsSafe): Iterable<Demand> {
  yield {
    property: "sslmode",
    exception: { hosts: "HOST" },
    must: "be require, verify-ca or verify-full, as the database is on another machine",
    isMet: () =>
      !withoutTls.includes(String(value("sslmode"))) || isSafe(textOf(value("host"), "localhost")),
  };
}

/** Judges addresses of databases. A name without a dot is that of a container in its own network. */
function* ofDatabaseUrls({ leaves }: Subject, isSafe: IsSafe): Iterable<Demand> {
  for (const leaf of leaves()) {
    yield {
      property: leaf.path,
      exception: { hosts: "HOST" },
      must: "ask for TLS with sslmode=require or more, as the database is on another machine",
      isMet: () =>
        typeof leaf.value !== "string" ||
        (leaf.value.match(/\bpostgres(?:ql)?:\/\/[^\s"']+/gi) ?? []).every((address) => {
          if (!isUrl(address)) return true;
          const { hostname, searchParams } = new URL(address);
          const isOpen = withoutTls.includes(searchParams.get("sslmode") ?? "require");
          return !isOpen || isSafe(hostname) || !/[.:]/.test(hostname);
        }),
    };
  }
}

/** Judges containers that connect to Postgres by environment variables. */
function* ofPostgresClient(subject: Subject, isSafe: IsSafe): Iterable<Demand> {
  yield {
    property: "PGSSLMODE",
    exception: { hosts: "HOST" },
    must: "be require, verify-ca or verify-full, as the database is on another machine",
    isMet: () => {
      const hosts = environmentOf(subject, "PGHOST");
      // Without PGHOST the container uses its own socket.
      const isHere = hosts.every((host) => isSafe(host) || !/[.:]/.test(host));
      return (
        isHere || !environmentOf(subject, "PGSSLMODE").some((mode) => withoutTls.includes(mode))
      );
    },
  };
}

/** Values that turn off the check of the other end's certificate, by the end of a property's name. */
const switchesOfTls: readonly [RegExp, string][] = [
  [/(?:^|\.)rejectUnauthorized$/, "false"],
  [/(?:^|\.)ignoreTLS$/, "true"],
  [/(?:^|\.)minVersion$/, "TLSv1"],
  [/(?:^|\.)minVersion$/, "TLSv1.1"],
  [/(?:^|\.)(?:tls)?(?:insecure(?:SkipVerify|SkipTlsVerify)?|skip(?:Tls|Ssl)?Verify)$/i, "true"],
];

function* ofSwitches({ leaves }: Subject): Iterable<Demand> {
  for (const leaf of leaves()) {
    const dangerous = switchesOfTls.filter(([name]) => name.test(leaf.path)).map(([, off]) => off);
    if (dangerous.length === 0) continue;
    yield {
      property: leaf.path,
      must: `not be ${dangerous.join(" or ")}: the other end could be anybody`,
      isMet: () => !dangerous.includes(String(leaf.value)),
    };
  }
}
