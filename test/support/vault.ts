import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** The part of a HashiCorp Vault that a secrets provider of Pulumi's asks: `hashivault://NAME`. */
export interface Vault {
  /** Where the engine is told that it is. */
  env: Record<string, string>;
  /** What was asked, such as `PUT /v1/transit/encrypt/logto-stack`. */
  requests: string[];
  close(): Promise<void>;
}

const answers = {
  encrypt: ({ plaintext = "" }) => ({ ciphertext: `vault:v1:${reversed(plaintext)}` }),
  decrypt: ({ ciphertext = "" }) => ({ plaintext: reversed(ciphertext.replace("vault:v1:", "")) }),
};

/**
 * A stand-in for Vault's transit engine on loopback, which keeps no key. It answers what encrypts and
 * decrypts; anything else fails `close`.
 *
 * https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export async function startVault(): Promise<Vault> {
  const requests: string[] = [];
  const unforeseen: string[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const line = `${request.method ?? ""} ${request.url ?? ""}`;
      const verb = /^PUT \/v1\/transit\/(encrypt|decrypt)\/[\w-]+$/.exec(line)?.[1];
      requests.push(line);
      if (verb === undefined) {
        unforeseen.push(line);
        response.writeHead(404).end();
        return;
      }
      const body = JSON.parse(Buffer.concat(chunks).toString()) as Record<string, string>;
      response.end(JSON.stringify({ data: answers[verb as keyof typeof answers](body) }));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    env: { VAULT_ADDR: url, VAULT_SERVER_URL: url, VAULT_TOKEN: "t", VAULT_SERVER_TOKEN: "t" },
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
      expect(unforeseen).toEqual([]);
    },
  };
}

function reversed(text: string): string {
  return Array.from(text).reverse().join("");
}
