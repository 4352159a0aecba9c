import { createHash, X509Certificate } from "node:crypto";
import {
  SamlSsoConnectorSigningKeys,
  type SsoConnector,
  SsoConnectors,
  SsoProviderName,
} from "@logto/schemas";
import { generate } from "selfsigned";
import type { RouterContext } from "@koa/router";
import { z } from "zod";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { newId } from "../identifiers";
import { findRow } from "./find-row";

type SigningKey = z.infer<typeof SamlSsoConnectorSigningKeys.guard>;

const years = 3;

/** The keys with which requests to a SAML identity provider are signed: several, of which one is active at most. */
export const ssoSigningKeys: Routes = (router, { database }) => {
  const path = "/sso-connectors/:id/signing-keys";
  const table = SamlSsoConnectorSigningKeys;

  const findConnector = async ({ params }: RouterContext) => {
    const connector = await findRow<SsoConnector>(database, SsoConnectors, params["id"]);
    const samlProviders: string[] = [SsoProviderName.SAML, SsoProviderName.AZURE_AD];
    const isSaml = samlProviders.includes(connector.providerName);
    // Logto's text names no type either.
    ensure(isSaml, "connector.not_found", { status: 404, values: { type: "{{type}}" } });
    return connector;
  };
  const findKey = async (context: RouterContext) => {
    const connector = await findConnector(context);
    const where = { id: context.params["keyId"] ?? "", ssoConnectorId: connector.id };
    const key = await database.row<SigningKey>(table, where);
    ensure(key, "entity.not_found", { status: 404 });
    return { connector, key, where };
  };
  const deactivateAll = (ssoConnectorId: string) =>
    database.update<SigningKey>(table, { active: false }, { ssoConnectorId, active: true });

  router.get(path, async (context) => {
    const { id: ssoConnectorId } = await findConnector(context);
    const keys = await database.rows<SigningKey>(table, { ssoConnectorId }, "order by created_at");
    context.body = keys.map(present);
  });

  router.post(path, async (context) => {
    const guard = z.object({ active: z.boolean().default(false) });
    const { active } = guardBody(context, guard);
    const { id: ssoConnectorId } = await findConnector(context);
    const expiresAt = new Date();
    expiresAt.setFullYear(expiresAt.getFullYear() + years);
    const made = await generate([{ name: "commonName", value: ssoConnectorId }], {
      notAfterDate: expiresAt,
      keySize: 2048,
    });
    if (active) await deactivateAll(ssoConnectorId);
    const key = await database.insert<SigningKey>(table, {
      ...{ id: newId(), ssoConnectorId, active, expiresAt: expiresAt.getTime() },
      ...{ privateKey: made.private, certificate: made.cert },
    });
    context.body = present(key);
    context.status = 201;
  });

  router.patch(`${path}/:keyId`, async (context) => {
    const change = guardBody(context, z.object({ active: z.boolean() }));
    const { connector, where } = await findKey(context);
    const isInUse = connector.config["signAuthnRequest"] === true;
    ensure(change.active || !isInUse, "single_sign_on.can_not_deactivate_signing_key_in_use");
    if (change.active) await deactivateAll(connector.id);
    context.body = present((await database.update<SigningKey>(table, change, where)) as SigningKey);
  });

  router.delete(`${path}/:keyId`, async (context) => {
    const { key, where } = await findKey(context);
    ensure(!key.active, "single_sign_on.can_not_delete_active_signing_key");
    await database.delete<SigningKey>(table, where);
    context.status = 204;
  });
};

/** Without the private key, which never leaves the server. */
function present({ id, certificate, createdAt, expiresAt, active }: SigningKey): object {
  const digest = createHash("sha256").update(new X509Certificate(certificate).raw).digest("hex");
  const formatted = digest.toUpperCase().match(/../g)?.join(":");
  const fingerprints = { sha256: { formatted, unformatted: digest } };
  return { id, certificate, createdAt, expiresAt, active, fingerprints };
}
