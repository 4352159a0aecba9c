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

/** Lets requests end, and keeps nobody waiting for long who holds a connection open. */
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
