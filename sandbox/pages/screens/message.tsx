import { Support } from "../parts/support";
import type { Screen, View } from "../view";

/** A screen that can only say something, and whom to ask. */
export function message(
  view: View,
  { heading, description }: { heading: string; description?: string },
): Screen {
  return {
    title: heading,
    heading,
    description,
    hasBack: false,
    body: <Support experience={view.experience} t={view.t} />,
    data: { screen: "message" },
  };
}
