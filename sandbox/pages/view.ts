import type { FullSignInExperience } from "@logto/schemas";
import type { TFunction } from "i18next";
import type { ComponentChildren } from "preact";
import type { ScreenData } from "./page-data";

/** What a screen is rendered from. */
export interface View {
  experience: FullSignInExperience;
  t: TFunction;
  /** The query of the request with its question mark, which every link between pages keeps. */
  search: string;
  loginHint?: string | undefined;
}

/** One screen of the sign-in, which the document puts into its frame. */
export interface Screen {
  /** Title of the window. */
  title: string;
  heading: string;
  description?: ComponentChildren;
  /** Whether there is a screen before this one to go back to. */
  hasBack: boolean;
  body: ComponentChildren;
  data: ScreenData;
}
