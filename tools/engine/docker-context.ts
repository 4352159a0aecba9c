import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { z } from "zod";
import { userError } from "../../infra/user-error";

const settings = z.object({ currentContext: z.string().optional() });
const context = z.object({
  Endpoints: z.object({ docker: z.object({ Host: z.string() }) }),
});

/**
 * The variables that name the Docker Engine that `docker` itself would use, by its context. Colima, Docker Desktop
 * and rootless engines are set up with a context, but Pulumi's docker plugin only reads DOCKER_HOST.
 *
 * Empty if DOCKER_HOST is set, which takes precedence, and for the context `default`.
 *
 * @throws a user error if the context does not exist
 * @see https://docs.docker.com/engine/manage-resources/contexts/
 */
export function variablesOfContext(env: NodeJS.ProcessEnv): Record<string, string> {
  if (env["DOCKER_HOST"]) return {};
  const home = env["HOME"] ?? os.homedir();
  const folder = env["DOCKER_CONFIG"] || path.join(home, ".docker");
  const name = env["DOCKER_CONTEXT"] || currentContext(path.join(folder, "config.json"));
  if (name === undefined || name === "default") return {};
  const key = createHash("sha256").update(name).digest("hex");
  const meta = path.join(folder, "contexts/meta", key, "meta.json");
  const found = context.safeParse(parsed(meta));
  if (!found.success) {
    throw userError(
      `The Docker context "${name}" ${existsSync(meta) ? "names no engine" : "does not exist"} (${meta}): choose another with docker context use, or set DOCKER_HOST.`,
    );
  }
  const certificates = path.join(folder, "contexts/tls", key, "docker");
  return {
    DOCKER_HOST: found.data.Endpoints.docker.Host,
    ...(existsSync(certificates) && { DOCKER_CERT_PATH: certificates, DOCKER_TLS_VERIFY: "1" }),
  };
}

function currentContext(file: string): string | undefined {
  const found = settings.safeParse(parsed(file));
  return found.success ? found.data.currentContext || undefined : undefined;
}

/** Undefined for a missing file, and for an invalid one, of which docker itself will complain. */
function parsed(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    return undefined;
  }
}
