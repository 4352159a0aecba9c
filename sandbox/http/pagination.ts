import type { Context } from "koa";
import { z } from "zod";
import { LogtoError } from "../errors";

export interface Page {
  limit: number;
  offset: number;
}

const defaultSize = 20;
const number = z.number().positive();

/** The page that is asked for; the first one where the request names none. */
export function requestedPage(context: Context): Page {
  const { page, page_size: size } = context.query;
  const parsedPage = number.safeParse(page ? Number(page) : 1);
  const parsedSize = number.max(100).safeParse(size ? Number(size) : defaultSize);
  if (!parsedPage.success || !parsedSize.success) {
    throw new LogtoError("guard.invalid_pagination");
  }
  return { limit: parsedSize.data, offset: (parsedPage.data - 1) * parsedSize.data };
}

/** Some lists come as a whole if a request names neither page nor size. */
export function optionallyRequestedPage(context: Context): Page | undefined {
  const { page, page_size: size } = context.query;
  return page || size ? requestedPage(context) : undefined;
}

/** Says in the headers how many there are, and where the other pages lie. */
export function describePage(context: Context, { limit, offset }: Page, total: number): void {
  const current = Math.floor(offset / limit) + 1;
  const last = Math.ceil(total / limit) || 1;
  context.set("Total-Number", String(total));
  for (const [relation, page] of [
    ["first", 1],
    ...(current > 1 ? [["prev", current - 1] as const] : []),
    ["last", last],
    ...(current < last ? [["next", current + 1] as const] : []),
  ] as const) {
    context.append("Link", linkTo(context, page, relation));
  }
}

function linkTo(context: Context, page: number, relation: string): string {
  const query = new URLSearchParams({
    ...(context.query as Record<string, string>),
    page: String(page),
  });
  // No origin where the Host header is not one; the path is the one below `/api`, in Logto too.
  const { origin = "" } = context.URL as Partial<URL>;
  return `<${origin}${context.path}?${query.toString()}>; rel="${relation}"`;
}
