import type http from "node:http";
import type https from "node:https";

type Server = http.Server | https.Server;

/** Errors: a port that is in use, by its number. */
export function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) =>
      reject(
        error.code === "EADDRINUSE"
          ? new Error(
              `port ${port} is in use by another program: end that program or choose another port`,
            )
          : error,
      ),
    );
    server.listen({ port, host }, () => resolve());
  });
}

/**
 * Listens with servers of one kind wherever a name of this machine leads: some have `localhost` for ::1 alone. Without
 * IPv6, and for a `host` of another machine's network, there is one server.
 *
 * @param servers where each is put before it listens, so that a failure leaves none unclosed
 */
export async function listenByName(
  servers: Server[],
  make: () => Server,
  port: number,
  host: string,
): Promise<void> {
  for (const address of host === "127.0.0.1" ? [host, "::1"] : [host]) {
    const server = make();
    servers.push(server);
    try {
      await listen(server, port, address);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const hasNoIpv6 = code === "EADDRNOTAVAIL" || code === "EAFNOSUPPORT";
      if (!(hasNoIpv6 && address === "::1")) throw error;
    }
  }
}

/** Lets requests end, and closes connections that are held open for long. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.closeAllConnections(), 3_000);
    server.close(() => {
      clearTimeout(impatience);
      resolve();
    });
    server.closeIdleConnections();
  });
}
