import type { Property } from "../property";
import type { Subject } from "../rule";
import { docker } from "../types";
import { isCredentialName } from "./credential-names";
import { saysNoCredential } from "./credential-values";
import { credentialsInText, credentialsInWords, entryOf, namedIn } from "./credentials-in-text";
import { isPublicPem } from "./public-pem";

/** A property that is a credential or may hold some. */
export interface CredentialPlace {
  property: Property;
  /** The credentials themselves, for judging only and never for a message. Empty if there are none. */
  credentials: () => string[];
}

/**
 * The places of a resource where credentials belong, by position and name, regardless of what the values look
 * like:
 *
 * - properties with a credential's name, and those that a connector lists in `secretFields`;
 * - entries of maps with a credential's name: labels, headers, options of drivers;
 * - JSON in a text, as providers receive nested configuration;
 * - variables, arguments and lines of a command, in a container and anywhere else;
 * - files of a container that only their owner may read and that are no certificates.
 */
export function credentialPlaces(subject: Subject): CredentialPlace[] {
  const declared = new Set(
    subject
      .at("secretFields.*")
      .flatMap((field) => subject.at(`config.${String(field.value)}`))
      .map(({ path }) => path),
  );
  const places = new Map<string, CredentialPlace[]>();
  for (const place of [
    ...subject.leaves().map((property) => ({
      property,
      credentials: () =>
        declared.has(property.path) ? [String(property.value)] : credentialsOf(subject, property),
    })),
    ...entriesOf(subject),
    ...argumentsOf(subject),
  ]) {
    const { path } = place.property;
    places.set(path, [...(places.get(path) ?? []), place]);
  }
  return [...places.values()].flatMap((same) =>
    same.slice(0, 1).map(({ property }) => ({
      property,
      credentials: () => same.flatMap(({ credentials }) => credentials()),
    })),
  );
}

/** The credentials in a property. A container's public file is read as a program, like its command. */
function credentialsOf(subject: Subject, property: Property): string[] {
  const { path, value } = property;
  if (typeof value !== "string") return [];
  // The fingerprint of apiKey is called apiKey too.
  if (path.startsWith("secretFingerprints.")) return [];
  if (isCredentialName(path)) return saysNoCredential(path, value) ? [] : [value];
  if (subject.type === docker.container) {
    const variable = /^envs\[/.test(path) ? variableOf(value) : undefined;
    if (variable !== undefined && isCredentialName(variable.name)) {
      return saysNoCredential(variable.name, variable.value) ? [] : [variable.value];
    }
    if (/^uploads\[\d+\]\.content(?:Base64)?$/.test(path)) {
      if (isPrivateFile(subject, path)) return isPublicPem(value) ? [] : [value];
      if (isFileOfPasswords(subject, path)) return [value];
      return inText(path.endsWith("Base64") ? decoded(value) : value);
    }
  }
  return inText(value, isProse(path));
}

/** Whether the path is that of text for people: a message or a page may speak of passwords. */
function isProse(path: string): boolean {
  return (
    /^config\.templates\[|^customC(?:ss|ontent)\b|(?:^|\.)(?:description|advice|lastLine)$/.test(
      path,
    ) || path.startsWith("__provider")
  );
}

function inText(text: string, isOfPeople = false): string[] {
  return credentialsInText(text, isOfPeople).map(({ value }) => value);
}

/** Places in entries such as `{ label: "db.password", value: "…" }`, at any depth. */
function entriesOf(subject: Subject): CredentialPlace[] {
  return subject.leaves().flatMap((property) => {
    const holder = /^(.*)\.[vV]alue$/.exec(property.path)?.[1];
    if (holder === undefined) return [];
    const at = holder.replace(/\[(\d+)\]/g, ".$1");
    return [
      {
        property,
        credentials: () => {
          const [entry] = subject.at(at).flatMap(({ value }) => entryOf(value as never) ?? []);
          return entry === undefined || saysNoCredential(entry.name, String(entry.value))
            ? []
            : namedIn(String(entry.value), entry.name).map(({ value }) => value);
        },
      },
    ];
  });
}

/** Places in lists of words: the argument after a flag that takes a credential. */
function argumentsOf(subject: Subject): CredentialPlace[] {
  const lists = subject.type === docker.container ? commands : [];
  return lists.flatMap((list) => {
    const words = subject.at(`${list}.*`);
    return words.map((property, index) => ({
      property,
      credentials: () =>
        credentialsInWords(words.slice(0, index + 1).map(wordOf))
          .filter(({ at }) => at === index)
          .map(({ value }) => value),
    }));
  });
}

const commands = ["command", "entrypoints", "healthcheck.tests"];

function wordOf({ value }: Property): string {
  return String(value);
}

/** Name and value of an entry of a container's environment, `NAME=value`. */
export function variableOf(entry: unknown): { name: string; value: string } {
  const [name = "", ...value] = String(entry).split("=");
  return { name, value: value.join("=") };
}

/** Whether a file's permissions, such as 0400, let only its owner read it. Docker's default is 0644. */
export function isPrivate(permissions: unknown): boolean {
  return typeof permissions === "string" && /^0?[0-7]00$/.test(permissions);
}

function isPrivateFile({ value }: Subject, path: string): boolean {
  const index = /^uploads\[(\d+)\]/.exec(path)?.[1] ?? "";
  return isPrivate(value(`uploads.${index}.permissions`));
}

/** Files in which programs look for passwords, by name, whatever their mode. */
function isFileOfPasswords({ value }: Subject, path: string): boolean {
  const index = /^uploads\[(\d+)\]/.exec(path)?.[1] ?? "";
  const file = String(value(`uploads.${index}.file`));
  return /(?:^|\/)[._]?(?:pgpass(?:\.conf)?|netrc|htpasswd|my\.cnf|git-credentials|npmrc|pypirc|userlist\.txt|(?:chap|pap)-secrets|vault-token|dockercfg|shadow)$|\/\.aws\/credentials$/i.test(
    file,
  );
}

function decoded(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
