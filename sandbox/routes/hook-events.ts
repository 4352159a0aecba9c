import { devFeatureHookEvents, hookEvents } from "@logto/schemas";
import { z } from "zod";

/** What a webhook can be called for, without what Logto has not released. */
export const hookEvent = z.enum(
  hookEvents.filter((name) => !(devFeatureHookEvents as readonly string[]).includes(name)) as [
    string,
    ...string[],
  ],
);
