import { httpClient } from "../../http-client";
import type { Connection } from "../../logto/connection";
import { anything, managementApi, unreachable } from "../../logto/management-api";
import { userError } from "../../user-error";
import type { Server } from "../runtime";

/** The runtime `external`: a Logto that runs already. Nothing is started and nothing written. */
export function externalServer({ endpoint }: { endpoint: string }): Server {
  return { endpoint, ready: [] };
}

const purpose = "use the Logto of this stack";

/**
 * Looks, before anything is declared, whether the server is a Logto that answers, gives the credential a
 * token, and takes that for its Management API. Nothing is written.
 *
 * @throws a user error of one line that says what is the case and which key to change
 * @see https://docs.logto.io/integrate-logto/interact-with-management-api
 */
export async function checkExternalServer(connection: Connection): Promise<void> {
  const { endpoint } = connection;
  await requireStatus(endpoint);
  await managementApi(connection).call({
    purpose,
    method: "GET",
    path: "api/applications?page=1&page_size=1",
    accept: { 200: anything },
  });
}

async function requireStatus(endpoint: string): Promise<void> {
  const path = "api/status";
  // Whoever waits for the answer would rather hear soon that there is none.
  const { statusCode } = await httpClient(endpoint, { tries: 3 })
    .get(path)
    .catch((error: unknown) => {
      throw unreachable(error, purpose, endpoint);
    });
  if (statusCode !== 204) {
    throw userError(
      `Could not ${purpose}: GET ${endpoint}/${path} answered ${statusCode}, and a Logto that works answers 204; check logto:endpoint`,
    );
  }
}
