import net from "node:net";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { requireFreePorts } from "../../../tools/stack/taken-ports";
import { freePort } from "../../support/free-port";
import { temporaryFolder } from "../../support/programs";

const servers: net.Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function takenPort(host: string): Promise<number> {
  const server = net.createServer();
  servers.push(server);
  await new Promise<void>((resolve) => server.listen({ port: 0, host }, resolve));
  return (server.address() as net.AddressInfo).port;
}

function projectWith(...lines: string[]): string {
  const project = temporaryFolder();
  const config = ["logto-stack:runtime: embedded", ...lines].map((line) => `  ${line}\n`).join("");
  writeFileSync(path.join(project, "Pulumi.local.yaml"), `config:\n${config}`);
  return project;
}

test("all ports that other programs have are named at once, each with its setting", async () => {
  const [endpoint, outbox, postgres] = [
    await takenPort("127.0.0.1"),
    await takenPort("::1"),
    await takenPort("127.0.0.1"),
  ];
  const project = projectWith(
    `logto:endpoint: http://localhost:${endpoint}`,
    `logto:adminEndpoint: http://localhost:${await freePort()}`,
    `logto-stack:embedded: { outboxPort: ${outbox}, postgresPort: ${postgres} }`,
  );
  await expect(requireFreePorts(project, "local")).rejects.toThrow(
    [
      `Port ${endpoint} (logto:endpoint) is taken by another program: end that program, or name another port there.`,
      `Port ${outbox} (logto-stack:embedded.outboxPort) is taken by another program: end that program, or name another port there.`,
      `Port ${postgres} (logto-stack:embedded.postgresPort) is taken by another program: end that program, or name another port there.`,
    ].join("\n"),
  );
});

test("free ports, and settings that are judged elsewhere, are no problem", async () => {
  const project = projectWith(
    `logto:endpoint: http://localhost:${await freePort()}`,
    "logto:adminEndpoint: nonsense",
    `logto-stack:embedded: { outboxPort: ${await freePort()}, postgresPort: many }`,
  );
  await expect(requireFreePorts(project, "local")).resolves.toBeUndefined();
});
