import { timingSafeEqual, createHash } from "node:crypto";
import { once } from "node:events";
import { finished } from "node:stream/promises";
import { bodyParser } from "@koa/bodyparser";
import { Router } from "@koa/router";
import Koa, { type Context, type Middleware } from "koa";
import { logRequests } from "../http/request-log";
import { logUnexpected } from "../log";
import type { Configuration } from "./configuration";
import type { FailureSwitch } from "./failure";
import { readMailSend } from "./mail-send";
import type { Mails } from "./mails";
import { helpOn, Refusal, refusal } from "./sendgrid-errors";

/** Attachments included. */
const sizeLimit = "30mb";

/**
 * The part of SendGrid's v3 API that sends mail, and what a key may ask about itself and its senders.
 *
 * @see https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send
 */
export function sendGridApplication(
  { apiKey, verifiedSenders }: Pick<Configuration, "apiKey" | "verifiedSenders">,
  mails: Mails,
  failure: FailureSwitch,
): Koa {
  const router = new Router({ prefix: "/v3" });

  router.post("/mail/send", failAsTold(failure), parseJson(), async (context) => {
    const {
      messageId,
      mails: sent,
      isOnlyChecked,
    } = readMailSend(context.request.body, verifiedSenders);
    if (isOnlyChecked) {
      context.status = 200;
    } else {
      // What is accepted is not lost when the process is killed.
      await mails.add(sent);
      context.set("X-Message-Id", messageId);
      context.status = 202;
    }
    context.body = "";
  });

  router.get("/scopes", (context) => {
    context.body = {
      scopes: [
        "mail.send",
        ...(verifiedSenders ? ["sender_verification_eligible", "whitelabel.read"] : []),
      ],
    };
  });
  router.get("/verified_senders", (context) => {
    context.body = {
      results: readable(verifiedSenders).map((email, index) => ({
        id: index + 1,
        nickname: email,
        from_email: email,
        verified: true,
        locked: false,
      })),
    };
  });
  router.get("/whitelabel/domains", (context) => {
    readable(verifiedSenders);
    context.body = [];
  });

  const application = new Koa();
  application.on("error", (error) => logUnexpected(error));
  application.use(logRequests());
  application.use(answerRefusals());
  application.use(requireKey(apiKey));
  application.use(router.routes() as Middleware);
  application.use(() => {
    throw refusal(404);
  });
  return application;
}

/** A key that may only send is refused what it asks about senders. */
function readable(verifiedSenders: readonly string[] | undefined): readonly string[] {
  if (verifiedSenders === undefined) throw refusal(403);
  return verifiedSenders;
}

function answerRefusals(): Middleware {
  return async (context, next) => {
    try {
      await next();
    } catch (error) {
      if (!(error instanceof Refusal)) {
        logUnexpected(error);
      }
      const { status, errors } = error instanceof Refusal ? error : refusal(500);
      context.status = status;
      context.body = { errors };
      if (status === 429) {
        const reset = Math.ceil(Date.now() / 1000) + 60;
        context.set({
          "X-RateLimit-Limit": "600",
          "X-RateLimit-Remaining": "0",
          "X-RateLimit-Reset": String(reset),
        });
      }
    }
  };
}

/** Compares digests, whose length tells nothing, in a time that tells nothing. */
function requireKey(apiKey: string): Middleware {
  const wanted = digest(`Bearer ${apiKey}`);
  return async (context, next) => {
    const given = digest(context.get("Authorization"));
    if (!timingSafeEqual(given, wanted)) {
      throw refusal(401);
    }
    await next();
  };
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function failAsTold(failure: FailureSwitch): Middleware {
  return async (context, next) => {
    const told = failure.current;
    if (told === undefined) {
      await next();
    } else if ("hang" in told) {
      await goneClient(context);
    } else {
      throw refusal(told.status, told.message);
    }
  };
}

/** The client is gone: there is no one to answer any more. */
async function goneClient(context: Context): Promise<void> {
  context.respond = false;
  context.req.resume();
  await once(context.res, "close");
}

function parseJson(): Middleware {
  const parse = bodyParser({
    enableTypes: ["json"],
    jsonLimit: sizeLimit,
    onError(error) {
      throw refusal((error as { status?: number }).status === 413 ? 413 : 400);
    },
  }) as Middleware;
  return async (context, next) => {
    if (context.is("application/json") !== "application/json") {
      throw new Refusal(415, [
        {
          message: "Content-Type should be application/json.",
          field: "Content-Type",
          help: helpOn("-Content-Type-Errors"),
        },
      ]);
    }
    try {
      await parse(context, next);
    } catch (error) {
      if (error instanceof Refusal && error.status === 413) {
        // A client that still writes does not read: it would see a broken connection in place of the answer.
        context.req.resume();
        await finished(context.req).catch(() => undefined);
      }
      throw error;
    }
  };
}
