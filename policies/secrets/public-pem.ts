/** What of the PEM forms is public: certificates and public keys, in base 64 and nothing else. */
export const publicPem =
  /-----BEGIN (CERTIFICATE|(?:[A-Z]+ )?PUBLIC KEY)-----\s[A-Za-z0-9+/=\s]+-----END \1-----/g;

/** Whether a text is certificates and public keys, with comments between them as lists of authorities have them. */
export function isPublicPem(text: string): boolean {
  const rest = text.replaceAll(publicPem, "");
  return rest !== text && rest.split("\n").every((line) => /^\s*(?:#|$)/.test(line));
}
