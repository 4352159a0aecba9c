/** The public PEM forms: certificates and public keys, with base 64 and nothing else inside. */
export const publicPem =
  /-----BEGIN (CERTIFICATE|(?:[A-Z]+ )?PUBLIC KEY)-----\s[A-Za-z0-9+/=\s]+-----END \1-----/g;

/** Whether a text consists of certificates and public keys, with comments between them as in lists of authorities. */
export function isPublicPem(text: string): boolean {
  const rest = text.replaceAll(publicPem, "");
  return rest !== text && rest.split("\n").every((line) => /^\s*(?:#|$)/.test(line));
}
