import type { Values } from "../../infra/properties";
import { isOrigin } from "../../infra/url";
import { type FileRead, isFor, readCertificates, readPrivateKey } from "../certificate-files";
import type { Problem } from "./configuration";

interface NamedFiles {
  tls?: { certificateFile: string; keyFile: string } | undefined;
  caCertificatesFile?: string | undefined;
  trustProxyHeader: boolean;
}

export interface CertificateFiles {
  /** What the files of `tls` hold: the server's own certificate and then the chain, and its key, in PEM form. */
  tls?: { certificate: string; /** Secret. */ key: string };
  /** What `caCertificatesFile` holds: authorities that Logto trusts beyond the usual ones, in PEM form. */
  caCertificates?: string;
  problems: Problem[];
}

/** What the files hold that `logto-stack:docker` names; all that is wrong with them. */
export function readCertificateFiles(
  values: Values,
  { caCertificatesFile, tls, trustProxyHeader }: NamedFiles,
): CertificateFiles {
  const problems: Problem[] = [];
  const contentOf = <Content>(name: string, read: FileRead<Content>): Content | undefined => {
    if ("content" in read) return read.content;
    const key = `logto-stack:docker.${name}`;
    problems.push(...read.problems.map((message) => ({ key, message })));
    return undefined;
  };
  const authorities =
    caCertificatesFile === undefined
      ? undefined
      : contentOf("caCertificatesFile", readCertificates(caCertificatesFile));
  const own = tls && contentOf("tls.certificateFile", readCertificates(tls.certificateFile));
  const key = tls && contentOf("tls.keyFile", readPrivateKey(tls.keyFile));
  if (
    own !== undefined &&
    key !== undefined &&
    own.certificates[0]?.checkPrivateKey(key.key) !== true
  ) {
    const message = "expected the private key of the first certificate of tls.certificateFile";
    problems.push({ key: "logto-stack:docker.tls.keyFile", message });
  }
  // A proxy in front of the server may know it by another name.
  if (own !== undefined && !trustProxyHeader) {
    for (const name of ["logto:endpoint", "logto:adminEndpoint"]) {
      const endpoint = values[name];
      if (typeof endpoint !== "string" || !isOrigin(endpoint)) continue;
      const { hostname } = new URL(endpoint);
      if (isFor(own, hostname)) continue;
      const message = `expected a certificate for ${hostname}, the host of ${name}`;
      problems.push({ key: "logto-stack:docker.tls.certificateFile", message });
    }
  }
  return {
    ...(own !== undefined && key !== undefined && { tls: { certificate: own.pem, key: key.pem } }),
    ...(authorities !== undefined && { caCertificates: authorities.pem }),
    problems,
  };
}
