import {
  devFeatureHookEvents,
  type Hook,
  hookConfigGuard,
  hookEvents,
  Hooks,
  Logs,
} from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import type { TenantDatabase } from "../database";
import { ensure, LogtoError } from "../errors";
import { guardBody } from "../http/guard";
import { describePage, requestedPage } from "../http/pagination";
import { newSecret } from "../identifiers";
import { changed, crudRoutes, findOne } from "./crud-routes";

const event = z.enum(
  hookEvents.filter((name) => !(devFeatureHookEvents as readonly string[]).includes(name)) as [
    string,
    ...string[],
  ],
);

const guard = Hooks.createGuard
  .omit({ id: true, tenantId: true, signingKey: true })
  .extend({ event: event.optional(), events: event.array().nonempty().optional() });

/** Each event once. */
const withoutRepetition = ({ events, ...rest }: { events?: string[] | undefined }) => ({
  ...rest,
  ...(events && { events: [...new Set(events)] }),
});

/** Webhooks: what is called when something happens. The sandbox keeps them and calls none. */
export const hooks = crudRoutes<Hook>({
  path: "/hooks",
  table: Hooks,
  pages: "if asked for",
  order: "order by created_at desc",
  create: guard.transform(withoutRepetition),
  patch: guard.partial().transform(withoutRepetition),
  looksFirst: false,
  filled: () => ({ signingKey: newSecret() }),
  check(_call, body, current) {
    const { event: one, events } = body;
    ensure(current !== undefined || (one ?? events) !== undefined, "hook.missing_events");
  },
  present: async ({ database, context }, rows, route) =>
    route !== "create" && context.query["includeExecutionStats"] === "true"
      ? Promise.all(rows.map((row) => withStatistics(database, row)))
      : rows,
});

/** What goes with a webhook. */
export const hookExtras: Routes = (router, { database }) => {
  router.patch("/hooks/:id/signing-key", async (context) => {
    const changes = { signingKey: newSecret() };
    context.body = await changed(database, Hooks, context.params["id"] ?? "", changes);
  });

  router.get("/hooks/:id/recent-logs", async (context) => {
    const page = requestedPage(context);
    const calls = await recentCalls(database, context.params["id"] ?? "");
    describePage(context, page, calls.length);
    context.body = calls.slice(page.offset, page.offset + page.limit);
  });

  router.post("/hooks/:id/test", async (context) => {
    guardBody(context, z.object({ events: event.array().nonempty(), config: hookConfigGuard }));
    await findOne(database, Hooks, context.params["id"]);
    throw new LogtoError("hook.send_test_payload_failed", {
      status: 422,
      values: { message: "the sandbox calls no webhooks" },
    });
  });
};

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

async function withStatistics(database: TenantDatabase, hook: Hook): Promise<object> {
  const calls = await recentCalls(database, hook.id);
  const successCount = calls.filter(({ payload }) => payload.result === "Success").length;
  return { ...hook, executionStats: { successCount, requestCount: calls.length } };
}
