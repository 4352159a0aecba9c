import { builtInLanguages } from "@logto/phrases-experience";
import { CustomPhrases, type LanguageInfo } from "@logto/schemas";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";

/** Refuses a fallback language that there are no texts in: neither Logto's nor the tenant's own. */
export async function checkLanguage(
  { fallbackLanguage }: LanguageInfo,
  database: TenantDatabase,
): Promise<void> {
  const isBuiltIn = builtInLanguages.some((language) => language === fallbackLanguage);
  ensure(
    isBuiltIn || (await database.row(CustomPhrases, { languageTag: fallbackLanguage })),
    "sign_in_experiences.unsupported_default_language",
    { values: { language: fallbackLanguage } },
  );
}
