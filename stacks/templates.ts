import type { EmailTemplate } from "../infra/logto/email-template-schema";
import { requiredUsageTypes } from "../infra/logto/email-usage";
import { readTemplateFiles } from "../infra/logto/template-files";

/** The e-mail templates of a folder, or all that is wrong with them, a line each with the file's name. */
export type TemplatesRead = { templates: EmailTemplate[] } | { problems: string[] };

/** What a language's folder is called. */
const language = /^[a-z]{2,3}(?:-\w+)*$/;

/**
 * Reads the e-mail templates of the connector: a file for each of the types that it needs, and for others. Folders of
 * languages, such as `fr`, are passed over: `emailTemplatesIn` reads those.
 *
 * @param folder as it is named in messages, from the project's root
 */
export function readTemplates(folder: string): TemplatesRead {
  return readTemplateFiles(folder, {
    required: requiredUsageTypes,
    keys: ["subject"],
    isOther: (name) => language.test(name),
  });
}
