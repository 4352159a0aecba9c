import { type AccountCenter, AccountCenters } from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { guardBody } from "../http/guard";
import { knownProfileFields } from "../sign-in-experience/profile-fields";

const webUrlOrNone = z
  .string()
  .max(2048)
  .refine(
    (value) => value === "" || /^https?:$/.test(URL.parse(value)?.protocol ?? ""),
    "deleteAccountUrl must be a valid http(s) URL",
  )
  .nullish();

const patchGuard = AccountCenters.createGuard
  .omit({ tenantId: true, id: true })
  .extend({ deleteAccountUrl: webUrlOrNone })
  .partial();

/** What users may change of their own account. It is always there: it is never made or deleted. */
export const accountCenter: Routes = (router, { database }) => {
  const where = { id: "default" };

  router.get("/account-center", async (context) => {
    context.body = await database.row<AccountCenter>(AccountCenters, where);
  });

  router.patch("/account-center", async (context) => {
    const {
      webauthnRelatedOrigins: origins,
      profileFields,
      ...rest
    } = guardBody(context, patchGuard);
    const change = {
      ...rest,
      ...(origins && { webauthnRelatedOrigins: [...new Set(origins)] }),
      ...(profileFields !== undefined && {
        profileFields: profileFields && (await knownProfileFields(profileFields, database)),
      }),
    };
    context.body = await database.update<AccountCenter>(AccountCenters, change, where);
  });
};
