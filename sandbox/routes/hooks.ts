import { type Hook, Hooks } from "@logto/schemas";
import { ensure } from "../errors";
import { newSecret } from "../identifiers";
import { crudRoutes } from "./crud-routes";
import { withHookStatistics } from "./hook-calls";
import { hookEvent } from "./hook-events";

const guard = Hooks.createGuard
  .omit({ id: true, tenantId: true, signingKey: true })
  .extend({ event: hookEvent.optional(), events: hookEvent.array().nonempty().optional() });

/** Webhooks: what is called when something happens. The sandbox keeps them and calls none. */
export const hooks = crudRoutes<Hook>({
  path: "/hooks",
  table: Hooks,
  pages: "if asked for",
  order: "created_at desc",
  create: guard.transform(withoutRepetition),
  patch: guard.partial().transform(withoutRepetition),
  made: () => ({ signingKey: newSecret() }),
  check: ({ event, events }, isNew) => ensure(!isNew || event || events, "hook.missing_events"),
  present: withHookStatistics,
  looksFirst: false,
});

/** Each event once. */
function withoutRepetition({ events, ...rest }: { events?: string[] | undefined }) {
  return { ...rest, ...(events && { events: [...new Set(events)] }) };
}
