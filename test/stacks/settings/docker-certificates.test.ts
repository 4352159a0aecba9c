import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generate } from "selfsigned";
import { temporaryFolder } from "../../support/programs";
import { type Change, dockerStack, problemsOf, read } from "../../support/settings";

describe("files with certificates", () => {
  let folder: string;
  const file = (name: string) => path.join(folder, name);
  const endpoints = {
    "logto:endpoint": "https://auth.bookstore.example",
    "logto:adminEndpoint": "https://admin.bookstore.example",
  };
  const tls = (change: object = {}) => ({
    certificateFile: file("certificate.pem"),
    keyFile: file("key.pem"),
    ...change,
  });
  const withTls = (change: object = {}, docker: object = {}, others: object = endpoints) =>
    dockerStack({ tls: tls(change), ...docker }, others);
  const write = async (name: string, hosts: string[], from = new Date(), days = 30) => {
    const { cert, private: key } = await generate([{ name: "commonName", value: name }], {
      keyType: "ec",
      algorithm: "sha256",
      notBeforeDate: from,
      notAfterDate: new Date(from.getTime() + days * 24 * 60 * 60 * 1000),
      extensions: [
        { name: "subjectAltName", altNames: hosts.map((value) => ({ type: 2, value })) },
      ],
    });
    writeFileSync(file(`${name}.pem`), cert);
    writeFileSync(file(`${name}-key.pem`), key);
  };
  beforeAll(async () => {
    folder = temporaryFolder();
    await write("right", ["auth.bookstore.example", "*.bookstore.example"]);
    await write("other", ["shop.example"]);
    await write("old", ["*.bookstore.example"], new Date("2020-01-01"));
    await write("future", ["*.bookstore.example"], new Date(Date.now() + 10 ** 9));
    cpSync(file("right.pem"), file("certificate.pem"));
    cpSync(file("right-key.pem"), file("key.pem"));
    writeFileSync(file("text.pem"), "canary4711");
    writeFileSync(
      file("both.pem"),
      readFileSync(file("right.pem"), "utf8") + readFileSync(file("key.pem"), "utf8"),
    );
    writeFileSync(
      file("bundle.pem"),
      readFileSync(file("right.pem"), "utf8") + readFileSync(file("other.pem"), "utf8"),
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test("are read, and an endpoint is published as Logto serves it", () => {
    const change = withTls(
      {},
      { caCertificatesFile: file("bundle.pem") },
      {
        ...endpoints,
        "logto:endpoint": "https://auth.bookstore.example:8443",
      },
    );
    expect(read(change).docker).toMatchObject({
      tls: {
        certificate: readFileSync(file("right.pem"), "utf8"),
        key: readFileSync(file("key.pem"), "utf8"),
      },
      caCertificates: readFileSync(file("bundle.pem"), "utf8"),
      trustProxyHeader: false,
      port: 3001,
    });
  });

  test.each<[string, () => Change, string]>([
    [
      "a certificate that is not there",
      () => withTls({ certificateFile: file("no.pem") }),
      "tls.certificateFile: FOLDER/no.pem does not exist",
    ],
    [
      "a key that is a folder",
      () => withTls({ keyFile: folder }),
      "tls.keyFile: FOLDER cannot be read (EISDIR)",
    ],
    [
      "a certificate that is none",
      () => withTls({ certificateFile: file("text.pem") }),
      "tls.certificateFile: FOLDER/text.pem: expected certificates in PEM form",
    ],
    [
      "a key that is none",
      () => withTls({ keyFile: file("text.pem") }),
      "tls.keyFile: FOLDER/text.pem: expected a private key in PEM form, without a passphrase",
    ],
    [
      "a key next to the certificate",
      () => withTls({ certificateFile: file("both.pem") }),
      "tls.certificateFile: FOLDER/both.pem holds a private key: expected certificates only",
    ],
    [
      "another certificate's key",
      () => withTls({ keyFile: file("other-key.pem") }),
      "tls.keyFile: expected the private key of the first certificate of tls.certificateFile",
    ],
    [
      "an expired certificate",
      () => withTls({ certificateFile: file("old.pem"), keyFile: file("old-key.pem") }),
      "tls.certificateFile: FOLDER/old.pem: the certificate of CN=old has expired on Jan 31 00:00:00 2020 GMT",
    ],
    [
      "another host's certificate",
      () =>
        withTls(
          { certificateFile: file("other.pem"), keyFile: file("other-key.pem") },
          {},
          { "logto:endpoint": "https://auth.bookstore.example" },
        ),
      "tls.certificateFile: expected a certificate for auth.bookstore.example, the host of logto:endpoint",
    ],
    [
      "authorities that are not there",
      () => dockerStack({ caCertificatesFile: file("no.pem") }),
      "caCertificatesFile: FOLDER/no.pem does not exist",
    ],
    [
      "authorities that have expired",
      () => dockerStack({ caCertificatesFile: file("old.pem") }),
      "caCertificatesFile: FOLDER/old.pem: the certificate of CN=old has expired on Jan 31 00:00:00 2020 GMT",
    ],
  ])("%s is refused by its key", (_case, change, problem) => {
    expect(problemsOf(change())).toEqual([
      `Pulumi.local.yaml: logto-stack:docker.${problem.replace("FOLDER", folder)}`,
    ]);
  });

  test("a certificate of tomorrow is refused by its key", () => {
    expect(problemsOf(dockerStack({ caCertificatesFile: file("future.pem") })).join()).toMatch(
      /caCertificatesFile: .*future.pem: the certificate of CN=future is valid from .* on only$/,
    );
  });

  test("the host's name may be another if a reverse proxy asks Logto", () => {
    const other = { certificateFile: file("other.pem"), keyFile: file("other-key.pem") };
    expect(problemsOf(withTls(other, { trustProxyHeader: true }))).toEqual([]);
  });

  test("http is refused if the server speaks TLS, and its port is that of this machine", () => {
    expect(
      problemsOf(withTls({}, {}, { "logto:endpoint": "http://auth.bookstore.example" })),
    ).toContain(
      "Pulumi.local.yaml: logto:endpoint: expected https, as logto-stack:docker.tls is set",
    );
  });
});
