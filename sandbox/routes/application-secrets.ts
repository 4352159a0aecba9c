import {
  type Application,
  Applications,
  type ApplicationSecret,
  ApplicationSecrets,
  internalPrefix,
} from "@logto/schemas";
import { newSecret } from "../identifiers";
import type { Routes } from "../http/routes";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import { internalSecret, present } from "./application-presentation";
import { findRow } from "./find-row";

const createGuard = ApplicationSecrets.createGuard.pick({ name: true, expiresAt: true });
const patchGuard = ApplicationSecrets.updateGuard.pick({ name: true }).required();

/** The secrets of an application: several at once, each with a name. Their values are Logto's choice. */
export const applicationSecrets: Routes = (router, { database }) => {
  router.get("/applications/:id/secrets", async (context) => {
    const { id } = await findRow(database, Applications, context.params["id"]);
    context.body = await database.rows<ApplicationSecret>(
      ApplicationSecrets,
      { applicationId: id },
      "order by created_at",
    );
  });

  router.post("/applications/:id/secrets", async (context) => {
    const { name, expiresAt } = guardBody(context, createGuard);
    ensure(!expiresAt || expiresAt > Date.now(), "request.invalid_input", {
      values: { details: "The value of `expiresAt` must be in the future." },
    });
    const { id } = await findRow(database, Applications, context.params["id"]);
    context.body = await database.insert<ApplicationSecret>(ApplicationSecrets, {
      applicationId: id,
      name,
      expiresAt,
      value: newSecret(),
    });
    context.status = 201;
  });

  router.patch("/applications/:id/secrets/:name", async (context) => {
    const changes = guardBody(context, patchGuard);
    const { id } = await findRow(database, Applications, context.params["id"]);
    const changed = await database.update<ApplicationSecret>(ApplicationSecrets, changes, {
      applicationId: id,
      name: context.params["name"] ?? "",
    });
    ensure(changed, "entity.not_exists", {
      status: 404,
      values: { name: ApplicationSecrets.tableSingular },
    });
    context.body = changed;
  });

  router.delete("/applications/:id/secrets/:name", async (context) => {
    const { id } = await findRow(database, Applications, context.params["id"]);
    const deleted = await database.delete<ApplicationSecret>(ApplicationSecrets, {
      applicationId: id,
      name: context.params["name"] ?? "",
    });
    ensure(deleted > 0, "entity.not_found", { status: 404 });
    context.status = 204;
  });

  router.delete("/applications/:id/legacy-secret", async (context) => {
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- this route is there to be rid of it
    const { id, secret } = await findRow(database, Applications, context.params["id"]);
    ensure(!secret.startsWith(internalPrefix), "application.no_legacy_secret_found");
    const changed = await database.update<Application>(
      Applications,
      { secret: internalSecret() },
      { id },
    );
    context.body = changed && present(changed);
  });
};
