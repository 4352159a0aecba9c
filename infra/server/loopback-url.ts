import { text } from "../fields";
import { isUrl } from "../url";

export function isLoopbackUrl(value: string): boolean {
  if (!isUrl(value)) return false;
  const { protocol, hostname, pathname, search, hash, username } = new URL(value);
  return (
    protocol === "http:" &&
    /^(localhost|127\.0\.0\.1|.+\.localhost)$/.test(hostname) &&
    `${pathname}${search}${hash}${username}` === "/"
  );
}

/** Whether an endpoint is on this machine and the server's own, without a proxy that speaks TLS for it. */
export function isServedHere(endpoint: string, speaksTls: boolean): boolean {
  return isLoopbackUrl(speaksTls ? endpoint.replace(/^https:/, "http:") : endpoint);
}

/** The endpoint of a server that this project starts on this machine. */
export const loopbackUrl = text(
  "http, a name of this machine and a port, such as http://localhost:3001",
  isLoopbackUrl,
).transform((value) => value.replace(/\/$/, ""));
