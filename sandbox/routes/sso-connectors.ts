import {
  singleSignOnDomainBlackList,
  type SsoConnector,
  SsoConnectors,
  SsoProviderName,
  SsoProviderType,
} from "@logto/schemas";
import type { RouterContext } from "@koa/router";
import { z } from "zod";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { newShortId } from "../identifiers";
import { checkProvider, parseConfig, providerConfigOf, serviceProvider } from "../sso/providers";
import { findRow } from "./find-row";
import { listRows } from "./list-rows";

const path = "/sso-connectors";

const createGuard = SsoConnectors.createGuard
  .pick({
    config: true,
    domains: true,
    branding: true,
    syncProfile: true,
    enableTokenStorage: true,
  })
  .merge(SsoConnectors.guard.pick({ providerName: true, connectorName: true }));
const patchGuard = createGuard.omit({ providerName: true }).partial();

/** In the order in which Logto lists them. */
const providers: Record<SsoProviderName, { type: SsoProviderType; name: string }> = {
  [SsoProviderName.OIDC]: { type: SsoProviderType.OIDC, name: "OIDC" },
  [SsoProviderName.SAML]: { type: SsoProviderType.SAML, name: "SAML" },
  [SsoProviderName.AZURE_AD]: { type: SsoProviderType.SAML, name: "Microsoft Entra ID (SAML)" },
  [SsoProviderName.AZURE_AD_OIDC]: {
    ...{ type: SsoProviderType.OIDC, name: "Microsoft Entra ID (OIDC)" },
  },
  [SsoProviderName.GOOGLE_WORKSPACE]: { type: SsoProviderType.OIDC, name: "Google Workspace" },
  [SsoProviderName.OKTA]: { type: SsoProviderType.OIDC, name: "Okta" },
};

/** A plain picture in place of the providers' own. */
const logo = `data:image/svg+xml;base64,${Buffer.from(
  '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24"><circle cx="12" cy="12" r="10"/></svg>',
).toString("base64")}`;

/**
 * Enterprise single sign-on. Like Logto, the sandbox asks the identity provider whether a config works, at the address
 * that the config names; nobody can sign in with it here.
 */
export const ssoConnectors: Routes = (router, { database, issuer }) => {
  const endpoint = issuer.replace(/\/oidc$/, "");
  const present = async (connector: SsoConnector) => {
    const { type, name } = providers[nameOf(connector.providerName)];
    const providerConfig =
      type === SsoProviderType.SAML
        ? { serviceProvider: serviceProvider(endpoint, connector.id) }
        : await providerConfigOf(connector);
    return {
      ...connector,
      ...{ name, providerType: type, providerLogo: logo, providerLogoDark: logo },
      ...(providerConfig && { providerConfig }),
    };
  };
  const find = ({ params }: RouterContext) =>
    findRow<SsoConnector>(database, SsoConnectors, params["id"]);

  router.get("/sso-connector-providers", (context) => {
    context.body = Object.entries(providers).map(([providerName, { type, name }]) => ({
      ...{ providerName, providerType: type, logo, logoDark: logo, description: name, name },
    }));
  });

  router.get(path, async (context) => {
    const listing = { table: SsoConnectors, pages: "if asked for" } as const;
    const rows = await listRows<SsoConnector>({ database, context }, listing, () => []);
    context.body = await Promise.all(rows.map(present));
  });

  router.get(`${path}/:id`, async (context) => {
    context.body = await present(await find(context));
  });

  router.post(path, async (context) => {
    const { config, domains, ...body } = guardBody(context, createGuard);
    const { providerName } = body;
    ensure(providerName in providers, "connector.not_found", {
      status: 422,
      values: { type: providerName },
    });
    refuseTokenStorage(body);
    await ensureNameIsFree(database, body.connectorName);
    const parsed = config && (await checkedConfig(nameOf(providerName), config));
    context.body = await database.insert<SsoConnector>(SsoConnectors, {
      id: newShortId(),
      ...body,
      ...(parsed && { config: parsed }),
      ...(domains && { domains: checkedDomains(domains) }),
    });
  });

  router.patch(`${path}/:id`, async (context) => {
    const { config, domains, ...body } = guardBody(context, patchGuard);
    const { id, providerName } = await find(context);
    refuseTokenStorage(body);
    await ensureNameIsFree(database, body.connectorName, id);
    const parsed = config && (await checkedConfig(nameOf(providerName), config));
    const change = {
      ...body,
      ...(parsed && { config: parsed }),
      ...(domains && { domains: checkedDomains(domains) }),
    };
    if (Object.keys(change).length > 0) {
      await database.update<SsoConnector>(SsoConnectors, change, { id });
    }
    context.body = await present(await find(context));
  });

  router.delete(`${path}/:id`, async (context) => {
    const { id } = await find(context);
    await database.delete<SsoConnector>(SsoConnectors, { id });
    context.status = 204;
  });
};

/** As the database holds it, which takes any text. */
function nameOf(providerName: string): SsoProviderName {
  return z.nativeEnum(SsoProviderName).parse(providerName);
}

async function checkedConfig(providerName: SsoProviderName, config: unknown) {
  const parsed = parseConfig(providerName, config);
  await checkProvider(providerName, parsed);
  return parsed;
}

function checkedDomains(domains: string[]): string[] {
  const lower = domains.map((domain) => domain.toLowerCase());
  const publicOnes = lower.filter((domain) => singleSignOnDomainBlackList.includes(domain));
  ensure(publicOnes.length === 0, "single_sign_on.forbidden_domains", {
    status: 422,
    data: { data: publicOnes },
  });
  const twice = [...new Set(lower.filter((domain, index) => lower.indexOf(domain) < index))];
  ensure(twice.length === 0, "single_sign_on.duplicated_domains", {
    status: 422,
    data: { data: twice },
  });
  return lower;
}

/** It needs a key with which the sandbox, like the server that was recorded, is not set up. */
function refuseTokenStorage({ enableTokenStorage }: { enableTokenStorage?: boolean | undefined }) {
  ensure(!enableTokenStorage, "request.feature_not_supported", { status: 422 });
}

async function ensureNameIsFree(database: TenantDatabase, connectorName = "", ownId = "") {
  const held = await database.row<SsoConnector>(SsoConnectors, { connectorName });
  const isFree = !held || held.id === ownId;
  ensure(isFree, "single_sign_on.duplicate_connector_name", { status: 409 });
}
