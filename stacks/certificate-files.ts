import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { readText } from "../infra/text-file";

/** The content of a file, or what is wrong with it, a line each with the file's name. */
export type FileRead<Content> = { content: Content } | { problems: string[] };

/** The certificates of a file, in PEM form. */
export interface CertificatesRead {
  pem: string;
  certificates: X509Certificate[];
}

/**
 * Reads a file of certificates in PEM form, the server's own one first and then its chain, or those of authorities.
 * A certificate that is no longer valid, or not yet, is a problem.
 *
 * @param file as it is named in messages, from the project's root
 */
export function readCertificates(file: string): FileRead<CertificatesRead> {
  const text = textOf(file);
  if ("problems" in text) return text;
  // A private key would be stored in clear with the certificates.
  if (text.content.includes("PRIVATE KEY-----")) {
    return { problems: [`${file} holds a private key: expected certificates only`] };
  }
  const blocks = text.content.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  const certificates = (blocks ?? []).map(parsed);
  if (certificates.length === 0 || certificates.includes(undefined)) {
    return { problems: [`${file}: expected certificates in PEM form`] };
  }
  const found = certificates.filter((certificate) => certificate !== undefined);
  const problems = found.flatMap((certificate) => invalidity(file, certificate));
  return problems.length > 0
    ? { problems }
    : { content: { pem: text.content, certificates: found } };
}

/** Reads a private key in PEM form, without a passphrase. No message shows any of it. */
export function readPrivateKey(file: string): FileRead<{ pem: string; key: KeyObject }> {
  const text = textOf(file);
  if ("problems" in text) return text;
  try {
    return { content: { pem: text.content, key: createPrivateKey(text.content) } };
  } catch {
    return { problems: [`${file}: expected a private key in PEM form, without a passphrase`] };
  }
}

/** Whether the certificate is valid for that host. */
export function isFor({ certificates: [own] }: CertificatesRead, hostname: string): boolean {
  const name = hostname.replace(/^\[(.*)\]$/, "$1");
  return (isIP(name) > 0 ? own?.checkIP(name) : own?.checkHost(name)) !== undefined;
}

function textOf(file: string): FileRead<string> {
  try {
    return { content: readText(file) };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return {
      problems: [
        code === "ENOENT" ? `${file} does not exist` : `${file} cannot be read (${String(code)})`,
      ],
    };
  }
}

function parsed(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    return undefined;
  }
}

function invalidity(file: string, { subject, validFrom, validTo }: X509Certificate): string[] {
  const name = subject.replaceAll("\n", ", ");
  const now = Date.now();
  if (Date.parse(validTo) < now) {
    return [`${file}: the certificate of ${name} has expired on ${validTo}`];
  }
  return Date.parse(validFrom) > now
    ? [`${file}: the certificate of ${name} is valid from ${validFrom} on only`]
    : [];
}
