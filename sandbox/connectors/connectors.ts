import { demoConnectorIds } from "@logto/connector-kit";
import { type Connector, Connectors, type ConnectorType } from "@logto/schemas";
import type { Tenant } from "../tenant";
import type { AnyConnectorFactory } from "./factories";

/** A connector of the database with the factory that it is of. */
export interface ConnectorWithFactory {
  row: Connector;
  factory: AnyConnectorFactory;
}

type Source = Pick<Tenant, "database" | "connectorFactories">;

/** All connectors. One whose factory is not installed is as if it were not there. */
export async function findConnectors(source: Source): Promise<ConnectorWithFactory[]> {
  const rows = await source.database.rows<Connector>(Connectors, {}, "order by id");
  return rows.flatMap((row) => withFactory(source, row) ?? []);
}

export async function findConnector(
  source: Source,
  id: string,
): Promise<ConnectorWithFactory | undefined> {
  const row = await source.database.row<Connector>(Connectors, { id });
  return row && withFactory(source, row);
}

export function withFactory(
  { connectorFactories }: Source,
  row: Connector,
): ConnectorWithFactory | undefined {
  const factory = connectorFactories.find(({ metadata }) => metadata.id === row.connectorId);
  return factory && { row, factory };
}

export function hasType(connectors: ConnectorWithFactory[], type: ConnectorType): boolean {
  return connectors.some(({ factory }) => factory.type === type);
}

/** The target of a social connector: a standard one, such as OIDC, is given its target when it is made. */
export function targetOf({ row, factory }: ConnectorWithFactory): string {
  return row.metadata.target ?? factory.metadata.target;
}

/** The connector as the API shows it: the row, with its config in clear, and what its factory says. */
export function present({ row, factory }: ConnectorWithFactory): Record<string, unknown> {
  const { id, syncProfile, enableTokenStorage, config, metadata, connectorId } = row;
  const { id: factoryId, ...ofFactory } = factory.metadata;
  return {
    id,
    syncProfile,
    enableTokenStorage,
    config,
    metadata,
    connectorId,
    ...ofFactory,
    ...metadata,
    type: factory.type,
    isDemo: demoConnectorIds.includes(factoryId),
    extraInfo: {},
  };
}
