import {
  type EmailTemplate,
  emailTemplateDetailsGuard,
  EmailTemplates,
  templateTypeGuard,
} from "@logto/schemas";
import { z } from "zod";
import type { Routes } from "../http/routes";
import { columns } from "../database";
import { ensure } from "../errors";
import { guardBody, guardQuery } from "../http/guard";
import { newId } from "../identifiers";
import { changedRow, findRow } from "./find-row";

const templatesGuard = z.object({
  templates: EmailTemplates.createGuard
    .pick({ languageTag: true, templateType: true, details: true })
    .array()
    .min(1),
});

const filtersGuard = z
  .object({ languageTag: z.string(), templateType: templateTypeGuard })
  .partial();

/** Mails by language and use, which go before those of the connector. */
export const emailTemplates: Routes = (router, { database }) => {
  router.get("/email-templates", async (context) => {
    const filters = guardQuery(context, filtersGuard);
    context.body = await database.rows<EmailTemplate>(
      EmailTemplates,
      filters,
      "order by language_tag, template_type",
    );
  });

  router.put("/email-templates", async (context) => {
    const { templates } = guardBody(context, templatesGuard);
    context.body = await database.transaction((transaction) =>
      Promise.all(
        templates.map(async ({ languageTag, templateType, details }) => {
          const [stored] = await transaction.query<EmailTemplate>(
            `insert into ${EmailTemplates.table} (tenant_id, id, language_tag, template_type, details)
             values ($1, $2, $3, $4, $5)
             on conflict (tenant_id, language_tag, template_type) do update set details = excluded.details
             returning ${columns(EmailTemplates)}`,
            [database.tenantId, newId(), languageTag, templateType, JSON.stringify(details)],
          );
          return stored;
        }),
      ),
    );
  });

  router.get("/email-templates/:id", async (context) => {
    context.body = await findRow<EmailTemplate>(database, EmailTemplates, context.params["id"]);
  });

  router.patch("/email-templates/:id/details", async (context) => {
    const change = guardBody(context, emailTemplateDetailsGuard.partial());
    const { id, details } = await findRow<EmailTemplate>(
      database,
      EmailTemplates,
      context.params["id"],
    );
    context.body = await changedRow<EmailTemplate>(database, EmailTemplates, id, {
      details: { ...details, ...change },
    });
  });

  router.delete("/email-templates", async (context) => {
    const given = guardQuery(context, filtersGuard);
    ensure(Object.keys(given).length > 0, "connector.email_connector.bulk_deletion_no_filter", {
      status: 422,
      values: { properties: ["languageTag", "templateType"] },
    });
    context.body = { rowCount: await database.delete<EmailTemplate>(EmailTemplates, given) };
  });

  router.delete("/email-templates/:id", async (context) => {
    const { id = "" } = context.params;
    const deleted = await database.delete<EmailTemplate>(EmailTemplates, { id });
    ensure(deleted > 0, "entity.not_found", { status: 404 });
    context.status = 204;
  });
};
