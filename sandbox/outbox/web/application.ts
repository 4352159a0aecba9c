import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { PassThrough } from "node:stream";
import { bodyParser } from "@koa/bodyparser";
import { Router } from "@koa/router";
import Koa, { type Context, type Middleware } from "koa";
import { browserScript } from "../../http/browser-script";
import { logRequests } from "../../http/request-log";
import { logUnexpected } from "../../log";
import type { FailureSwitch } from "../failure";
import type { Mails } from "../mails";
import { renderPage } from "./page";

interface Parts {
  port: number;
  mails: Mails;
  failure: FailureSwitch;
}

/** The outbox's page, and the same as JSON. */
export function webApplication({ port, mails, failure }: Parts): Koa {
  const router = new Router();

  router.get("/", (context) => {
    context.type = "html";
    context.body = renderPage(mails.list(), failure.current);
  });
  const stylesheet = readFileSync(path.join(__dirname, "page.css"), "utf8");
  router.get("/page.css", (context) => {
    context.type = "css";
    context.body = stylesheet;
  });
  const script = browserScript(path.join(__dirname, "browser", "main.ts"));
  router.get("/page.js", (context) => {
    context.type = "text/javascript";
    context.body = script;
  });
  router.get("/changes", (context) => tellChanges(context as unknown as Context, mails));
  router.get("/status", (context) => {
    context.status = 204;
  });

  router.get("/mails", (context) => {
    context.body = mails.list();
  });
  router.delete("/mails", (context) => {
    mails.clear();
    context.status = 204;
  });
  router.put("/failure", bodyParser({ enableTypes: ["json"] }) as never, (context) => {
    const problem = failure.set(context.request.body);
    if (problem) {
      context.status = 400;
      context.body = { message: problem };
    } else {
      mails.touch();
      context.status = 204;
    }
  });
  router.delete("/failure", (context) => {
    failure.current = undefined;
    mails.touch();
    context.status = 204;
  });

  const application = new Koa();
  application.on("error", (error) => logUnexpected(error));
  application.use(logRequests());
  application.use(onlyByItsNames(port));
  application.use(securityHeaders());
  application.use(router.routes() as Middleware);
  application.use(router.allowedMethods() as Middleware);
  return application;
}

/**
 * A page of the web whose name leads to this machine could read the codes as its own; its requests come
 * under that name.
 */
function onlyByItsNames(port: number): Middleware {
  const names = [`localhost:${port}`, `127.0.0.1:${port}`];
  return async (context, next) => {
    if (!names.includes(context.get("Host"))) {
      context.status = 421;
      context.body = `The outbox answers as ${names.join(" and ")} only.`;
      return;
    }
    await next();
  };
}

/**
 * A mail's frame has this policy too: its styles are its own, and nothing in it is loaded, neither pictures
 * nor the pages that its links lead to.
 */
function securityHeaders(): Middleware {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self' 'unsafe-inline'",
    "img-src data:",
    "connect-src 'self'",
    "form-action 'none'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
  return async (context, next) => {
    context.set({
      "Content-Security-Policy": policy,
      "Cache-Control": "no-store",
      "Cross-Origin-Resource-Policy": "same-origin",
      "Referrer-Policy": "no-referrer",
      "X-Content-Type-Options": "nosniff",
      "X-DNS-Prefetch-Control": "off",
    });
    await next();
  };
}

/** A line for each change, as long as the page is open. */
function tellChanges(context: Context, mails: Mails): void {
  const lines = new PassThrough();
  context.type = "text/event-stream";
  context.body = lines;
  lines.write(": connected\n\n");
  const stop = mails.onChange(() => lines.write("data: changed\n\n"));
  void once(context.res, "close").then(() => {
    stop();
    lines.destroy();
  });
}
