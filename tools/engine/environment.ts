import os from "node:os";
import path from "node:path";
import { withoutProxyOnLoopback } from "./loopback";

/** What a user sets up for Pulumi in the environment. */
export const usersOwn = [
  "PULUMI_ACCESS_TOKEN",
  "PULUMI_BACKEND_URL",
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "PULUMI_STACK",
];

/**
 * The user's environment for the engine and its programs: without what npm puts into that of its scripts, and with
 * {@link withoutProxyOnLoopback no proxy on loopback}.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(withoutProxyOnLoopback(withoutEmpty(env)));
  return Object.fromEntries(entries.filter(([name]) => !/^(npm_|INIT_CWD$)/.test(name)));
}

/**
 * Without what is set to nothing: a workflow does that with each secret that its repository does not have,
 * and Pulumi takes an empty passphrase for one.
 */
export function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== "" || !usersOwn.includes(name)),
  );
}

/** The folder in which the user's own Pulumi keeps its login. */
export function credentialsDirectory(env: NodeJS.ProcessEnv): string {
  return env["PULUMI_CREDENTIALS_PATH"] ?? env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
}
