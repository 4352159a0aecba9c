import { runInForeground } from "../engine/foreground";
import { usersOwn } from "../engine/environment";
import { prepareTools } from "../engine/tools";

/** `npm test -- [ARGUMENTS OF jest]`: runs the tests, with engine and plugins ready for those that use them. */
export async function main(args: string[]): Promise<number> {
  const project = process.cwd();
  const tools = await prepareTools({ project, env: process.env, isThorough: true });
  // The tests must not use the user's back end.
  const env = Object.entries(tools.env).filter(([name]) => !usersOwn.includes(name));
  return runInForeground(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", require.resolve("jest/bin/jest"), ...args],
    {
      cwd: project,
      env: {
        ...Object.fromEntries(env),
        PULUMI_CREDENTIALS_PATH: tools.env["PULUMI_HOME"],
        LOGTO_STACK_CACHE: tools.cache,
        LOGTO_STACK_ENGINE_BIN: tools.engine.bin,
      },
    },
  );
}
