import { isLanguageTag } from "@logto/language-kit";
import {
  type CustomPhrase,
  CustomPhrases,
  type Translation,
  translationGuard,
} from "@logto/schemas";
import resource from "@logto/phrases-experience";
import { z } from "zod";
import { isObject } from "../../infra/properties";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import { guardBody, guardParams } from "../http/guard";
import type { Routes } from "../http/routes";
import { newId } from "../identifiers";
import { findSignInExperience } from "../sign-in-experience/find";

const params = z.object({ languageTag: z.string().refine(isLanguageTag) });

/** A tenant's own texts for the sign-in pages, by language, instead of Logto's or in a language that Logto lacks. */
export const customPhrases: Routes = (router, { database }) => {
  router.get("/custom-phrases", async (context) => {
    context.body = await database.rows<CustomPhrase>(CustomPhrases, {}, "order by language_tag");
  });

  router.get("/custom-phrases/:languageTag", async (context) => {
    context.body = await find(database, guardParams(context, params).languageTag);
  });

  router.put("/custom-phrases/:languageTag", async (context) => {
    const { languageTag } = guardParams(context, params);
    const translation = withoutEmpty(guardBody(context, translationGuard));
    const isRight = isPartOf(translation, resource.en.translation);
    ensure(isRight, "localization.invalid_translation_structure", { status: 422 });
    const held = await database.update<CustomPhrase>(
      CustomPhrases,
      { translation },
      { languageTag },
    );
    context.body =
      held ??
      (await database.insert<CustomPhrase>(CustomPhrases, {
        id: newId(),
        languageTag,
        translation,
      }));
    context.status = 201;
  });

  router.delete("/custom-phrases/:languageTag", async (context) => {
    const { languageTag } = guardParams(context, params);
    const { languageInfo } = await findSignInExperience(database);
    await find(database, languageTag);
    ensure(
      languageInfo.fallbackLanguage !== languageTag,
      "localization.cannot_delete_default_language",
      { status: 409, values: { languageTag } },
    );
    await database.delete<CustomPhrase>(CustomPhrases, { languageTag });
    context.status = 204;
  });
};

async function find(database: TenantDatabase, languageTag: string): Promise<CustomPhrase> {
  const phrases = await database.row<CustomPhrase>(CustomPhrases, { languageTag });
  ensure(phrases, "entity.not_found", { status: 404 });
  return phrases;
}

function withoutEmpty(translation: Translation): Translation {
  const entries = Object.entries(translation).flatMap(
    ([key, text]): [string, Translation[string]][] => {
      const rest = typeof text === "string" ? text : withoutEmpty(text);
      return Object.keys(rest).length === 0 ? [] : [[key, rest]];
    },
  );
  return Object.fromEntries(entries);
}

/** Whether each text is at a place where Logto has one. */
function isPartOf(translation: Translation, whole: object): boolean {
  return Object.entries(translation).every(([key, text]) => {
    const own = (whole as Record<string, unknown>)[key];
    return typeof text === "string"
      ? typeof own === "string"
      : isObject(own) && isPartOf(text, own);
  });
}
