import { demoConnectorIds } from "@logto/connector-kit";
import type { Routes } from "../http/routes";
import type { AnyConnectorFactory } from "../connectors/factories";
import { ensure } from "../errors";

/** The kinds of connector that can be made. */
export const connectorFactories: Routes = (router, { connectorFactories: factories }) => {
  router.get("/connector-factories", (context) => {
    context.body = factories.map(present);
  });

  router.get("/connector-factories/:id", (context) => {
    const factory = factories.find(({ metadata }) => metadata.id === context.params["id"]);
    ensure(factory, "entity.not_found", { status: 404 });
    context.body = present(factory);
  });
};

function present({ type, metadata }: AnyConnectorFactory): Record<string, unknown> {
  return { type, ...metadata, isDemo: demoConnectorIds.includes(metadata.id) };
}
