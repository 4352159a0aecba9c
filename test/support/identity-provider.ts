import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface IdentityProvider {
  /** Its issuer, on loopback. */
  issuer: string;
  close(): Promise<void>;
}

/**
 * An OpenID Connect identity provider that serves its discovery document and nothing else: whole at its issuer, without
 * what Logto can do without at `/thin`, without what it needs at `/broken`, and no JSON at `/text`.
 */
export async function startIdentityProvider(): Promise<IdentityProvider> {
  const server = createServer((request, response) => {
    const body = documentAt(request.url ?? "", issuer);
    response.writeHead(body === undefined ? 404 : 200, { "content-type": "application/json" });
    response.end(body ?? "not here");
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    issuer,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

function documentAt(path: string, issuer: string): string | undefined {
  const needed = {
    authorization_endpoint: `${issuer}/authorize`,
    token_endpoint: `${issuer}/token`,
  };
  const keys = { jwks_uri: `${issuer}/jwks` };
  const documents: Record<string, unknown> = {
    "": { issuer, ...needed, ...keys, userinfo_endpoint: `${issuer}/me` },
    "/thin": { issuer: `${issuer}/thin`, ...needed, ...keys },
    "/broken": { issuer, ...keys, userinfo_endpoint: `${issuer}/me` },
  };
  const place = path.replace("/.well-known/openid-configuration", "");
  if (place === path) return undefined;
  return place === "/text"
    ? "hello"
    : place in documents
      ? JSON.stringify(documents[place])
      : undefined;
}
