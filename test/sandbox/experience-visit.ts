import type { Sandbox } from "../support/sandbox";
import { Visitor } from "../support/visitor";
import { authorizationUrl, type Client } from "./oidc-client";

export type Event = "SignIn" | "Register" | "ForgotPassword";

export interface Reply {
  status: number;
  /** Parsed where it is JSON; text else. */
  body: unknown;
}

export interface Named {
  type: "email" | "phone" | "username";
  value: string;
}

export const email = (value: string): Named => ({ type: "email", value });
export const username = (value: string): Named => ({ type: "username", value });

/** A refusal as the tests expect it. */
export function refusal(status: number, code: string, data?: unknown): object {
  return { status, body: { code, ...(data !== undefined && { data }) } };
}

/** One browser's sign-in, whose page asks the Experience API. */
export class Visit {
  private constructor(readonly visitor: Visitor) {}

  static async begin(
    sandbox: Pick<Sandbox, "endpoint">,
    client: Client,
    event: Event,
    parameters: Record<string, string> = {},
  ): Promise<Visit> {
    const visit = await Visit.open(sandbox, client, parameters);
    expect(await visit.put("", { interactionEvent: event })).toEqual({ status: 204, body: "" });
    return visit;
  }

  /** With a page that has asked nothing yet. */
  static async open(
    sandbox: Pick<Sandbox, "endpoint">,
    client: Client,
    parameters: Record<string, string> = {},
  ): Promise<Visit> {
    const visitor = new Visitor(sandbox.endpoint);
    await visitor.get(authorizationUrl(client, parameters));
    return new Visit(visitor);
  }

  put = (path: string, body: object, headers = {}) => this.ask("PUT", path, body, headers);
  post = (path: string, body: object = {}, headers = {}) => this.ask("POST", path, body, headers);
  get = (path: string) => this.ask("GET", path);

  sendCode(identifier: Named, interactionEvent: Event, headers = {}): Promise<Reply> {
    const body = { identifier, interactionEvent };
    return this.post("/verification/verification-code", body, headers);
  }

  verifyCode(identifier: Named, verificationId: string, code: string): Promise<Reply> {
    const body = { identifier, verificationId, code };
    return this.post("/verification/verification-code/verify", body);
  }

  verifyPassword(identifier: Named, password: string): Promise<Reply> {
    return this.post("/verification/password", { identifier, password });
  }

  identify(verificationId?: string): Promise<Reply> {
    return this.post("/identification", verificationId === undefined ? {} : { verificationId });
  }

  /** Submits, and goes on to the application: the code that it gets. */
  async arrive(): Promise<string> {
    const { status, body } = await this.post("/submit");
    expect({ status, body }).toMatchObject({ status: 200 });
    const { location } = await this.visitor.follow((body as { redirectTo: string }).redirectTo);
    return new URL(location as string).searchParams.get("code") as string;
  }

  private async ask(method: string, path: string, body?: object, headers = {}): Promise<Reply> {
    const page = await this.visitor.request(method, `/api/experience${path}`, {
      headers: { ...(body && { "content-type": "application/json" }), ...headers },
      ...(body && { body: JSON.stringify(body) }),
    });
    const isJson = page.headers.get("content-type")?.includes("json") ?? false;
    return { status: page.status, body: isJson ? JSON.parse(page.text) : page.text };
  }
}

/** The verification that an answer names. */
export function idOf({ status, body }: Reply): string {
  expect({ status, body }).toMatchObject({ status: 200 });
  return (body as { verificationId: string }).verificationId;
}
