import phrases, { builtInLanguages } from "@logto/phrases-experience";
import { CustomPhrases, type LanguageInfo } from "@logto/schemas";
import i18next, { type TFunction } from "i18next";
import type { Context } from "koa";
import type { TenantDatabase } from "./database";

/** The language of a page, and Logto's texts in it under the tenant's own. */
export interface Language {
  tag: string;
  /** Direction of the writing. */
  direction: "ltr" | "rtl";
  t: TFunction;
}

interface Wishes {
  languageInfo: LanguageInfo;
  /** The parameter `ui_locales` of the authorization request: language tags by preference, parted by spaces. */
  uiLocales?: string | undefined;
}

/**
 * Chooses the language of a page: the application's wish (`ui_locales`), then the browser's where it is to be
 * detected, then the declared fallback. A tag without texts of its own falls back on its base language.
 *
 * Source: Logto, `packages/core/src/utils/i18n.ts`.
 */
export async function languageOf(
  context: Context,
  database: TenantDatabase,
  { languageInfo: { autoDetect, fallbackLanguage }, uiLocales }: Wishes,
): Promise<Language> {
  const custom = await database.rows(CustomPhrases);
  const tag = choose(
    [
      ...(uiLocales?.split(/\s+/) ?? []),
      ...(autoDetect ? context.acceptsLanguages() : []),
      fallbackLanguage,
    ],
    [...custom.map(({ languageTag }) => languageTag), ...builtInLanguages],
  );
  const own = custom.find(({ languageTag }) => languageTag === tag)?.translation;
  const instance = i18next.createInstance();
  await instance.init({
    lng: tag,
    fallbackLng: "en",
    // Preact escapes.
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  // Bundles are copied, so that a tenant's texts do not end up in Logto's.
  for (const builtIn of new Set(["en", tag])) {
    const texts = (phrases as Partial<Record<string, { translation: object }>>)[builtIn];
    if (texts) {
      instance.addResourceBundle(builtIn, "translation", texts.translation);
    }
  }
  if (own) {
    instance.addResourceBundle(tag, "translation", own, true, true);
  }
  return { tag, direction: instance.dir(tag), t: instance.t };
}

function choose(wanted: string[], known: string[]): string {
  for (const tag of wanted) {
    const found = known.find(equals(tag)) ?? known.find(equals(tag.split("-")[0] ?? tag));
    if (found) {
      return found;
    }
  }
  return "en";
}

function equals(tag: string): (other: string) => boolean {
  return (other) => other.toLowerCase() === tag.toLowerCase();
}
