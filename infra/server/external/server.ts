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
 * Checks, before anything is declared, that the server is a Logto that answers, gives the credential a token, and
 * accepts that for its Management API. Nothing is written.
 *
 * @throws a user error of one line that says what is wrong and which key to change
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
  // Few tries, so that the user soon hears that there is no answer.
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
