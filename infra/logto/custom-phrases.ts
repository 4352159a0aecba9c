import { isLanguageTag } from "@logto/language-kit";
import { z } from "zod";
import { answer, text } from "../fields";
import { byKey } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";

/** Texts by their places, at any depth. */
export interface Phrases {
  [place: string]: string | Phrases;
}

const phrases: z.ZodType<Phrases> = z.lazy(() =>
  z.record(z.string().or(phrases), { errorMap: answer("texts by their places") }),
);

const inputs = {
  /** The language, such as `en` or `pt-BR`, one of those that Logto knows. Changing it replaces the resource. */
  languageTag: text("a language tag that Logto knows, such as en or pt-BR", isLanguageTag),
  /**
   * The texts by their places, as Logto's own: `{ action: { sign_in: "Entrar" } }`. A place that Logto does not have is
   * refused; a place without a text, or with an empty one, keeps Logto's own.
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
  cleaned: ["translation"],
  consequences: {
    deleted:
      "The sign-in pages show Logto's own texts in that language, or another language if it has none.",
    replaced: "For a moment the sign-in pages show Logto's own texts in both languages.",
  },
});

export const { kind, provider } = customPhrases;
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
