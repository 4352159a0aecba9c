import { isUrl } from "../../infra/url";
import { isIP } from "node:net";
import { isCredentialName } from "./credential-names";

/**
 * Values that are public by their kind, even if a provider marks the whole object or list around them secret: the
 * path and the mode of a file whose content is secret, the name of an environment variable, a registry's address.
 *
 * The property's name and the value's form must both match: a random text named `file` stays a secret.
 */
const publicParts: readonly { names: readonly string[]; form: RegExp }[] = [
  {
    // Paths of files, volumes and devices.
    names: [
      ...["file", "path", "target", "source", "workingDir", "dockerfile", "context", "configFile"],
      ...["hostPath", "containerPath", "certPath", "mountPoint", "folder"],
    ],
    form: /^(?:[./~][\w.@+/-]*|[a-z][\w-]*(?:\.[\w-]+)?)$/i,
  },
  { names: ["permissions", "mode"], form: /^[0-7]{3,4}$|^[ugoa+=rwx,-]+$/ },
  {
    // The owner of a file, and the user to sign in as.
    names: ["owner", "group", "user", "username", "uid", "gid", "runAs"],
    form: /^[a-z_][a-z._-]*\d{0,4}(?::[a-z_][a-z._-]*\d{0,4})?$|^\d{1,5}(?::\d{1,5})?$/i,
  },
  {
    names: ["label", "name", "key", "aliases", "host", "domainname", "hostname"],
    form: /^[a-z]+\d{0,4}(?:[._/-][a-z]+\d{0,4})*$/i,
  },
  {
    names: ["type", "protocol", "driver", "usageType", "propagation", "restart", "platform"],
    form: /^[a-z]+(?:[/.+_-][a-z\d]+)*$/i,
  },
  {
    names: ["address", "host", "endpoint", "server", "registry"],
    form: /^(?:[a-z]+:\/\/)?[a-z\d-]+(?:\.[a-z\d-]+)*(?::\d{1,5})?(?:\/v\d)?\/?$/i,
  },
];

/** Words of Docker, Postgres and the web that are secrets only by misuse, and that any report may hold. */
const wellKnownWords: ReadonlySet<string> = new Set([
  ...["true", "false", "null", "none", "auto", "default", "root", "admin", "nobody", "always"],
  ...["postgres", "localhost", "host-gateway", "unless-stopped", "on-failure", "json-file"],
  ...["no-new-privileges", "no-new-privileges:true", "text/html", "text/plain", "production"],
]);

const octalMode = /^0?[0-7]{3}$/;
/** A path below a system's root folders and made of words: base64 text may begin with a slash too. */
const ordinaryPath =
  /^\/(?:app|backups|bin|data|dev|etc|home|lib|mnt|opt|proc|root|run|srv|sys|tmp|usr|var)(?:\/[a-z.][a-z._-]*\d{0,4})*\/?$/i;
const option = /^--?[a-z]+(?:-[a-z]+)*$/;
const digest = /^(?:[a-z\d][\w./:-]*@)?sha256:[\da-f]{64}$/;
const variable = /^([a-z_]\w*)=(.*)$/is;

/** Whether a text gives no access whatever its name, even if it is marked secret. */
export function isCommonText(text: string): boolean {
  return wellKnownWords.has(text.toLowerCase()) || octalMode.test(text) || ordinaryPath.test(text);
}

/**
 * Whether a text in an object or list that is secret as a whole is not secret itself.
 *
 * @param name the property that holds it; for an entry of a list, the property that holds the list
 * @param text its value
 */
export function isPublicPart(name: string, text: string): boolean {
  const [, key, value] = variable.exec(text) ?? [];
  if (key !== undefined && value !== undefined) {
    return !isCredentialName(key) && isPublicPart(key, value);
  }
  return (
    text === "" ||
    isCommonText(text) ||
    option.test(text) ||
    digest.test(text) ||
    isIP(text) !== 0 ||
    isPublicAddress(text) ||
    (!isCredentialName(name) &&
      publicParts.some(({ names, form }) => names.includes(name) && form.test(text)))
  );
}

/** Whether it is an address without a password, and without the secret path or query of a webhook. */
function isPublicAddress(text: string): boolean {
  if (!/^[a-z+]+:\/\//i.test(text) || !isUrl(text)) return false;
  const { username, password, pathname, search, hash } = new URL(text);
  return (
    username + password + search + hash === "" && /^(?:\/[a-z]{1,15}|\/v\d)*\/?$/i.test(pathname)
  );
}
