import { element, text } from "./page.js";

interface Question {
  content: string | Node;
  /** Without it there is nothing to decide. */
  confirm?: string;
  cancel: string;
}

/** Asks in a dialog, and says whether the person confirmed. Nothing else can be used until it is answered. */
export function ask({ content, confirm, cancel }: Question): Promise<boolean> {
  const main = element("#app");
  const before = document.activeElement;
  const overlay = document.createElement("div");
  overlay.className = "overlay";
  const dialog = document.createElement("div");
  dialog.setAttribute("role", "dialog");
  dialog.setAttribute("aria-modal", "true");
  dialog.setAttribute("aria-labelledby", "dialog-heading");
  dialog.setAttribute("aria-describedby", "dialog-content");
  const heading = document.createElement("h2");
  heading.id = "dialog-heading";
  heading.textContent = text("description.reminder");
  const paragraph = document.createElement("p");
  paragraph.id = "dialog-content";
  paragraph.append(content);
  const footer = document.createElement("footer");
  dialog.append(heading, paragraph, footer);
  overlay.append(dialog);

  return new Promise((resolve) => {
    const close = (isConfirmed: boolean) => {
      overlay.remove();
      main.inert = false;
      if (before instanceof HTMLElement) {
        before.focus();
      }
      resolve(isConfirmed);
    };
    const button = (label: string, className: string, answer: boolean) => {
      const made = document.createElement("button");
      made.type = "button";
      made.className = className;
      made.textContent = label;
      made.addEventListener("click", () => close(answer));
      footer.append(made);
      return made;
    };
    overlay.addEventListener("keydown", ({ key }) => {
      if (key === "Escape") {
        close(false);
      }
    });
    const cancelling = button(cancel, confirm === undefined ? "primary" : "secondary", false);
    const confirming = confirm === undefined ? cancelling : button(confirm, "primary", true);
    document.body.append(overlay);
    main.inert = true;
    confirming.focus();
  });
}

/** Tells what the person has to know before going on. */
export async function alertThat(content: string, cancel = text("action.got_it")): Promise<void> {
  await ask({ content, cancel });
}
