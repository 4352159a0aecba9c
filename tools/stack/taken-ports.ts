import path from "node:path";
import { isPortTaken, pidsOf } from "../../infra/server/processes/background-process";
import { runningPort } from "../../infra/server/embedded/postgres-cluster";
import { userError } from "../../infra/user-error";
import { readStackFile } from "./project";
import { isUrl } from "../../infra/url";

interface DeclaredPort {
  port: number;
  /** The setting that names the port. */
  setting: string;
  /** Whether the port is used by the stack's own program, or by one that will be replaced. */
  isOurs: boolean;
}

/**
 * Refuses ports that other programs use before an `up` of the runtime `embedded` creates anything. It reports all of
 * them at once: the resources themselves would report one in each run.
 *
 * The settings check the stack's file, so that is not done here.
 *
 * @throws a user error with a line for each port
 */
export async function requireFreePorts(project: string, stack: string): Promise<void> {
  const problems: string[] = [];
  for (const { port, setting, isOurs } of portsOf(project, stack)) {
    if (!isOurs && (await isPortTaken(port, 0))) {
      problems.push(
        `Port ${port} (${setting}) is taken by another program: end that program, or name another port there.`,
      );
    }
  }
  if (problems.length > 0) throw userError(problems.join("\n"));
}

function portsOf(project: string, stack: string): DeclaredPort[] {
  const { config = {} } = readStackFile(project, stack);
  if (config["logto-stack:runtime"] !== "embedded") return [];
  const { outboxPort, postgresPort } = (config["logto-stack:embedded"] ?? {}) as {
    outboxPort?: unknown;
    postgresPort?: unknown;
  };
  const folder = path.join(project, ".logto-stack", path.basename(stack));
  const runs = (name: string) => pidsOf(path.join(folder, name, "config.json")).length > 0;
  const isPostgresOurs = runningPort(path.join(folder, "postgres")) !== undefined;
  return [
    ...["logto:endpoint", "logto:adminEndpoint"].map((key) => ({
      port: portIn(config[key]),
      setting: key,
      isOurs: runs("sandbox"),
    })),
    {
      port: outboxPort ?? 3003,
      setting: "logto-stack:embedded.outboxPort",
      isOurs: runs("outbox"),
    },
    { port: postgresPort, setting: "logto-stack:embedded.postgresPort", isOurs: isPostgresOurs },
  ].filter((one): one is DeclaredPort => typeof one.port === "number");
}

function portIn(endpoint: unknown): number | undefined {
  if (typeof endpoint !== "string" || !isUrl(endpoint)) return undefined;
  const { port, protocol } = new URL(endpoint);
  return Number(port || (protocol === "https:" ? 443 : 80));
}
