import type { TFunction } from "i18next";
import { type ScriptText, scriptTexts } from "./page-data";

/** The texts that the script fills in and shows, with their placeholders. */
export function textsForScript(t: TFunction): Record<ScriptText, string> {
  return Object.fromEntries(
    scriptTexts.map((key) => [key, t(key, { skipInterpolation: true })]),
  ) as Record<ScriptText, string>;
}
