import { once } from "node:events";
import http, {
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port";

/**
 * A proxy in front of an HTTP server that does to a request what networks, gateways and servers do.
 *
 * It is our own because it has to cut an answer short in the middle of the length that it announced, to hold
 * a request while a test kills somebody, and to be gone for a while under the same port; what npm has
 * (mockttp) does none of these, and brings 97 packages along.
 */
export interface FaultProxy {
  endpoint: string;
  /** What came, in order: method, path and body. */
  readonly seen: readonly Seen[];
  /**
   * From now on, and until the next call of this, each request for which `choose` names a fault suffers it.
   * The count is that of the requests since this call, from 1.
   */
  plan(choose: (request: Seen, count: number) => Fault | undefined): void;
  /** No further faults, and the server is there. */
  clear(): Promise<void>;
  stop(): Promise<void>;
}

export interface Seen {
  line: string;
  body: string;
}

/** What becomes of one request, told by a name that reads well in a test's. */
export type Fault = (exchange: Exchange) => Promise<void> | void;

interface Exchange {
  seen: Seen;
  /** Has the server carry the request out, and waits for all of its answer. */
  forward: (changes?: { authorization: string }) => Promise<Answer>;
  /**
   * Has the server carry it out when it is sent again: just before that, or after it and before the answer. If it is not
   * sent again, in the end.
   */
  forwardLate: (when: When) => void;
  answer: (answer: Answer) => void;
  /** Only the first half of what was announced, and then nothing. */
  cutShort: (answer: Answer) => void;
  breakOff: () => void;
  /** As when the server is stopped and started again: no one is connected, and nothing listens. */
  beGone: (milliseconds: number) => Promise<void>;
}

type When = "before" | "after";

interface Answer {
  status: number;
  headers?: OutgoingHttpHeaders;
  body?: Buffer;
}

/** Seconds are what HTTP knows; our client takes fractions of one, and the tests do not have them to lose. */
const retryAfter = "0.02";

const refusal = (status: number, headers: OutgoingHttpHeaders = {}): Answer => ({
  status,
  headers: { "content-type": "text/html", ...headers },
  body: Buffer.from(`<html>${status}\nfrom a gateway</html>`),
});

/** Every fault of the matrix: what goes wrong before the server acts, after it acted, and with its answer. */
export const faults = {
  "is cut off before it arrives": ({ breakOff }) => breakOff(),
  "is answered, and the answer is lost": async ({ forward, breakOff }) => {
    await forward();
    breakOff();
  },
  "is over a limit (429 with Retry-After)": ({ answer }) =>
    answer(refusal(429, { "retry-after": retryAfter })),
  "is answered 500": ({ answer }) => answer(refusal(500)),
  "is answered 500 after it was carried out": async ({ forward, answer }) => {
    await forward();
    answer(refusal(500));
  },
  "is answered 502": ({ answer }) => answer(refusal(502)),
  "is answered 503": ({ answer }) => answer(refusal(503)),
  "is answered 504": ({ answer }) => answer(refusal(504)),
  "is answered 504 after it was carried out": async ({ forward, answer }) => {
    await forward();
    answer(refusal(504));
  },
  "is answered 504, and carried out after it was sent again": ({ forwardLate, answer }) => {
    forwardLate("after");
    answer(refusal(504));
  },
  "is answered 504, and carried out just before it is sent again": ({ forwardLate, answer }) => {
    forwardLate("before");
    answer(refusal(504));
  },
  "is answered with a body that is cut short": async ({ forward, cutShort }) =>
    cutShort(await forward()),
  "is answered with half of its JSON": async ({ forward, answer }) => {
    const whole = await forward();
    const half = whole.body?.subarray(0, whole.body.length / 2);
    answer({ ...whole, ...(half && { body: half }) });
  },
  "comes with a token that has expired": async ({ forward, answer }) =>
    answer(await forward({ authorization: "Bearer expired" })),
  "is answered slowly": async ({ forward, answer }) => {
    const whole = await forward();
    await pause(100);
    answer(whole);
  },
  "is carried out and never answered": async ({ forward }) => {
    await forward();
  },
  "finds the server stopped for a while": ({ beGone }) => beGone(10),
} satisfies Record<string, Fault>;

export async function startFaultProxy(upstream: string): Promise<FaultProxy> {
  const seen: Seen[] = [];
  let choose: (request: Seen, count: number) => Fault | undefined = () => undefined;
  let count = 0;
  let absence: Promise<void> | undefined;
  /** What somebody on the way still has, by its line and body: others at the same address are not its repetition. */
  const late = new Map<string, { when: When; passOn: () => Promise<unknown> }>();
  // One that has been killed in the middle leaves a connection behind that no one else shall get.
  const agent = new http.Agent({ keepAlive: true });

  const server = http.createServer((request, response) => {
    void handle(request, response).catch((error: unknown) => {
      response.destroy(error as Error);
    });
  });
  const port = await freePort();
  /** Somebody else may have the port for a moment. */
  const listen = async (attempt = 1): Promise<void> => {
    server.listen(port, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || attempt === 50) throw error;
      await pause(100);
      await listen(attempt + 1);
    }
  };
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    server.closeAllConnections();
    await closed;
  };

  async function comeBack(milliseconds: number): Promise<void> {
    await close();
    await pause(milliseconds);
    await listen();
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    const entry = { line: `${request.method ?? ""} ${request.url ?? ""}`, body: body.toString() };
    seen.push(entry);
    count += 1;
    const fault = choose(entry, count) ?? passOn;
    const key = `${entry.line} ${entry.body}`;
    const held = late.get(key);
    late.delete(key);
    if (held?.when === "before") await held.passOn();
    await fault({
      seen: entry,
      forward: async (changes) => {
        const answer = await forward(request, body, changes);
        if (held?.when === "after") await held.passOn();
        return answer;
      },
      forwardLate: (when) => {
        late.set(key, { when, passOn: () => forward(request, body) });
      },
      answer: ({ status, headers, body: text }) => response.writeHead(status, headers).end(text),
      cutShort: ({ status, headers, body: text = Buffer.alloc(0) }) => {
        response.writeHead(status, { ...headers, "content-length": text.length + 1 });
        response.write(text.subarray(0, text.length / 2), () => request.socket.destroy());
      },
      breakOff: () => request.socket.destroy(),
      beGone: (milliseconds) => {
        absence ??= comeBack(milliseconds).finally(() => {
          absence = undefined;
        });
        return absence;
      },
    });
  }

  async function forward(
    request: IncomingMessage,
    body: Buffer,
    changes: OutgoingHttpHeaders = {},
  ): Promise<Answer> {
    const { host } = new URL(upstream);
    const sent = http.request(`${upstream}${request.url ?? ""}`, {
      agent,
      method: request.method ?? "GET",
      headers: { ...request.headers, host, ...changes },
    });
    sent.end(body);
    const [received] = (await once(sent, "response")) as [IncomingMessage];
    const answered = await bodyOf(received);
    const {
      "transfer-encoding": _,
      "content-length": __,
      connection: ___,
      ...headers
    } = received.headers;
    return { status: received.statusCode ?? 0, headers, body: answered };
  }

  await listen();
  return {
    endpoint: `http://127.0.0.1:${port}`,
    seen,
    plan(chosen) {
      choose = chosen;
      count = 0;
    },
    async clear() {
      choose = () => undefined;
      await absence;
      for (const { passOn } of late.values()) await passOn();
      late.clear();
    },
    async stop() {
      await close();
      agent.destroy();
    },
  };
}

const passOn: Fault = async ({ forward, answer }) => answer(await forward());

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
