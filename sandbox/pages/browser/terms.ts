import { ask } from "./dialog.js";
import { element, text } from "./page.js";

let hasAgreed = false;

/** Makes the box in front of the terms tick. */
export function watchTerms(): void {
  const box = document.querySelector<HTMLElement>('[data-action="agree"]');
  box?.addEventListener("click", () => agree(!hasAgreed));
  box?.addEventListener("keydown", (event) => {
    if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      agree(!hasAgreed);
    }
  });
}

/** Whether the person agrees to the terms; asks if they have not said so yet. */
export async function agreesToTerms(): Promise<boolean> {
  if (hasAgreed) {
    return true;
  }
  const question = (element("#terms-question") as HTMLTemplateElement).content.cloneNode(true);
  const answer = await ask({
    content: question,
    confirm: text("action.agree"),
    cancel: text("action.cancel"),
  });
  agree(answer);
  return answer;
}

function agree(answer: boolean): void {
  hasAgreed = answer;
  const box = document.querySelector<HTMLElement>('[data-action="agree"]');
  box?.setAttribute("aria-checked", String(answer));
  const input = box?.querySelector("input");
  if (input) {
    input.checked = answer;
  }
}
