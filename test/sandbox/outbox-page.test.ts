import { mkdirSync, readFileSync } from "node:fs";
import http from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser, BrowserContextOptions } from "playwright-core";
import { launchBrowser, openTab, type Tab } from "../support/browser";
import { type Outbox, startOutbox } from "../support/outbox";
import { sendMail } from "./outbox-mails";

const screenshots = ".logto-stack/screenshots";

let outbox: Outbox;
let browser: Browser;
let tab: Tab;

jest.setTimeout(60_000);

beforeAll(async () => {
  mkdirSync(screenshots, { recursive: true });
  [outbox, browser] = await Promise.all([startOutbox(), launchBrowser()]);
});

afterAll(async () => {
  await browser.close();
  await outbox.stop();
});

afterEach(async () => {
  await tab.close();
  await outbox.recover();
  await outbox.clear();
});

async function open(options: BrowserContextOptions = {}): Promise<Tab> {
  tab = await openTab(browser, options);
  await tab.page.goto(outbox.url);
  return tab;
}

const html = (style: string) =>
  readFileSync("infra/templates/SignIn.html", "utf8")
    .replace(/^---[\s\S]*?---\n/, "")
    .replaceAll("{{code}}", "271828")
    .replace(/\{\{[^}]*\}\}/g, "Bookstore")
    .concat(style);

const both = (extra = "") => ({
  subject: "Your Bookstore sign-in code",
  from: { email: "no-reply@bookstore.example", name: "Bookstore" },
  content: [
    { type: "text/plain", value: "Your code is 271828.\nIt is valid for 10 minutes." },
    { type: "text/html", value: html(extra) },
  ],
});

test("mails come in by themselves, newest first, and what was opened stays open", async () => {
  const { page } = await open();
  await page.waitForSelector("text=No mails yet");
  await sendMail(outbox, { subject: "First" });
  await page.waitForSelector("h2:text-is('First')");
  await page.click("article summary:text-is('Headers')");
  await sendMail(outbox, { subject: "Second" });
  await page.waitForSelector("h2:text-is('Second')");
  expect(await page.locator("h2").allTextContents()).toEqual(["Second", "First"]);
  expect(await page.isVisible("article:nth-child(2) dt:text-is('Message-ID')")).toBe(true);
  expect(await page.isVisible("article:nth-child(1) dt:text-is('Message-ID')")).toBe(false);
  expect(await page.textContent("#count")).toBe("2 mails, newest first");
  expect(await page.title()).toBe("Outbox (2)");
});

test("mails that came while the outbox was away are there when it is back", async () => {
  const { page } = await open();
  await page.waitForSelector("text=No mails yet");
  await outbox.restart();
  await sendMail(outbox, { subject: "After the restart" });
  await page.waitForSelector("h2:text-is('After the restart')");
});

test("a code is copied by a button that says so", async () => {
  await sendMail(outbox, both());
  const { page } = await open({ permissions: ["clipboard-read", "clipboard-write"] });
  expect(await page.textContent(".code code")).toBe("271828");
  await page.click("button:text-is('Copy')");
  await page.waitForSelector("button:text-is('Copied')");
  expect(await page.textContent("#announcements")).toBe("Copied");
  expect(await page.evaluate("navigator.clipboard.readText()")).toBe("271828");
});

test("all mails are deleted by a button", async () => {
  await sendMail(outbox);
  const { page } = await open();
  await page.click("button:text-is('Delete all')");
  await page.waitForSelector("text=No mails yet");
  expect(await page.locator("article").count()).toBe(0);
  expect(await outbox.mails()).toEqual([]);
});

test("it says that sending fails, as soon as it does, and lets it work again", async () => {
  const { page } = await open();
  await outbox.fail({ status: 429 });
  await page.waitForSelector("text=Sending fails with status 429.");
  await page.click("button:text-is('Let it work again')");
  await page.waitForSelector("#failure:empty", { state: "attached" });
  expect((await sendMail(outbox)).status).toBe(202);
});

test("a mail's HTML is shown, runs no script, and reaches nothing, not even by a link", async () => {
  const reached: string[] = [];
  const tracker = http.createServer((request, response) => {
    reached.push(request.url ?? "");
    response.end();
  });
  await new Promise<void>((resolve) => tracker.listen(0, "127.0.0.1", resolve));
  const { port } = tracker.address() as AddressInfo;
  const at = (name: string) => `http://127.0.0.1:${port}/${name}`;
  await sendMail(
    outbox,
    both(
      `<img src="${at("image")}"><link rel="stylesheet" href="${at("style")}">
       <style>@import "${at("import")}"; body { background: url("${at("background")}") }</style>
       <iframe src="${at("frame")}"></iframe><object data="${at("object")}"></object>
       <meta http-equiv="refresh" content="0; url=${at("refresh")}">
       <script>fetch("${at("script")}"); parent.document.title = "Owned"</script>
       <img src="x" onerror="new Image().src = '${at("handler")}'">
       <a id="away" href="${at("link")}">Away</a>
       <form action="${at("form")}"><button id="submit">Send</button></form>`,
    ),
  );
  try {
    const { page } = await open();
    const mail = page.frameLocator("article iframe");
    await mail.locator("text=271828").first().waitFor();
    await mail.locator("#submit").click();
    await mail.locator("#away").click();
    // Long enough for a request to arrive that nothing holds back.
    await page.waitForTimeout(500);
    await page.click("summary:text-is('Source')");
    expect(await page.title()).toBe("Outbox (1)");
    expect(reached).toEqual([]);
  } finally {
    tracker.closeAllConnections();
    tracker.close();
  }
});

describe.each([
  ["light", "desktop", { width: 1280, height: 900 }],
  ["dark", "desktop", { width: 1280, height: 900 }],
  ["light", "phone", { width: 360, height: 740 }],
  ["dark", "phone", { width: 360, height: 740 }],
] as const)("in %s colours on a %s", (colorScheme, device, viewport) => {
  test("it fits, breaks no rule of accessibility and no policy", async () => {
    await sendMail(outbox, { subject: `A plain mail ${"with a long subject ".repeat(5)}` });
    await sendMail(outbox, both());
    await outbox.fail({ status: 403 });
    const { page, errors } = await open({ colorScheme, viewport });
    await page.frameLocator("article iframe").locator("text=271828").first().waitFor();
    await page.screenshot({
      path: `${screenshots}/outbox-${colorScheme}-${device}.png`,
      fullPage: true,
    });
    const isWider = "document.documentElement.scrollWidth > document.documentElement.clientWidth";
    expect(await page.evaluate(isWider)).toBe(false);
    expect(errors).toEqual([]);
    // By the debugger, which the page's policy does not hold back.
    await page.evaluate(readFileSync(require.resolve("axe-core/axe.min.js"), "utf8"));
    const violations = await page.evaluate(
      "axe.run({ exclude: ['iframe'] }).then(({ violations }) => violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`))",
    );
    expect(violations).toEqual([]);
  });
});
