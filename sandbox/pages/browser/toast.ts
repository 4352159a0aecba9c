import { element } from "./page.js";

/** Long enough to be read, in milliseconds. */
const duration = 6_000;

/** Tells something in passing. Assistive technology hears it from the region that it is put into. */
export function toast(message: string): void {
  const shown = document.createElement("div");
  shown.setAttribute("role", "toast");
  shown.textContent = message;
  element("#toasts").replaceChildren(shown);
  setTimeout(() => shown.remove(), duration);
}
