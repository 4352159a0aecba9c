import { isLanguageTag } from "@logto/language-kit";
import texts from "@logto/phrases-experience";
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { answer, text } from "../fields";
import { propertyPath } from "../checks";
import { isObject, type Values } from "../properties";
import type { Write } from "./mechanism/hooks";
import { byKey } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";

/** Texts by their places, at any depth. */
export interface Phrases {
  [place: string]: string | Phrases;
}

export const phrases = z
  .record(z.unknown(), { errorMap: answer("texts by their places") })
  .superRefine((tree, context) => {
    for (const path of placesWithoutPhrase(tree)) {
      context.addIssue({
        code: "custom",
        path,
        message: "expected a text, or texts by their places",
      });
    }
  }) as unknown as z.ZodType<Phrases>;

function placesWithoutPhrase(tree: Values, at: string[] = []): string[][] {
  return Object.entries(tree).flatMap(([name, held]) => {
    const place = [...at, name];
    if (typeof held === "string") return [];
    return isObject(held) ? placesWithoutPhrase(held, place) : [place];
  });
}

const inputs = {
  /** The language, such as `en` or `pt-BR`, one of those that Logto knows. Changing it replaces the resource. */
  languageTag: text("a language tag that Logto knows, such as en or pt-BR", isLanguageTag),
  /**
   * The texts by their places, as Logto's own: `{ action: { sign_in: "Entrar" } }`. A place that Logto does not have is
   * refused; a place without a text, or with an empty one, keeps Logto's own. `phrasesIn` reads them from a file.
   */
  translation: phrases,
};

const customPhrases = managementResource({
  type: "logto:CustomPhrases",
  noun: "custom phrases",
  title: "languageTag",
  path: "api/custom-phrases",
  inputs: z.object(inputs),
  identity: byKey("languageTag"),
  replaceOn: ["languageTag"],
  bodyIs: "translation",
  beforeWrite: warnAboutUnknownPlaces,
  cleaned: ["translation"],
  consequences: {
    deleted:
      "The sign-in pages show Logto's own texts in that language, or another language if it has none.",
    replaced: "For a moment the sign-in pages show Logto's own texts in both languages.",
  },
});

export const { kind, provider } = customPhrases;

/**
 * Logto refuses phrases as a whole if it does not have one of their places, and does not say which. A newer one than
 * that whose texts are installed here may have it.
 */
async function warnAboutUnknownPlaces({ inputs, label }: Write<{ translation: Phrases }>) {
  const unknown = placesWithoutText(inputs.translation, texts.en.translation);
  if (unknown.length === 0) return;
  const places = unknown.map(propertyPath).join(", ");
  await pulumi.log.warn(
    `${label}: Logto's own texts, as they are known here, have none at ${places}; a Logto that has none there either refuses them all`,
  );
}

/** The places of phrases at which the texts hold nothing, or something else than a text. */
function placesWithoutText(phrases: Phrases, texts: unknown, at: string[] = []): string[][] {
  return Object.entries(phrases).flatMap(([name, phrase]) => {
    const text = isObject(texts) ? texts[name] : undefined;
    const place = [...at, name];
    if (typeof phrase === "string") return typeof text === "string" ? [] : [place];
    return isObject(text) ? placesWithoutText(phrase, text, place) : [place];
  });
}

export type CustomPhrasesArgs = ResourceArguments<typeof inputs>;

/**
 * The texts of the sign-in pages in one language: instead of Logto's own, or in a language that Logto lacks. Texts that
 * others set for the language at other places stay.
 *
 * Make the sign-in experience depend on it if the language is its fallback: Logto wants the phrases first, and does not
 * let go of those of the fallback language.
 *
 * @see https://docs.logto.io/customization/localized-languages
 */
export class CustomPhrases extends customPhrases.Resource {}
