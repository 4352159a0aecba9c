import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A proxy in front of Postgres, for a test that has to be there when a statement comes. */
export interface DatabaseProxy {
  port: number;
  /**
   * Calls `act` at each message of a client's; what it answers becomes of the connection. "cut" is before the
   * server gets the message, "lose" once it has answered it.
   */
  watch(act: (message: string, count: number) => "cut" | "lose" | undefined): void;
  stop(): Promise<void>;
}

export async function startDatabaseProxy(upstream: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(upstream);
  const sockets = new Set<Socket>();
  let act: Parameters<DatabaseProxy["watch"]>[0] = () => undefined;
  let count = 0;

  const server = createServer((client) => {
    const database = connect(Number(port), hostname);
    const cut = () => {
      client.destroy();
      database.destroy();
    };
    let isLosing = false;
    for (const socket of [client, database]) {
      sockets.add(socket);
      socket.on("error", cut).on("close", cut);
    }
    client.on("data", (message) => {
      count += 1;
      const fate = act(message.toString("latin1"), count);
      isLosing = fate === "lose";
      if (fate === "cut") cut();
      else database.write(message);
    });
    database.on("data", (answer) => (isLosing ? cut() : client.write(answer)));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    watch(next) {
      act = next;
      count = 0;
    },
    async stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
  };
}
