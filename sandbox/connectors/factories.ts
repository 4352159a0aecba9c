import { readdirSync } from "node:fs";
import path from "node:path";
import { loadConnectorFactories } from "@logto/cli/lib/connector/index.js";

export type AnyConnectorFactory = Awaited<ReturnType<typeof loadConnectorFactories>>[number];
export type ConnectorFactories = readonly AnyConnectorFactory[];

/**
 * The connectors that are installed, loaded by Logto's own loader. Any package `@logto/connector-*` that
 * is added to the project is one more.
 */
export async function loadInstalledConnectors(): Promise<ConnectorFactories> {
  const scope = path.dirname(path.dirname(require.resolve("@logto/schemas/package.json")));
  const packages = readdirSync(scope)
    .filter((name) => name.startsWith("connector-") && name !== "connector-kit")
    .sort()
    .map((name) => ({ name: `@logto/${name}`, path: path.join(scope, name) }));
  return loadConnectorFactories(packages, false);
}
