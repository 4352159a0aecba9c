import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { freePort } from "./free-port";

/** A proxy in front of Postgres, for a test that has to be there when a statement comes. */
export interface DatabaseProxy {
  port: number;
  /** Calls `act` at each message of a client's that the server answers; what it says becomes of it. */
  watch(act: Act): void;
  /** No one is connected and nothing listens, as while the server is stopped. */
  leave(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

type Act = (
  message: string,
  count: number,
) => Promise<Fate | OnAnswer | undefined> | Fate | OnAnswer | undefined;

/** Called when the server has answered; the connection breaks after it. */
type OnAnswer = () => void;

/**
 * - cut: the connection breaks before the server gets the message
 * - lose: it breaks once the server has answered
 * - halve: it breaks in the middle of the answer
 * - hush: the message is carried out, and no answer comes
 * - vanish: the message never arrives, and neither side is told
 * - delay: the answer takes its time
 * - garble: the message arrives with a letter near its end changed, as a password that is mistyped
 */
export type Fate = "cut" | "lose" | "halve" | "hush" | "vanish" | "delay" | "garble";

export async function startDatabaseProxy(upstream: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(upstream);
  const sockets = new Set<Socket>();
  let act: Act = () => undefined;
  let count = 0;

  const server = createServer({ allowHalfOpen: true }, (client) => {
    const database = connect(Number(port), hostname);
    const cut = () => {
      for (const socket of [client, database]) {
        socket.destroy();
        sockets.delete(socket);
      }
    };
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", cut).on("close", cut);
    }
    let fate: Fate | OnAnswer | undefined;
    client.on("end", () => {
      if (fate !== "vanish") client.end();
    });
    const pass = async (message: Buffer) => {
      count += 1;
      fate = await act(message.toString("latin1"), count);
      if (fate === "cut") cut();
      else if (fate === "garble") database.write(garbled(message));
      else if (fate !== "vanish") database.write(message);
    };
    const answer = async (text: Buffer) => {
      if (typeof fate === "function") fate();
      if (fate === "lose" || typeof fate === "function") cut();
      else if (fate === "halve") client.write(text.subarray(0, text.length / 2), cut);
      else if (fate !== "hush" && fate !== "vanish") {
        if (fate === "delay") await pause(20);
        client.write(text);
      }
    };
    inTurn(client, messagesOf(), pass, cut);
    inTurn(database, (text) => [text], answer, cut);
  });
  const listen = async (at: number) => {
    server.listen(at, "127.0.0.1");
    await once(server, "listening");
  };
  const close = async () => {
    const closed = once(server, "close");
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };

  const own = await freePort();
  await listen(own);
  return {
    port: own,
    watch(next) {
      act = next;
      count = 0;
    },
    leave: close,
    comeBack: () => listen(own),
    async stop() {
      if (server.listening) await close();
    },
  };
}

/** Has each piece of what comes from there handled after the one before. */
function inTurn(
  from: Socket,
  pieces: (text: Buffer) => Buffer[],
  handle: (piece: Buffer) => Promise<void>,
  cut: () => void,
): void {
  let before: Promise<void> = Promise.resolve();
  from.on("data", (text: Buffer) => {
    for (const piece of pieces(text)) before = before.then(() => handle(piece)).catch(cut);
  });
}

const [password, simpleQuery, sync, terminate] = ["p", "Q", "S", "X"];

/**
 * A client's messages up to the next that the server answers, whatever the pieces are that they come in: the one
 * that starts the connection, a part of the password, a statement with its values, the farewell.
 *
 * @see https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
function messagesOf(): (text: Buffer) => Buffer[] {
  let rest = Buffer.alloc(0);
  let isStarted = false;
  return (text) => {
    rest = Buffer.concat([rest, text]);
    const whole: Buffer[] = [];
    for (let end = 0; ;) {
      const typeLength = isStarted ? 1 : 0;
      if (rest.length < end + typeLength + 4) return whole;
      const next = end + typeLength + rest.readInt32BE(end + typeLength);
      if (rest.length < next) return whole;
      const type = rest.toString("latin1", end, end + typeLength);
      end = next;
      if (isStarted && ![password, simpleQuery, sync, terminate].includes(type)) continue;
      isStarted = true;
      whole.push(rest.subarray(0, end));
      rest = rest.subarray(end);
      end = 0;
    }
  };
}

function garbled(message: Buffer): Buffer {
  const copy = Buffer.from(message);
  const place = copy.length - 8;
  copy.writeUInt8(copy.readUInt8(place) === 0x41 ? 0x42 : 0x41, place);
  return copy;
}
