import type { Property } from "../property";
import type { Subject } from "../rule";
import { docker } from "../types";
import { isPublicPem } from "./public-pem";

/** A property that is a credential, or, where it is one of many such as an environment variable, may be one. */
export interface CredentialPlace {
  property: Property;
  isCredential: () => boolean;
  /** The credential itself, for a judgement and never for a message. */
  credential: () => string;
}

/** What is called like this holds a credential: `apiKey`, `DB_URL`, `logto:clientSecret`, and of a list `tokens[0]`. */
const credentialName =
  /(?:pass(?:word|wd|phrase)?|secret|token|credentials?|kek|dsn|(?:database|db)_?url|(?:api|private|access|signing|encryption|fingerprint)[_-]?key|key_?material)s?(?:Wo)?$/i;

/**
 * The places of a resource where credentials belong: properties with the name of one, what a connector
 * names in `secretFields`, variables of a container's environment, and its files that only their owner may
 * read and that are no certificates.
 */
export function credentialPlaces(subject: Subject): CredentialPlace[] {
  const named = subject
    .leaves()
    // A fingerprint of apiKey is called apiKey, too.
    .filter(({ path }) => isCredentialName(path) && !path.startsWith("secretFingerprints."))
    .map((property) => place(property, () => typeof property.value === "string"));
  const declared = subject
    .at("secretFields.*")
    .flatMap((field) => subject.at(`config.${fieldOf(field)}`))
    .filter(({ path }) => !named.some(({ property }) => property.path === path))
    .map((property) => place(property));
  return [
    ...named,
    ...declared,
    ...(subject.type === docker.container ? inContainer(subject) : []),
  ];
}

export function isCredentialName(name: string): boolean {
  return credentialName.test(name.replace(/(?:\[\d+\])+$/, ""));
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

function inContainer({ at, value }: Subject): CredentialPlace[] {
  const variables = at("envs.*").map((property) => ({
    property,
    isCredential: () => isCredentialName(variableOf(property.value).name),
    credential: () => variableOf(property.value).value,
  }));
  const files = at("uploads.*").flatMap((_, index) =>
    at(`uploads.${index}.content`, `uploads.${index}.contentBase64`).map((property) =>
      place(
        property,
        () =>
          isPrivate(value(`uploads.${index}.permissions`)) && !isPublicPem(String(property.value)),
      ),
    ),
  );
  return [...variables, ...files];
}

function place(property: Property, isCredential = () => true): CredentialPlace {
  return { property, isCredential, credential: () => String(property.value) };
}

/** Unknown names of fields are no reason to give up: the declared ones are texts of the program. */
function fieldOf(field: Property): string {
  return String(field.value);
}
