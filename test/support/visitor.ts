import { createHash, randomBytes } from "node:crypto";

/** What a browser gets: a redirect is an answer, too. */
export interface Page {
  status: number;
  headers: Headers;
  /** The whole `Set-Cookie` lines. */
  cookies: string[];
  /** Where a redirect leads, as the header says it. */
  location: string | undefined;
  text: string;
}

interface Cookie {
  value: string;
  path: string;
}

/** A browser without a screen: it keeps cookies by their path, and goes only where it is sent. */
export class Visitor {
  private readonly cookies = new Map<string, Cookie>();

  constructor(readonly endpoint: string) {}

  get(url: string, headers: Record<string, string> = {}): Promise<Page> {
    return this.request("GET", url, { headers });
  }

  /** As a form of a page would. */
  post(url: string, fields: Record<string, string>): Promise<Page> {
    return this.request("POST", url, {
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(fields).toString(),
    });
  }

  /** Follows redirects from here on within the server, and ends at the first answer that leads elsewhere. */
  async follow(url: string): Promise<Page> {
    let page = await this.get(url);
    while (page.location !== undefined && this.isWithin(page.location)) {
      page = await this.get(page.location);
    }
    return page;
  }

  /** The value of the cookie, wherever it is sent to. */
  cookie(name: string): string | undefined {
    return this.cookies.get(name)?.value;
  }

  setCookie(name: string, value: string): void {
    this.cookies.set(name, { value, path: this.cookies.get(name)?.path ?? "/" });
  }

  async request(
    method: string,
    url: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Page> {
    const target = new URL(url, this.endpoint);
    const response = await fetch(target, {
      method,
      redirect: "manual",
      headers: { cookie: this.cookiesFor(target.pathname), ...headers },
      ...(body !== undefined && { body }),
    });
    const cookies = response.headers.getSetCookie();
    cookies.forEach((line) => this.keep(line));
    return {
      status: response.status,
      headers: response.headers,
      cookies,
      location: response.headers.get("location") ?? undefined,
      text: await response.text(),
    };
  }

  private isWithin(location: string): boolean {
    return new URL(location, this.endpoint).origin === new URL(this.endpoint).origin;
  }

  private cookiesFor(path: string): string {
    return [...this.cookies]
      .filter(([, cookie]) => path.startsWith(cookie.path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join("; ");
  }

  private keep(line: string): void {
    const [pair = "", ...attributes] = line.split(";").map((part) => part.trim());
    const [name = "", value = ""] = pair.split(/=(.*)/s);
    const path = attributes.find((part) => part.startsWith("path="))?.slice("path=".length) ?? "/";
    const isGone = attributes.some((part) => part.startsWith("expires=Thu, 01 Jan 1970"));
    if (isGone) {
      this.cookies.delete(name);
    } else {
      this.cookies.set(name, { value, path });
    }
  }
}

/** What a client with PKCE keeps, and what it sends. */
export function newChallenge(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString("base64url");
  return { verifier, challenge: createHash("sha256").update(verifier).digest("base64url") };
}
