import { demoConnectorIds, TemplateType, validateConfig } from "@logto/connector-kit";
import { emailRegEx, phoneRegEx } from "@logto/core-kit";
import { type Connector, Connectors, ConnectorType, jsonObjectGuard } from "@logto/schemas";
import cleanDeep from "clean-deep";
import { z } from "zod";
import { newShortId } from "../identifiers";
import type { Routes } from "../http/routes";
import {
  type ConnectorWithFactory,
  findConnector,
  findConnectors,
  hasType,
  present,
  targetOf,
  withFactory,
} from "../connectors/connectors";
import type { AnyConnectorFactory } from "../connectors/factories";
import { connectorTypes, send } from "../connectors/messages";
import { ensure } from "../errors";
import { guardBody, guardQuery } from "../http/guard";
import { findSignInExperience } from "../sign-in-experience/find";
import { isForgotPasswordAvailable } from "../sign-in-experience/forgot-password";
import { dropUnknownSocialTargets } from "../sign-in-experience/social-targets";
import type { Tenant } from "../tenant";

const patchGuard = Connectors.createGuard
  .pick({ config: true, metadata: true, syncProfile: true, enableTokenStorage: true })
  .partial();
const createGuard = patchGuard.merge(
  Connectors.createGuard.pick({ connectorId: true }).extend({
    id: Connectors.createGuard.shape.id.optional(),
  }),
);

const testGuard = z.object({
  phone: z.string().regex(phoneRegEx).optional(),
  email: z.string().regex(emailRegEx).optional(),
  config: jsonObjectGuard,
  locale: z.string().optional(),
});

/** Connectors: what e-mails and text messages are sent with, and whom people can sign in with. */
export const connectors: Routes = (router, tenant) => {
  const { database, connectorFactories } = tenant;

  router.get("/connectors", async (context) => {
    const { target } = guardQuery(context, z.object({ target: z.string().optional() }));
    const all = await findConnectors(tenant);
    ensure(countOf(all, ConnectorType.Email) <= 1, "connector.more_than_one_email");
    ensure(countOf(all, ConnectorType.Sms) <= 1, "connector.more_than_one_sms");
    context.body = all
      .filter((connector) => target === undefined || targetOf(connector) === target)
      .map(present);
  });

  router.post("/connectors", async (context) => {
    const { id = newShortId(), connectorId, ...settings } = guardBody(context, createGuard);
    const factory = connectorFactories.find(
      ({ metadata }) => metadata.id === connectorId && !demoConnectorIds.includes(metadata.id),
    );
    ensure(factory, "connector.not_found_with_connector_id", { status: 422 });
    if (factory.type === ConnectorType.Social) {
      checkSocial(factory, settings.metadata?.target, await findConnectors(tenant));
    }
    if (settings.config) {
      validateConfig(settings.config, factory.configGuard);
    }
    checkTokenStorage(settings.enableTokenStorage);
    await insert(tenant, factory, { id, connectorId, ...cleanDeep(settings) });
    // A request at the same time can have replaced it: then this one is told that it is not there.
    context.body = present(await existing(tenant, id));
  });

  router.get("/connectors/:id", async (context) => {
    context.body = present(await existing(tenant, context.params["id"]));
  });

  router.patch("/connectors/:id", async (context) => {
    const { config, metadata, syncProfile, enableTokenStorage } = guardBody(context, patchGuard);
    const current = await existing(tenant, context.params["id"]);
    const { factory, row } = current;
    const isStandard = factory.metadata.isStandard === true;
    ensure(
      !isStandard || !metadata || metadata.target === targetOf(current),
      "connector.can_not_modify_target",
    );
    ensure(
      isStandard || !metadata,
      "connector.cannot_overwrite_metadata_for_non_standard_connector",
    );
    ensure(
      !syncProfile || factory.type === ConnectorType.Social,
      "connector.invalid_type_for_syncing_profile",
      { status: 422 },
    );
    checkTokenStorage(enableTokenStorage);
    if (config) {
      validateConfig(config, factory.configGuard);
    }
    const changed = await database.update<Connector>(
      Connectors,
      {
        config: config && cleanDeep(config),
        metadata: metadata && cleanDeep(metadata),
        syncProfile,
        enableTokenStorage,
      },
      { id: row.id },
    );
    ensure(changed, "entity.not_found", { status: 404 });
    context.body = present({ factory, row: changed });
  });

  router.post("/connectors/:factoryId/test", async (context) => {
    const { phone, email, config, locale } = guardBody(context, testGuard);
    const to = phone ?? email;
    ensure(to, "guard.invalid_input");
    const wanted = phone ? connectorTypes.sms : connectorTypes.email;
    const factory = connectorFactories.find(
      ({ metadata, type }) =>
        metadata.id === context.params["factoryId"] &&
        !demoConnectorIds.includes(metadata.id) &&
        (type === ConnectorType.Email || type === ConnectorType.Sms),
    );
    ensure(factory, "connector.not_found", { values: { type: wanted } });
    ensure(factory.type === wanted, "connector.unexpected_type");
    const payload = { code: "000000", ...(locale && { locale }) };
    await send(tenant, factory, { to, type: TemplateType.Generic, payload }, config);
    context.status = 204;
  });

  router.delete("/connectors/:id", async (context) => {
    const id = context.params["id"] ?? "";
    const row = await database.row<Connector>(Connectors, { id });
    ensure(row, "entity.not_found", { status: 404 });
    await checkPasswordRecovery(tenant, id);
    await database.delete<Connector>(Connectors, { id });
    if (withFactory(tenant, row)?.factory.type === ConnectorType.Social) {
      await dropUnknownSocialTargets(tenant);
    }
    context.status = 204;
  });
};

async function existing(tenant: Tenant, id: string | undefined): Promise<ConnectorWithFactory> {
  const connector = await findConnector(tenant, id ?? "");
  ensure(connector, "entity.not_found", { status: 404 });
  return connector;
}

/**
 * There is one connector for e-mail and one for text messages: a new one takes the place of those of its
 * type. The lock makes requests that come at the same time take turns, or each would miss the other's.
 */
async function insert(
  { database, connectorFactories }: Tenant,
  factory: AnyConnectorFactory,
  row: Record<string, unknown>,
): Promise<void> {
  const { type } = factory;
  if (type !== ConnectorType.Email && type !== ConnectorType.Sms) {
    await database.insert<Connector>(Connectors, row);
    return;
  }
  const factoryIds = connectorFactories
    .filter((other) => other.type === type)
    .map(({ metadata }) => metadata.id);
  await database.transaction(async (transaction) => {
    await transaction.query("select pg_advisory_xact_lock(hashtext($1))", [
      `connector ${transaction.tenantId} ${type}`,
    ]);
    const inserted = await transaction.insert<Connector>(Connectors, row);
    await transaction.query(
      "delete from connectors where tenant_id = $1 and connector_id = any($2) and id <> $3",
      [transaction.tenantId, factoryIds, inserted.id],
    );
  });
}

function checkSocial(
  { metadata }: AnyConnectorFactory,
  wantedTarget: string | undefined,
  all: ConnectorWithFactory[],
): void {
  const isStandard = metadata.isStandard === true;
  ensure(!isStandard || wantedTarget, "connector.should_specify_target");
  ensure(
    isStandard || wantedTarget === undefined,
    "connector.cannot_overwrite_metadata_for_non_standard_connector",
  );
  const isUsed = all.some(({ row }) => row.connectorId === metadata.id);
  ensure(isStandard || !isUsed, "connector.multiple_instances_not_supported", { status: 422 });
  const target = wantedTarget ?? metadata.target;
  const rival = all.find(
    (other) => targetOf(other) === target && other.factory.metadata.platform === metadata.platform,
  );
  ensure(!rival, "connector.multiple_target_with_same_platform", {
    status: 422,
    data: {
      connectorId: rival?.factory.metadata.id,
      connectorName: rival?.factory.metadata.name,
    },
  });
}

/**
 * Tokens are stored encrypted by a key that the sandbox is never given (`SECRET_VAULT_KEK`). Logto looks for the key
 * before it looks at the connector, so one that could not store tokens anyway is refused in the same words.
 */
function checkTokenStorage(enableTokenStorage: boolean | undefined): void {
  ensure(!enableTokenStorage, "request.feature_not_supported", { status: 422 });
}

/** If passwords expire, people must keep a way to set a new one. */
async function checkPasswordRecovery(tenant: Tenant, leaving: string): Promise<void> {
  const { passwordExpiration, forgotPasswordMethods } = await findSignInExperience(tenant.database);
  if (!passwordExpiration.enabled) return;
  const left = (await findConnectors(tenant)).filter(({ row }) => row.id !== leaving);
  ensure(
    isForgotPasswordAvailable(left, forgotPasswordMethods),
    "sign_in_experiences.password_expiration_requires_forgot_password",
    { status: 422 },
  );
}

function countOf(all: ConnectorWithFactory[], type: ConnectorType): number {
  return all.filter((connector) => hasType([connector], type)).length;
}
