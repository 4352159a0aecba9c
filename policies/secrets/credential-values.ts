import { isUrl } from "../../infra/url";
import { isDealingWithCredential } from "./credential-names";

/**
 * Whether what stands under the name of a credential tells by its form that it is none: a switch, where a file
 * is, a link, a text for a button, a key that pages show to everybody.
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

/** Below the root folders of a system: a text in base64 may begin with a slash, too. */
export function isPathOfFile(value: string): boolean {
  return /^(?:\/(?:app|config|data|etc|home|mnt|opt|root|run|secrets|srv|tmp|usr|var)|~)(?:\/[\w.@-]{1,80}){1,12}$/.test(
    value,
  );
}

/** Of maps, of analytics and of a search that all may do: services give them out for pages. */
export function isPublicKey(name: string, value: string): boolean {
  return (
    /^(?:pk\.eyJ[\w-]+\.[\w-]+|pk_(?:live|test)_\w+|phc_\w+)$/.test(value) ||
    (/search(?:[ _-]?api)?[ _-]?key$/i.test(name) && /^[\da-f]{32}$/.test(value))
  );
}

/** Of a way to deal with a password, such as `resetPassword`: where it leads, or what its button says. */
function isLinkOrText(name: string, value: string): boolean {
  if (/^https?:\/\//i.test(value) && isUrl(value)) {
    const { password, search } = new URL(value);
    // What is called the address of a database is one with a password; without one it lets nobody in.
    return password === "" && !(search !== "" && /(?:url|uri|string)s?(?:\[\d+\])*$/i.test(name));
  }
  const last = name.split(".").at(-1) ?? name;
  return isDealingWithCredential(last) && /^\/|\s|\?$/.test(value);
}
