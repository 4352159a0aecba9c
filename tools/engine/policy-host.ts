import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { isExecutable } from "./executables";
import { hasQuirk } from "./quirks";
import type { Tools } from "./tools";
import { userError } from "../../infra/user-error";

const host = "pulumi-language-nodejs";
const flag = /^--policy-pack(=|$)/;

/**
 * Refuses to judge policies with an engine whose language host cannot start them: the engine itself would only say
 * "not supported".
 *
 * @param args of the command; without a policy pack nothing is checked
 * @throws a user error of one line
 */
export async function requirePolicyHost(
  { engine, env }: Pick<Tools, "engine" | "env">,
  args: readonly string[],
): Promise<void> {
  if (!args.some((arg) => flag.test(arg))) return;
  if (!hasQuirk(engine.version, "policiesByLanguageHost")) return;
  const program = path.join(engine.bin, host);
  if (await startsPolicies(isExecutable(program) ? program : host, env)) return;
  throw userError(
    `The engine ${engine.version} (${engine.bin}) cannot run the policies: the ${host} that it starts is of another, older Pulumi. ` +
      "Install the whole of one Pulumi (https://www.pulumi.com/docs/install/), or take this engine off PATH: then one that can is found or built.",
  );
}

/** How long a host may take to start and answer, in milliseconds. After that the engine reports its problems. */
const patience = 10_000;

/** Sends a host an empty request to start a plugin: an old host does not know the call at all. */
async function startsPolicies(program: string, env: NodeJS.ProcessEnv): Promise<boolean> {
  // They are loaded here because loading takes longer than everything else at the start of an `up`.
  /* eslint-disable @typescript-eslint/no-require-imports -- loaded only where it is needed; import() of a TypeScript file is not for the hook that compiles it */
  const { credentials } = require("@grpc/grpc-js") as typeof import("@grpc/grpc-js");
  const { LanguageRuntimeClient } =
    require("@pulumi/pulumi/proto/language_grpc_pb") as typeof import("@pulumi/pulumi/proto/language_grpc_pb");
  const { RunPluginRequest } =
    require("@pulumi/pulumi/proto/language_pb") as typeof import("@pulumi/pulumi/proto/language_pb");
  /* eslint-enable @typescript-eslint/no-require-imports */
  // The host watches the engine at the given address. There is none, but it answers long before it gives up.
  const child = spawn(program, ["127.0.0.1:1"], { env, stdio: ["ignore", "pipe", "ignore"] });
  const limit = AbortSignal.timeout(patience);
  try {
    const [port] = (await once(child.stdout, "data", { signal: limit })) as [Buffer];
    const address = `127.0.0.1:${port.toString().trim()}`;
    const client = new LanguageRuntimeClient(address, credentials.createInsecure());
    const answer = client.runPlugin(new RunPluginRequest(), { deadline: Date.now() + patience });
    const refusal = await new Promise<string>((resolve) => {
      answer.on("error", ({ message }: Error) => resolve(message));
      answer.on("end", () => resolve(""));
      answer.resume();
    });
    client.close();
    return !refusal.endsWith("not supported");
  } catch {
    return true;
  } finally {
    child.kill("SIGKILL");
  }
}
