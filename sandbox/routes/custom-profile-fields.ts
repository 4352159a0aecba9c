import { isValidRegEx, numberAndAlphabetRegEx } from "@logto/core-kit";
import {
  type AccountCenter,
  AccountCenters,
  type CustomProfileField,
  CustomProfileFields,
  type CustomProfileFieldUnion,
  CustomProfileFieldType,
  customProfileFieldUnionGuard,
  reservedBuiltInProfileKeys,
  reservedCustomDataKeys,
  reservedSignInIdentifierKeys,
  type SignInExperience,
  SignInExperiences,
  updateCustomProfileFieldDataGuard,
  updateCustomProfileFieldSieOrderGuard,
} from "@logto/schemas";
import { z } from "zod";
import type { TenantDatabase } from "../database";
import { ensure } from "../errors";
import { guardBody } from "../http/guard";
import type { Routes } from "../http/routes";
import { newId } from "../identifiers";
import { findSignInExperience } from "../sign-in-experience/find";

type Definition = Pick<CustomProfileFieldUnion, "type" | "config">;

const path = "/custom-profile-fields";
const orderGuard = z.object({ order: updateCustomProfileFieldSieOrderGuard.array() });

/** What a person's profile can hold besides Logto's own fields, and what sign-up asks of it. */
export const customProfileFields: Routes = (router, { database }) => {
  router.get(path, async (context) => {
    context.body = await database.rows<CustomProfileField>(
      CustomProfileFields,
      {},
      "order by sie_order",
    );
  });

  router.get(`${path}/:name`, async (context) => {
    const field = await find(database, context.params["name"]);
    ensure(field, "entity.not_found", { status: 404 });
    context.body = field;
  });

  router.post(path, async (context) => {
    const field = guardBody(context, customProfileFieldUnionGuard);
    refuseWrong(field);
    [context.body] = await insertAll(database, [field]);
    context.status = 201;
  });

  router.post(`${path}/batch`, async (context) => {
    const fields = guardBody(context, customProfileFieldUnionGuard.array().max(20));
    for (const field of fields) refuseWrong(field);
    context.body = await insertAll(database, fields);
    context.status = 201;
  });

  router.post(`${path}/properties/sie-order`, async (context) => {
    const { order } = guardBody(context, orderGuard);
    const names = order.map(({ name }) => name);
    const known = (await database.rows<CustomProfileField>(CustomProfileFields)).map(
      ({ name }) => name,
    );
    const missing = names.filter((name) => !known.includes(name));
    ensure(missing.length === 0, "custom_profile_fields.entity_not_exists_with_names", {
      values: { names: missing.join(", ") },
    });
    for (const { name, sieOrder } of order) {
      await database.update<CustomProfileField>(CustomProfileFields, { sieOrder }, { name });
    }
    const all = await database.rows<CustomProfileField>(
      CustomProfileFields,
      {},
      "order by sie_order",
    );
    context.body = all.filter(({ name }) => names.includes(name));
  });

  router.put(`${path}/:name`, async (context) => {
    const { name = "" } = context.params;
    const change = guardBody(context, updateCustomProfileFieldDataGuard);
    refuseWrong({ ...change, name });
    refuseIncomplete(change);
    const changed = await database.update<CustomProfileField>(CustomProfileFields, change, {
      name,
    });
    ensure(changed, "entity.not_exists", {
      status: 404,
      values: { name: CustomProfileFields.tableSingular },
    });
    context.body = changed;
  });

  router.delete(`${path}/:name`, async (context) => {
    const { name = "" } = context.params;
    await dropFromPages(database, name);
    const deleted = await database.delete<CustomProfileField>(CustomProfileFields, { name });
    ensure(deleted > 0, "entity.not_found", { status: 404 });
    context.status = 204;
  });
};

function find(database: TenantDatabase, name = ""): Promise<CustomProfileField | undefined> {
  return database.row<CustomProfileField>(CustomProfileFields, { name });
}

/** All of them or, if one is refused, none. Each comes last in the order. */
async function insertAll(
  database: TenantDatabase,
  fields: CustomProfileFieldUnion[],
): Promise<CustomProfileField[]> {
  for (const { name } of fields) {
    const held = await find(database, name);
    ensure(!held, "custom_profile_fields.name_exists", { status: 422 });
  }
  return database.transaction(async (transaction) => {
    const inserted: CustomProfileField[] = [];
    for (const field of fields) {
      const [last] = await transaction.query<{ order: number }>(
        "select coalesce(max(sie_order), 0) as order from custom_profile_fields where tenant_id = $1",
        [transaction.tenantId],
      );
      const row = { id: newId(), ...field };
      await transaction.insert<CustomProfileField>(CustomProfileFields, row);
      // The trigger that numbers the rows knows the tenant by the database's user, which ours is not.
      const numbered = await transaction.update<CustomProfileField>(
        CustomProfileFields,
        { sieOrder: (last?.order ?? 0) + 1 },
        { name: field.name },
      );
      inserted.push(numbered as CustomProfileField);
    }
    return inserted;
  });
}

function refuseWrong({ name, ...field }: CustomProfileFieldUnion): void {
  ensure(numberAndAlphabetRegEx.test(name), "custom_profile_fields.invalid_name");
  const reserved = {
    name_conflict_custom_data: reservedCustomDataKeys,
    name_conflict_sign_in_identifier: reservedSignInIdentifierKeys,
    name_conflict_built_in_prop: reservedBuiltInProfileKeys,
  };
  for (const [code, names] of Object.entries<readonly string[]>(reserved)) {
    ensure(!names.includes(name), `custom_profile_fields.${code}`, { values: { name } });
  }
  const {
    minLength = 0,
    maxLength = Infinity,
    minValue = -Infinity,
    maxValue = Infinity,
  } = (field.config ?? {}) as Record<string, number>;
  ensure(
    minLength <= maxLength && minValue <= maxValue,
    "custom_profile_fields.invalid_min_max_input",
  );
  for (const { type } of partsOf(field)) {
    ensure(!isComposed(type), "custom_profile_fields.invalid_sub_component_type");
  }
}

/** What a change must have, and a create need not. */
function refuseIncomplete(field: Definition): void {
  switch (field.type) {
    case CustomProfileFieldType.Checkbox: {
      ensure(
        field.config && "defaultValue" in field.config,
        "custom_profile_fields.invalid_default_value",
      );
      return;
    }
    case CustomProfileFieldType.Select: {
      ensure(
        (field.config as { options: unknown[] }).options.length > 0,
        "custom_profile_fields.invalid_options",
      );
      return;
    }
    case CustomProfileFieldType.Regex: {
      ensure(
        isValidRegEx((field.config as { format: string }).format),
        "custom_profile_fields.invalid_regex_format",
      );
      return;
    }
    case CustomProfileFieldType.Address: {
      ensure(partsOf(field).length > 0, "custom_profile_fields.invalid_address_components");
      return;
    }
    case CustomProfileFieldType.Fullname: {
      ensure(partsOf(field).length > 0, "custom_profile_fields.invalid_fullname_components");
      return;
    }
    default:
  }
}

function partsOf({ config }: Pick<Definition, "config">) {
  return config && "parts" in config ? config.parts : [];
}

function isComposed(type: CustomProfileFieldType): boolean {
  return type === CustomProfileFieldType.Address || type === CustomProfileFieldType.Fullname;
}

/** What asks for a field asks for it no more once that goes: sign-up, and the account center. */
async function dropFromPages(database: TenantDatabase, name: string): Promise<void> {
  const { id, signUpProfileFields: atSignUp } = await findSignInExperience(database);
  if (atSignUp?.some((field) => field.name === name)) {
    const signUpProfileFields = atSignUp.filter((field) => field.name !== name);
    await database.update<SignInExperience>(SignInExperiences, { signUpProfileFields }, { id });
  }
  const center = await database.row<AccountCenter>(AccountCenters, { id: "default" });
  if (center?.profileFields?.some((field) => field.name === name)) {
    const profileFields = center.profileFields.filter((field) => field.name !== name);
    await database.update<AccountCenter>(AccountCenters, { profileFields }, { id: "default" });
  }
}
