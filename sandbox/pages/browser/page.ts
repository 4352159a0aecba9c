import type { Identifier, PageData, ScreenData, ScriptText } from "../page-data";

/** What the server says about this page. */
export const page = JSON.parse(element("#page-data").textContent) as PageData;

/** What the server says about one kind of page. */
export type Data<Name extends ScreenData["screen"]> = Extract<ScreenData, { screen: Name }>;

/** The element that the page is known to have. */
export function element(selector: string, within: ParentNode = document): HTMLElement {
  const found = within.querySelector<HTMLElement>(selector);
  if (!found) {
    throw new Error(`The page has no ${selector}.`);
  }
  return found;
}

/** A text in the language of the page, with its placeholders filled. */
export function text(key: ScriptText, values: Record<string, string | number> = {}): string {
  return page.texts[key].replaceAll(
    /\{\{\s*(\w+)(?:[^\w}][^}]*)?\}\}/g,
    (placeholder, name: string) => String(values[name] ?? placeholder),
  );
}

/** What a kind of identifier is called within a sentence. */
export function nameOf(identifier: Identifier): string {
  return text(identifier === "phone" ? "description.phone_number" : `description.${identifier}`);
}

/** Makes clicks on the elements of one action do something. Links with an action lead nowhere by themselves. */
export function onAction(action: string, work: (element: HTMLElement) => unknown): void {
  for (const one of document.querySelectorAll<HTMLElement>(`[data-action="${action}"]`)) {
    one.addEventListener("click", (event) => {
      event.preventDefault();
      void work(one);
    });
  }
}

/** Shows what is there for one kind of identifier only. */
export function showFor(identifier: Identifier): void {
  for (const one of document.querySelectorAll<HTMLElement>("[data-for]")) {
    one.hidden = !one.dataset["for"]?.split(" ").includes(identifier);
  }
}

/** A logo that cannot be loaded, as without a network, is as if none were declared. */
export function hideBrokenLogo(): void {
  const logo = document.querySelector<HTMLImageElement>("img.logo");
  logo?.decode().catch(() => {
    logo.hidden = true;
  });
}

/** Another page of this sign-in. The query goes along: the application is named in it. */
export function go(path: string, { replace = false } = {}): Promise<never> {
  return leave(path + location.search, replace);
}

/** Where the server sends the browser when the sign-in is done. Comes from its API and from nowhere else. */
export function follow({ redirectTo }: { redirectTo: string }): Promise<never> {
  return leave(redirectTo, true);
}

/** Never comes back, so that a form stays busy until the browser has left the page. */
function leave(address: string, replace: boolean): Promise<never> {
  if (replace) {
    location.replace(address);
  } else {
    location.assign(address);
  }
  return new Promise(() => undefined);
}

/** The page before, or the first one where a tab was opened with this page. */
export function goBack(): Promise<never> {
  if (history.length > 1) {
    history.back();
    return new Promise(() => undefined);
  }
  return go("/sign-in", { replace: true });
}

/** A text of the page that depends on what the person typed. */
export function fillIn(
  key: "description.enter_passcode" | "description.enter_password_for",
  values: Record<string, string>,
): void {
  element(`[data-text="${key}"]`).textContent = text(key, values);
}

/** The page was opened by itself: what it goes on from is not there. */
export function showInvalidSession(): void {
  const message = (element("#invalid-session") as HTMLTemplateElement).content.cloneNode(true);
  const paragraph = document.createElement("p");
  paragraph.className = "description";
  paragraph.append(message);
  element("#main").replaceChildren(element(".logto_branding-header"), paragraph);
  element("#heading").textContent = document.title;
}
