import { generate } from "selfsigned";

/** A certificate of its own authority for those hosts, and its private key, in PEM form. */
export async function makeCertificate(hosts: string[]): Promise<{ cert: string; key: string }> {
  const dnsName = 2;
  const { cert, private: key } = await generate([{ name: "commonName", value: hosts[0] ?? "" }], {
    keyType: "ec",
    algorithm: "sha256",
    extensions: [
      { name: "subjectAltName", altNames: hosts.map((value) => ({ type: dnsName, value })) },
    ],
  });
  return { cert, key };
}
