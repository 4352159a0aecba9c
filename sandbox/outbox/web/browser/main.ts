/** Long enough to be seen, in milliseconds. */
const resultShown = 3_000;

// It connects again by itself, and then what came meanwhile is fetched.
const changes = new EventSource("/changes");
changes.addEventListener("open", () => void refresh());
changes.addEventListener("message", () => void refresh());

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button") : null;
  if (button?.dataset["copy"] !== undefined) {
    void copy(button, button.dataset["copy"]);
  } else if (button?.dataset["action"] === "clear") {
    void fetch("/mails", { method: "DELETE" });
  } else if (button?.dataset["action"] === "mend") {
    void fetch("/failure", { method: "DELETE" });
  }
});

async function copy(button: HTMLButtonElement, code: string): Promise<void> {
  const result = await navigator.clipboard.writeText(code).then(
    () => "Copied",
    () => "Not allowed",
  );
  button.textContent = result;
  element("announcements").textContent = result;
  setTimeout(() => {
    button.textContent = "Copy";
    element("announcements").textContent = "";
  }, resultShown);
}

/** What is on the page stays as it is, opened or scrolled as it may be: only what is new comes in. */
async function refresh(): Promise<void> {
  const response = await fetch("/");
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  document.title = page.title;
  for (const id of ["count", "failure", "hint"]) {
    const now = element(id, page);
    if (element(id).innerHTML !== now.innerHTML) element(id).replaceWith(now);
  }
  const mails = element("mails");
  const wanted = [...element("mails", page).children];
  const ids = new Set(wanted.map(({ id }) => id));
  for (const shown of [...mails.children]) {
    if (!ids.has(shown.id)) shown.remove();
  }
  const added = wanted.filter(({ id }) => document.getElementById(id) === null);
  mails.prepend(...added);
  if (added.length > 0) {
    element("announcements").textContent = added.length === 1 ? "A new mail" : "New mails";
  }
}

function element(id: string, page: Document = document): HTMLElement {
  const found = page.getElementById(id);
  if (found === null) throw new Error(`The page has no element ${id}.`);
  return found;
}
