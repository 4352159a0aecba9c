import { Refusal } from "./api.js";
import { element, onAction, text } from "./page.js";
import { toast } from "./toast.js";

/** What to do about refusals, by their codes. All others are shown in passing. */
export type Handlers = Partial<Record<string, (refusal: Refusal) => unknown>>;

export function field(name: string): HTMLInputElement {
  return element(`form [name="${name}"]`) as HTMLInputElement;
}

/** Does the work when the form is sent, and not again before it is done. */
export function onSubmit(work: () => Promise<unknown>, handlers: Handlers): void {
  const form = element("form") as HTMLFormElement;
  const button = element("button[type=submit]", form) as HTMLButtonElement;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void whileBusy(button, work, handlers);
  });
  button.disabled = false;
}

/** Does the work unless the button is busy with it already, and shows how it is refused. */
export async function whileBusy(
  button: HTMLElement,
  work: () => Promise<unknown>,
  handlers: Handlers,
): Promise<void> {
  if (button.ariaBusy === "true") {
    return;
  }
  button.ariaBusy = "true";
  clearErrors();
  try {
    await work();
  } catch (error) {
    await handle(error, handlers);
  } finally {
    button.ariaBusy = null;
  }
}

async function handle(error: unknown, handlers: Handlers): Promise<void> {
  if (error instanceof Refusal) {
    const handler = handlers[error.code];
    if (!handler) {
      toast(error.message);
      return;
    }
    try {
      await handler(error);
    } catch (next) {
      // What a handler tries can be refused as well.
      await handle(next, handlers);
    }
  } else if (error instanceof DOMException && error.name === "TimeoutError") {
    toast(text("error.timeout"));
  } else if (!(error instanceof Invalid)) {
    toast(text("error.unknown"));
    console.error(error);
  }
}

/** Ends the work of a form that the person has to correct first. What is wrong is shown already. */
export class Invalid extends Error {}

/** Says at the field what is wrong with it, and takes the person there. */
export function refuse(name: string, message: string): never {
  const input = field(name);
  input.setAttribute("aria-invalid", "true");
  element(`#${name}-error`).textContent = message;
  input.focus();
  throw new Invalid(message);
}

/** Says what is wrong with all that the form holds. */
export function showError(message: string): void {
  element("#form-error").textContent = message;
}

export function clearErrors(): void {
  for (const shown of document.querySelectorAll(".error")) {
    shown.textContent = "";
  }
  for (const input of document.querySelectorAll("[aria-invalid]")) {
    input.removeAttribute("aria-invalid");
  }
}

/** Lets a person see the passwords of the page as they are typed. */
export function watchPasswords(): void {
  onAction("reveal", (button) => {
    const isShown = button.ariaPressed !== "true";
    button.ariaPressed = String(isShown);
    for (const input of document.querySelectorAll<HTMLInputElement>(
      'form :is([name="password"], [name="newPassword"], [name="confirmPassword"])',
    )) {
      input.type = isShown ? "text" : "password";
    }
  });
}
