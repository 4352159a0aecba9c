import os from "node:os";
import path from "node:path";
import { withoutProxyOnLoopback } from "./loopback";

/** Variables with which users configure Pulumi. */
export const usersOwn = [
  "PULUMI_ACCESS_TOKEN",
  "PULUMI_BACKEND_URL",
  "PULUMI_CONFIG_PASSPHRASE",
  "PULUMI_CONFIG_PASSPHRASE_FILE",
  "PULUMI_STACK",
];

/**
 * The user's environment for the engine and its programs: without the variables that npm adds for scripts, and with
 * {@link withoutProxyOnLoopback no proxy on loopback}.
 */
export function cleanEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const entries = Object.entries(withoutProxyOnLoopback(withoutEmpty(env)));
  return Object.fromEntries(entries.filter(([name]) => !/^(npm_|INIT_CWD$)/.test(name)));
}

/**
 * The environment without empty variables: a workflow sets one for each secret that its repository does not have,
 * and Pulumi would take an empty passphrase for a real one.
 */
export function withoutEmpty(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(env).filter(([name, value]) => value !== "" || !usersOwn.includes(name)),
  );
}

/** The folder with the login of the user's own Pulumi. */
export function credentialsDirectory(env: NodeJS.ProcessEnv): string {
  return env["PULUMI_CREDENTIALS_PATH"] ?? env["PULUMI_HOME"] ?? path.join(os.homedir(), ".pulumi");
}
