import { type Outbox, startOutbox } from "../support/outbox";
import { type Sandbox, startSandboxProcess } from "../support/sandbox";
import { sendGrid } from "./connector-bodies";
import { addClient, type Client } from "./oidc-client";

/** A sandbox whose codes come to an outbox, and an application to sign in to. */
export interface ExperienceServer {
  outbox: Outbox;
  sandbox: Sandbox;
  bookstore: Client;
  stop(): Promise<void>;
}

export async function startExperience(): Promise<ExperienceServer> {
  const outbox = await startOutbox();
  const sandbox = await startSandboxProcess({ mailServer: outbox.mailServer });
  await sandbox.request("POST", "/api/connectors", sendGrid);
  const bookstore = await addClient(sandbox);
  return {
    outbox,
    sandbox,
    bookstore,
    async stop() {
      await sandbox.stop();
      await outbox.stop();
    },
  };
}

let people = 0;

/** A username that no test of the file has had yet. */
export function newName(): string {
  people += 1;
  return `reader_${people}`;
}

/** An address that no test of the file has had yet. */
export const newAddress = () => `${newName()}@bookstore.example`;
