import { isUrl } from "../../infra/url";
import { isDealingWithCredential } from "./credential-names";

/**
 * Whether the form of a value shows that it is no credential, despite its name: a switch, the path of a file, a
 * link, a button's text, a key that pages show to everybody.
 *
 * @param name a property's path or a variable's name
 */
export function saysNoCredential(name: string, value: string): boolean {
  return (
    /^(?:true|false|yes|no|on|off)$/i.test(value) ||
    isPathOfFile(value) ||
    isPublicKey(name, value) ||
    isLinkOrText(name, value)
  );
}

/** Whether it is a path below a system's root folders. Base64 text may begin with a slash too. */
export function isPathOfFile(value: string): boolean {
  return /^(?:\/(?:app|config|data|etc|home|mnt|opt|root|run|secrets|srv|tmp|usr|var)|~)(?:\/[\w.@-]{1,80}){1,12}$/.test(
    value,
  );
}

/** Whether it is a key for maps, analytics or public search: services issue them for use in pages. */
export function isPublicKey(name: string, value: string): boolean {
  return (
    /^(?:pk\.eyJ[\w-]+\.[\w-]+|pk_(?:live|test)_\w+|phc_\w+)$/.test(value) ||
    (/search(?:[ _-]?api)?[ _-]?key$/i.test(name) && /^[\da-f]{32}$/.test(value))
  );
}

/** Whether a name such as `resetPassword` has a link or a button's text as its value. */
function isLinkOrText(name: string, value: string): boolean {
  if (/^https?:\/\//i.test(value) && isUrl(value)) {
    const { password, search } = new URL(value);
    // The value of a database's address is one with a password; without a password it gives no access.
    return password === "" && !(search !== "" && /(?:url|uri|string)s?(?:\[\d+\])*$/i.test(name));
  }
  const last = name.split(".").at(-1) ?? name;
  return isDealingWithCredential(last) && /^\/|\s|\?$/.test(value);
}
