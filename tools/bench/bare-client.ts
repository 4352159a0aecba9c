import pLimit from "p-limit";
import { z } from "zod";
import type { BenchServer } from "./server";
import type { Recorded } from "./recording-proxy";

/**
 * Repeats recorded requests to Logto with as little as possible around them: `fetch`, one token, equal concurrency.
 * Ids of objects in the recording are replaced by those of the objects that it creates itself.
 */
export function bareClient(
  endpoint: string,
  { clientId, clientSecret, resource }: BenchServer,
  parallel: number,
): (requests: readonly Recorded[]) => Promise<void> {
  const ids = new Map<string, string>();
  let token: Promise<string> | undefined;

  async function fetchToken(): Promise<string> {
    const response = await fetch(`${endpoint}/oidc/token`, {
      method: "POST",
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString("base64")}`,
      },
      body: new URLSearchParams({ grant_type: "client_credentials", resource, scope: "all" }),
    });
    return z.object({ access_token: z.string() }).parse(await response.json()).access_token;
  }

  async function send({ method, path, body, id }: Recorded): Promise<void> {
    const known = path.replace(/(?<![^/?])[^/?]+(?=\?|$)/, (name) => ids.get(name) ?? name);
    const response = await fetch(`${endpoint}${known}`, {
      method,
      headers: {
        authorization: `Bearer ${await (token ??= fetchToken())}`,
        ...(body !== "" && { "content-type": "application/json" }),
      },
      ...(body !== "" && { body }),
    });
    const text = await response.text();
    if (id !== undefined) ids.set(id, (JSON.parse(text) as { id: string }).id);
  }

  return async (requests) => {
    token = undefined;
    const limited = pLimit(parallel);
    await Promise.all(requests.map((request) => limited(() => send(request))));
  };
}
