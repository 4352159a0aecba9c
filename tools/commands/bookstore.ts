import path from "node:path";
import got from "got";
import { z } from "zod";
import { isPortTaken } from "../../infra/server/processes/background-process";
import { userError } from "../../infra/user-error";
import { onlyStackOf } from "../engine/arguments";
import { runInForeground } from "../engine/foreground";
import { requireStackFile } from "../stack/project";
import { ensurePythonEnvironment } from "../bookstore/python-environment";
import { placeOf } from "../stack/place";
import { chooseAndSay } from "../stack/choice";
import { cleanEnvironment } from "../engine/environment";
import { prepareTools, say, type Tools } from "../engine/tools";

/** The stack's outputs that Bookstore needs (stacks/index.ts). */
const outputs = z.object({
  endpoint: z.string(),
  appId: z.string(),
  appSecret: z.string(),
  redirectUri: z.string(),
  postLogoutRedirectUri: z.string().optional(),
});

export type Outputs = z.infer<typeof outputs>;

/**
 * `npm run bookstore -- [STACK]`: runs the example application (examples/bookstore) in the foreground. Its users
 * sign in with the Logto of a stack that is up.
 */
export async function main(args: string[]): Promise<number> {
  const project = process.cwd();
  const stack = chooseAndSay(project, process.env, onlyStackOf("bookstore", args));
  requireStackFile(project, stack);
  const tools = await prepareTools({ project, env: process.env, isThorough: false });
  const configuration = await readOutputs(
    tools.with(placeOf(project, stack, process.env).env),
    stack,
  );
  await requireLogto(configuration.endpoint, stack);
  await requirePort(configuration.redirectUri, stack);
  const example = path.join(project, "examples/bookstore");
  const python = await ensurePythonEnvironment({
    env: cleanEnvironment(process.env),
    cache: tools.cache,
    requirements: path.join(example, "requirements.txt"),
    modules: ["asgiref", "flask", "logto", "waitress"],
    say,
  });
  return runInForeground(python, ["-I", "-u", path.join(example, "app.py")], {
    cwd: example,
    env: environmentOf(process.env),
    // By stdin: the user's other programs can read arguments and the environment.
    input: JSON.stringify(configuration),
  });
}

export async function readOutputs(tools: Pick<Tools, "pulumi">, stack: string): Promise<Outputs> {
  const command = ["stack", "output", "--json", "--show-secrets", "--stack", stack];
  const { failed, output, stdout } = await tools.pulumi([...command, "--non-interactive"]);
  if (failed && !output.includes("no stack named")) {
    throw userError(`The outputs of the stack ${stack} cannot be read: ${output}`);
  }
  // A destroyed stack has no outputs, and one that an older version brought up has fewer.
  const read = outputs.safeParse(failed ? {} : JSON.parse(stdout));
  if (!read.success) {
    const missing = read.error.issues.map(({ path: [name] }) => name).join(", ");
    throw userError(
      `The stack ${stack} is not up (it has no output ${missing}): run npm run up -- ${stack} first.`,
    );
  }
  return read.data;
}

/** Checks that Logto answers. After a reboot a stack still has its outputs, but nothing runs. */
export async function requireLogto(endpoint: string, stack: string): Promise<void> {
  const url = `${endpoint}/oidc/.well-known/openid-configuration`;
  let problem: string;
  try {
    const { statusCode } = await got(url, {
      throwHttpErrors: false,
      retry: { limit: 0 },
      timeout: { request: 10_000 },
    });
    if (statusCode === 200) return;
    problem = `status ${statusCode}`;
  } catch (error) {
    problem = (error as { code?: string }).code ?? (error as Error).message;
  }
  throw userError(
    `Logto does not answer at ${url} (${problem}): run npm run up -- ${stack}, and this again.`,
  );
}

/** Checks that Bookstore can listen at the redirect URI that the stack declares. */
export async function requirePort(redirectUri: string, stack: string): Promise<void> {
  const key = "logto-stack:application.redirectUris";
  const { protocol, hostname, port, pathname } = new URL(redirectUri);
  const isHere = protocol === "http:" && /^(localhost|127\.0\.0\.1|.+\.localhost)$/.test(hostname);
  if (!isHere || pathname !== "/callback") {
    throw userError(
      `Bookstore runs locally and needs a redirect URI ending in /callback, but the first one of the stack ${stack} is ${redirectUri}: put one such as http://localhost:3000/callback first in ${key} (Pulumi.${path.basename(stack)}.yaml), and run npm run up -- ${stack}.`,
    );
  }
  const number = Number(port || 80);
  if (await isPortTaken(number)) {
    throw userError(
      `Bookstore cannot use port ${number}, another program does: end that program, or name another port in ${key} and run npm run up -- ${stack}.`,
    );
  }
}

/**
 * The part of the user's environment that a Python program needs. The rest is left out: it holds tokens and
 * passphrases, and proxies, which only one half of the SDK uses.
 */
function environmentOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const needed = /^(PATH|HOME|LANG|LC_\w+|TZ|TMPDIR|SSL_CERT_FILE|SSL_CERT_DIR)$/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => needed.test(name)));
}
