import { text } from "../fields";
import { isUrl } from "../url";

/** Address of SendGrid's API for most accounts; api.eu.sendgrid.com is that of the EU's subusers. */
export const defaultSendGridEndpoint = "https://api.sendgrid.com";

/** An address that may get the API key: over TLS, or on this machine. */
export const sendGridEndpoint = text(
  `https, or http on this machine, and no path, such as ${defaultSendGridEndpoint}`,
  isSendGridEndpoint,
).transform((url) => url.replace(/\/$/, ""));

function isSendGridEndpoint(value: string): boolean {
  if (!isUrl(value)) return false;
  const { protocol, hostname, origin } = new URL(value);
  const isSafe =
    protocol === "https:" ||
    (protocol === "http:" && /^(localhost|127\.0\.0\.1|\[::1\]|.+\.localhost)$/.test(hostname));
  return isSafe && origin === value.replace(/\/$/, "").toLowerCase();
}
