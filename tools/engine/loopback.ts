/** The names of this machine, to which no proxy must be used. */
const loopback = ["localhost", "127.0.0.1", "::1"];

/**
 * The environment with proxies disabled for this machine. The engine, its plugins and the program talk to each other
 * over loopback, with a library that only reads `no_proxy` and `no_grpc_proxy`, in lower case and without spaces;
 * others read NO_PROXY. So each list gets the entries of all of them, and loopback.
 *
 * @see https://github.com/grpc/grpc-node/blob/master/doc/environment_variables.md
 */
export function withoutProxyOnLoopback(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (!Object.keys(env).some((name) => /^(https?|grpc|all)_proxy$/i.test(name))) return env;
  const lists = ["no_proxy", "NO_PROXY"];
  const given = lists.flatMap((name) => entriesOf(env[name]));
  const merged = (...own: string[]) => [...new Set([...own, ...given, ...loopback])].join(",");
  const forGrpc = env["no_grpc_proxy"];
  return {
    ...env,
    ...Object.fromEntries(lists.map((name) => [name, merged()])),
    ...(forGrpc !== undefined && { no_grpc_proxy: merged(...entriesOf(forGrpc)) }),
  };
}

function entriesOf(list = ""): string[] {
  return list.split(/[\s,]+/).filter((entry) => entry !== "");
}
