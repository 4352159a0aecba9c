import { randomBytes } from "node:crypto";
import { logtoImage } from "../images/logto";
import { postgresImage } from "../images/postgres";
import { describeWithDocker, docker } from "../support/docker";
import { DockerStack } from "../support/docker-stack";
import { OutboxContainer } from "./outbox-container";
import { walkThroughSignIn } from "./sign-in-walk";
import { OwnStack } from "./stack";

/**
 * The way of sign-in.test.ts by the stack `dev`. Its Logto sends through SendGrid, which here is a container
 * of the stack's network by that name: it trusts that one by `caCertificatesFile`, as any Logto would.
 */
jest.setTimeout(600_000);

const secret = (begin: string) => `${begin}${randomBytes(16).toString("hex")}`;

async function standUp(): Promise<OwnStack> {
  const apiKey = secret("SG.");
  const stack = await DockerStack.copy({
    postgresImage: await postgresImage(docker),
    logtoImage: await logtoImage(docker),
    clientSecret: secret("s"),
    apiKey,
    settings: ["caCertificatesFile: outbox.pem"],
  });
  const outbox = await OutboxContainer.make(`${stack.name}-outbox`, apiKey);
  stack.project.write("outbox.pem", outbox.certificate);
  return OwnStack.up({
    name: "dev",
    project: stack.project,
    openOutbox: () => outbox.start(stack.name),
    closeOutbox: () => outbox.remove(),
    remove: () => stack.remove(),
  });
}

describeWithDocker("Bookstore by containers", () => {
  walkThroughSignIn({ stack: "dev", isOwn: true, standUp });
});
