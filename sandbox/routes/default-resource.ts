import { type Resource, Resources } from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { guardBody } from "../http/guard";
import { changedRow } from "./find-row";

/** Tokens that name no resource are for the default one, of which there is one at most. */
export const defaultResource: Routes = (router, { database }) => {
  router.patch("/resources/:id/is-default", async (context) => {
    const { isDefault } = guardBody(context, z.object({ isDefault: z.boolean() }));
    context.body = await database.transaction(async (transaction) => {
      if (isDefault) {
        const held = await transaction.row<Resource>(Resources, { isDefault: true });
        if (held) await changedRow(transaction, Resources, held.id, { isDefault: false });
      }
      return changedRow(transaction, Resources, context.params["id"] ?? "", { isDefault });
    });
  });
};
