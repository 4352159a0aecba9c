import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";

/** The part of SendGrid's API that says who may send, in the test's own process and over plain http. */
export interface SendGridForTests {
  endpoint: string;
  /** The requests that came, such as `GET /v3/scopes`. */
  requests: string[];
  close(): Promise<void>;
}

/**
 * SendGrid with one key, which may send mail and read who may. Its lists fit on a page. What is not
 * foreseen is answered with 599.
 */
export async function startSendGridForTests(
  apiKey: string,
  verifiedSenders: string[],
  authenticatedDomains: string[] = [],
): Promise<SendGridForTests> {
  const requests: string[] = [];
  const answers = new Map<string, unknown>([
    ["/v3/scopes", { scopes: ["mail.send", "sender_verification_eligible"] }],
    [
      "/v3/verified_senders?limit=100",
      { results: verifiedSenders.map((from_email, id) => ({ id, from_email, verified: true })) },
    ],
    [`/v3/verified_senders?limit=100&lastSeenID=${verifiedSenders.length - 1}`, { results: [] }],
    [
      "/v3/whitelabel/domains?limit=100&offset=0",
      authenticatedDomains.map((domain, id) => ({ id, domain, valid: true })),
    ],
    [`/v3/whitelabel/domains?limit=100&offset=${authenticatedDomains.length}`, []],
  ]);
  const server = http.createServer(({ method, url = "", headers }, response) => {
    requests.push(`${method ?? ""} ${url}`);
    const isKnown = headers.authorization === `Bearer ${apiKey}`;
    const message = "The provided authorization grant is invalid, expired, or revoked";
    const body = isKnown ? answers.get(url) : { errors: [{ field: null, message }] };
    response.writeHead(isKnown ? (body === undefined ? 599 : 200) : 401);
    response.end(JSON.stringify(body));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
