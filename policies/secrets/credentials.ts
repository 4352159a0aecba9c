import type { Property } from "../property";
import type { Subject } from "../rule";
import { docker } from "../types";
import { isCredentialName } from "./credential-names";
import { saysNoCredential } from "./credential-values";
import { credentialsInText, credentialsInWords, entryOf, namedIn } from "./credentials-in-text";
import { isPublicPem } from "./public-pem";

/** A property that is, or that may hold, a credential. */
export interface CredentialPlace {
  property: Property;
  /** The credentials themselves, for a judgement and never for a message. None where it holds none. */
  credentials: () => string[];
}

/**
 * The places of a resource where credentials belong, by where they are and what they mean, whatever their
 * values look like:
 *
 * - properties with the name of one, and what a connector names in `secretFields`;
 * - entries of maps with the name of one: labels, headers, options of drivers;
 * - JSON in a text, as providers get what is nested in their configuration;
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

/** What a public file of a container holds is text of a program, as its command is. */
function credentialsOf(subject: Subject, property: Property): string[] {
  const { path, value } = property;
  if (typeof value !== "string") return [];
  // A fingerprint of apiKey is called apiKey, too.
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

/** Where people's texts are: what a message or a page says of passwords is none. */
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

/** `{ label: "db.password", value: "…" }`, wherever it lies. */
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

/** Of lists of words: what follows a flag that takes a credential. */
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

/** Of a container's environment: `NAME=value`. */
export function variableOf(entry: unknown): { name: string; value: string } {
  const [name = "", ...value] = String(entry).split("=");
  return { name, value: value.join("=") };
}

/** Whether a file of these permissions, such as 0400, can be read by its owner only. Docker's default is 0644. */
export function isPrivate(permissions: unknown): boolean {
  return typeof permissions === "string" && /^0?[0-7]00$/.test(permissions);
}

function isPrivateFile({ value }: Subject, path: string): boolean {
  const index = /^uploads\[(\d+)\]/.exec(path)?.[1] ?? "";
  return isPrivate(value(`uploads.${index}.permissions`));
}

/** Files by whose names programs find passwords, whatever their mode. */
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
