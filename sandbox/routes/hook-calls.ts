import { type Hook, hookConfigGuard, Hooks, Logs } from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import type { TenantDatabase } from "../database";
import { LogtoError } from "../errors";
import { guardBody } from "../http/guard";
import { describePage, requestedPage } from "../http/pagination";
import { newSecret } from "../identifiers";
import { changedRow, findRow } from "./find-row";
import { hookEvent } from "./hook-events";
import type { Call } from "./list-rows";

/** A webhook's key, and the calls that were made to it. */
export const hookCalls: Routes = (router, { database }) => {
  router.patch("/hooks/:id/signing-key", async (context) => {
    const changes = { signingKey: newSecret() };
    context.body = await changedRow(database, Hooks, context.params["id"] ?? "", changes);
  });

  router.get("/hooks/:id/recent-logs", async (context) => {
    const page = requestedPage(context);
    const calls = await recentCalls(database, context.params["id"] ?? "");
    describePage(context, page, calls.length);
    context.body = calls.slice(page.offset, page.offset + page.limit);
  });

  router.post("/hooks/:id/test", async (context) => {
    guardBody(context, z.object({ events: hookEvent.array().nonempty(), config: hookConfigGuard }));
    await findRow(database, Hooks, context.params["id"]);
    throw new LogtoError("hook.send_test_payload_failed", {
      status: 422,
      values: { message: "the sandbox calls no webhooks" },
    });
  });
};

/** Webhooks with how often they were called, if the request asks for that. */
export async function withHookStatistics({ database, context }: Call, rows: Hook[], route: string) {
  return route !== "create" && context.query["includeExecutionStats"] === "true"
    ? Promise.all(rows.map((row) => withStatistics(database, row)))
    : rows;
}

async function withStatistics(database: TenantDatabase, hook: Hook): Promise<object> {
  const calls = await recentCalls(database, hook.id);
  const successCount = calls.filter(({ payload }) => payload.result === "Success").length;
  return { ...hook, executionStats: { successCount, requestCount: calls.length } };
}

interface RecordedCall {
  payload: { result?: string };
}

/** Those of the last day. */
function recentCalls(database: TenantDatabase, hookId: string): Promise<RecordedCall[]> {
  return database.query<RecordedCall>(
    `select id, key, payload, created_at as "createdAt" from ${Logs.table}
     where tenant_id = $1 and payload ->> 'hookId' = $2 and starts_with(key, 'TriggerHook.')
       and created_at > now() - interval '1 day' order by created_at desc`,
    [database.tenantId, hookId],
  );
}
