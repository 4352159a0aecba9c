import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { list, text } from "../fields";
import { localizedTemplate, type LocalizedTemplate } from "./localized-template";
import type { ManagementApi } from "./management-api";
import { groupedRows } from "./mechanism/grouped-rows";
import { byGroup } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { listedOnce } from "./mechanism/rules";
import { readTemplateFiles } from "./template-files";

const inputs = {
  /**
   * The language, such as `fr` or `pt-BR`, in the letters of BCP 47, at most 16 of them. Changing it replaces the resource.
   */
  languageTag: text("a language tag of at most 16 characters, such as fr or pt-BR", isLanguage),
  /**
   * What is sent in that language, by what it is sent for; at least one. `emailTemplatesIn` reads a folder of them. A
   * type without a template is sent as in the sign-in experience's fallback language, or else as the connector has it.
   */
  templates: list(localizedTemplate, "a list of templates").min(
    1,
    "expected at least one template",
  ),
};

const emailTemplates = managementResource({
  type: "logto:EmailTemplates",
  noun: "e-mail templates",
  title: "languageTag",
  path: "api/email-templates",
  inputs: z.object(inputs),
  rules: [listedOnce("templates", "templateType")],
  identity: byGroup("languageTag"),
  replaceOn: ["languageTag"],
  children: {
    templates: groupedRows("api/email-templates", {
      noun: "template",
      body: "templates",
      key: "templateType",
      column: "details",
      fields: ["subject", "content", "contentType", "replyTo", "sendFrom"],
    }),
  },
  verify: (_, api) => warnIfIgnored(api),
  consequences: {
    deleted:
      "E-mails in that language are sent in the fallback language, or as the connector has them.",
    replaced:
      "For a moment e-mails in both languages are sent in the fallback language, or as the connector has them.",
  },
});

export const { kind, provider } = emailTemplates;
export type EmailTemplatesArgs = ResourceArguments<typeof inputs>;

/** Logto looks for templates letter by letter. */
function isLanguage(tag: string): boolean {
  try {
    return tag.length <= 16 && Intl.getCanonicalLocales(tag)[0] === tag;
  } catch {
    return false;
  }
}

/** The connectors that send what is at their service, or leave it to their receiver. */
const ignoring = ["postmark-mail", "http-email"];

const connectors = z.object({ type: z.string(), connectorId: z.string() }).array();

async function warnIfIgnored(api: ManagementApi): Promise<void> {
  const all = await api.call({
    purpose: "see whether the e-mail connector takes templates",
    method: "GET",
    path: "api/connectors",
    accept: { 200: connectors },
  });
  const email = all.find(({ type }) => type === "Email");
  if (email === undefined || !ignoring.includes(email.connectorId)) return;
  await pulumi.log.warn(
    `Logto's e-mail connector is ${email.connectorId}, which takes no notice of EmailTemplates: mails are sent as its service has them`,
  );
}

/**
 * The templates of a folder, such as `infra/templates/fr`: a file each, named for what Logto sends it for, such as
 * `SignIn.html` or `SignIn.txt`, with its subject in front, as in `infra/templates`; `replyTo` and `sendFrom` may
 * stand there, too.
 *
 * @param folder its path from the project's root
 * @throws an error that ends the program and names each file with what is wrong with it, a line each
 */
export function emailTemplatesIn(folder: string): LocalizedTemplate[] {
  const read = readTemplateFiles(folder, {
    required: [],
    keys: ["subject", "replyTo", "sendFrom"],
  });
  if ("problems" in read) throw new pulumi.RunError(read.problems.join("\n"));
  if (read.templates.length === 0) {
    throw new pulumi.RunError(`${folder}: expected at least one template, such as SignIn.html`);
  }
  return read.templates.map(({ usageType, type, ...rest }) => ({
    templateType: usageType,
    contentType: type,
    ...rest,
  }));
}

/**
 * The e-mails that Logto sends in one language, instead of those of its connector. Templates that others added for the
 * language stay.
 *
 * Logto goes by the language of the user's browser: `fr-CA` is sent as `fr-CA`, else as `fr`, else as in the sign-in
 * experience's fallback language, else as the connector has it. The connectors for Postmark and for HTTP take no notice
 * of these templates: `up` warns of that. Needs Logto 1.25.
 *
 * @see https://docs.logto.io/connectors/email-connectors/email-templates
 */
export class EmailTemplates extends emailTemplates.Resource {}
