import {
  type Application,
  ApplicationAccessControlOrganizationRelations,
  ApplicationAccessControlOrgRoleRelations,
  ApplicationAccessControlUserRelations,
  ApplicationAccessControlUserRoleRelations,
  applicationCreateGuard,
  applicationPatchGuard,
  Applications,
  ApplicationSecrets,
  ApplicationsRoles,
  ApplicationType,
  buildBuiltInApplicationDataForTenant,
  hasSecrets,
  isBuiltInApplicationId,
  type Role,
  Roles,
} from "@logto/schemas";
import { z } from "zod";
import { newId, newSecret } from "../identifiers";
import type { Routes } from "../http/routes";
import { columns, type Table, type TenantDatabase, Values } from "../database";
import { ensure, LogtoError } from "../errors";
import { guardBody, guardQuery } from "../http/guard";
import { describePage, optionallyRequestedPage, type Page } from "../http/pagination";
import { parseSearch, searchCondition } from "../http/search";
import { internalSecret, present } from "./application-presentation";
import { findRow } from "./find-row";

const typeGuard = z.nativeEnum(ApplicationType);

const listGuard = z.object({
  types: typeGuard
    .array()
    .or(typeGuard.transform((type) => [type]))
    .optional(),
  excludeRoleId: z.string().optional(),
  excludeOrganizationId: z.string().optional(),
  isThirdParty: z.enum(["true", "false"]).optional(),
});

const createGuard = applicationCreateGuard.omit({ protectedAppMetadata: true }).extend({
  protectedAppMetadata: z.object({ subDomain: z.string(), origin: z.string() }).optional(),
});

const patchGuard = applicationPatchGuard.omit({ protectedAppMetadata: true }).extend({
  protectedAppMetadata: z.object({ origin: z.string().optional() }).optional(),
  appLevelAccessControlEnabled: z.boolean().optional(),
  isAdmin: z.boolean().optional(),
});

/** Applications: the clients that people and machines sign in with. */
export const applications: Routes = (router, { database }) => {
  router.get("/applications", async (context) => {
    const page = optionallyRequestedPage(context);
    const query = guardQuery(context, listGuard);
    const excludesBoth = query.excludeRoleId && query.excludeOrganizationId;
    ensure(!excludesBoth, "request.invalid_input", {
      values: {
        details:
          "Parameter `excludeRoleId` and `excludeOrganizationId` cannot be used at the same time.",
      },
    });
    const { condition, values } = listCondition(database, query, context.URL.searchParams);
    if (page) {
      describePage(context, page, await count(database, condition, values));
    }
    const found = await list(database, condition, values, page);
    context.body = found.map(present);
  });

  router.post("/applications", async (context) => {
    const body = guardBody(context, createGuard);
    const { oidcClientMetadata, protectedAppMetadata, ...rest } = body;
    ensure(rest.type !== ApplicationType.SAML, "application.saml.use_saml_app_api");
    if (rest.type === ApplicationType.Protected) {
      ensure(protectedAppMetadata, "application.protected_app_metadata_is_required");
      throw new LogtoError("application.protected_app_not_configured", { status: 501 });
    }
    checkThirdParty(rest);
    const { isDeviceFlow } = rest.customClientMetadata ?? {};
    ensure(
      !isDeviceFlow || rest.type === ApplicationType.Native,
      "application.device_flow_native_only",
      { status: 422 },
    );
    const application = await database.transaction((transaction) =>
      create(transaction, {
        ...rest,
        oidcClientMetadata: {
          redirectUris: [],
          postLogoutRedirectUris: [],
          ...oidcClientMetadata,
        },
      }),
    );
    context.body = present(application);
  });

  router.get("/applications/:id", async (context) => {
    const id = context.params["id"] ?? "";
    // Logto's own previews have no rows.
    if (isBuiltInApplicationId(id)) {
      const builtIn = buildBuiltInApplicationDataForTenant(database.tenantId, id);
      context.body = { ...present(builtIn), isAdmin: false };
      return;
    }
    const application = await findRow(database, Applications, id);
    context.body = {
      ...present(application),
      isAdmin: (await adminRoleOf(database, application.id)) !== undefined,
    };
  });

  router.patch("/applications/:id", async (context) => {
    const body = guardBody(context, patchGuard);
    const { isAdmin, protectedAppMetadata, ...changes } = body;
    const current = await findRow(database, Applications, context.params["id"]);
    ensure(current.type !== ApplicationType.SAML, "application.saml.use_saml_app_api");
    ensure(!protectedAppMetadata, "application.protected_application_only");
    const { customClientMetadata } = changes;
    checkThirdParty({ ...current, ...(customClientMetadata && { customClientMetadata }) });
    checkDeviceFlow(current, customClientMetadata);
    if (changes.appLevelAccessControlEnabled) {
      await checkAccessControl(database, current.id);
    }
    if (isAdmin !== undefined) {
      await setAdmin(database, current.id, isAdmin);
    }
    const changed =
      Object.keys(changes).length > 0
        ? await database.update<Application>(Applications, changes, { id: current.id })
        : current;
    context.body = present(changed ?? current);
  });

  router.delete("/applications/:id", async (context) => {
    const { id, type } = await findRow(database, Applications, context.params["id"]);
    ensure(type !== ApplicationType.SAML, "application.saml.use_saml_app_api");
    await database.delete<Application>(Applications, { id });
    context.status = 204;
  });
};

/** With the first secret, for the types that have secrets. */
async function create(
  database: TenantDatabase,
  application: Record<string, unknown>,
): Promise<Application> {
  const created = await database.insert<Application>(Applications, {
    ...application,
    id: newId(),
    secret: internalSecret(),
  });
  if (hasSecrets(created.type)) {
    await database.insert(ApplicationSecrets, {
      applicationId: created.id,
      name: "Default secret",
      value: newSecret(),
    });
  }
  return created;
}

const thirdPartyTypes: ApplicationType[] = [
  ApplicationType.Traditional,
  ApplicationType.SPA,
  ApplicationType.Native,
];

function checkThirdParty({ type, isThirdParty, customClientMetadata }: Partial<Application>): void {
  if (!isThirdParty) return;
  ensure(
    type && thirdPartyTypes.includes(type),
    "application.invalid_third_party_application_type",
  );
  ensure(
    !customClientMetadata?.allowTokenExchange,
    "application.third_party_application_cannot_enable_token_exchange",
    { status: 422 },
  );
}

/** The metadata is replaced as a whole, so leaving the flag out is not a change of it. */
function checkDeviceFlow(
  current: Application,
  changes: Application["customClientMetadata"] | undefined,
): void {
  const wanted = changes?.isDeviceFlow;
  ensure(
    wanted === undefined || wanted === (current.customClientMetadata.isDeviceFlow ?? false),
    "application.device_flow_not_changeable",
    { status: 422 },
  );
}

/** Without a rule the application would be closed to everybody. */
async function checkAccessControl(database: TenantDatabase, applicationId: string): Promise<void> {
  const rules = await Promise.all(
    [
      ApplicationAccessControlUserRelations,
      ApplicationAccessControlUserRoleRelations,
      ApplicationAccessControlOrganizationRelations,
      ApplicationAccessControlOrgRoleRelations,
    ].map((table: Table<{ applicationId: string }>) => database.row(table, { applicationId })),
  );
  ensure(rules.some(Boolean), "request.invalid_input", {
    status: 422,
    values: {
      details:
        "Application access control must include at least one rule before it can be enabled.",
    },
  });
}

const searchable = ["id", "name", "description"];

function listCondition(
  { tenantId }: TenantDatabase,
  query: z.infer<typeof listGuard>,
  parameters: URLSearchParams,
): { condition: string; values: Values } {
  const values = new Values();
  const conditions = [`tenant_id = ${values.add("tenantId", tenantId)}`];
  const search = searchCondition(parseSearch(parameters), searchable, values);
  if (search) conditions.push(search);
  if (query.types) {
    const types = query.types.map((type) => values.add("type", type));
    conditions.push(`type in (${types.join(", ")})`);
  }
  if (query.isThirdParty) {
    conditions.push(
      `is_third_party = ${values.add("isThirdParty", query.isThirdParty === "true")}`,
    );
  }
  if (query.excludeRoleId) {
    conditions.push(
      `id not in (select application_id from applications_roles
                  where role_id = ${values.add("roleId", query.excludeRoleId)})`,
    );
  }
  if (query.excludeOrganizationId) {
    conditions.push(
      `id not in (select application_id from organization_application_relations
                  where organization_id = ${values.add("organizationId", query.excludeOrganizationId)})`,
    );
  }
  return { condition: conditions.join(" and "), values };
}

async function count(database: TenantDatabase, condition: string, values: Values): Promise<number> {
  const [row] = await database.query<{ count: number }>(
    `select count(*) from applications where ${condition}`,
    values.list,
  );
  return row?.count ?? 0;
}

function list(
  database: TenantDatabase,
  condition: string,
  values: Values,
  page: Page | undefined,
): Promise<Application[]> {
  const limit = page ? `limit ${page.limit} offset ${page.offset}` : "";
  return database.query<Application>(
    `select ${columns(Applications)} from applications
     where ${condition} order by created_at desc ${limit}`,
    values.list,
  );
}

const adminRole = "#internal:admin";

/** The assignment of Logto's old role for administrators, which `isAdmin` stands for. */
async function adminRoleOf(
  database: TenantDatabase,
  applicationId: string,
): Promise<string | undefined> {
  const [row] = await database.query<{ id: string }>(
    `select applications_roles.id from applications_roles
     join roles on roles.id = applications_roles.role_id
     where applications_roles.tenant_id = $1 and application_id = $2 and roles.name = $3`,
    [database.tenantId, applicationId, adminRole],
  );
  return row?.id;
}

async function setAdmin(
  database: TenantDatabase,
  applicationId: string,
  isAdmin: boolean,
): Promise<void> {
  const assignment = await adminRoleOf(database, applicationId);
  if (isAdmin && assignment === undefined) {
    const role = await database.row<Role>(Roles, { name: adminRole });
    ensure(role, "entity.not_exists", { status: 500, values: { name: adminRole } });
    await database.insert(ApplicationsRoles, {
      id: newId(),
      applicationId,
      roleId: role.id,
    });
  } else if (!isAdmin && assignment !== undefined) {
    await database.delete(ApplicationsRoles, { id: assignment });
  }
}
