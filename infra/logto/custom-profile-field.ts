import type * as pulumi from "@pulumi/pulumi";
import { z } from "zod";
import { omit, type Values } from "../properties";
import { userError } from "../user-error";
import { customProfileFieldInputs, fitsItsType, placesOf } from "./custom-profile-field-schema";
import type { Changes } from "./mechanism/declared";
import type { Write } from "./mechanism/hooks";
import { byPostedKey } from "./mechanism/identity";
import { managementResource, type ResourceArguments } from "./mechanism/management-resource";
import { withoutOtherPlaces } from "./mechanism/other-places";

const withoutOtherTypes = withoutOtherPlaces("config", placesOf);

const customProfileField = managementResource({
  type: "logto:CustomProfileField",
  noun: "custom profile field",
  title: "name",
  path: "api/custom-profile-fields",
  inputs: z.object(customProfileFieldInputs),
  columnNames: { order: "sieOrder" },
  rules: [fitsItsType],
  identity: byPostedKey("name"),
  replaceOn: ["name"],
  createdWith: ["required", "config"],
  ownRequests: {
    order: {
      method: "POST",
      path: () => "api/custom-profile-fields/properties/sie-order",
      body: (sieOrder, { id: name }) => ({ order: [{ name, sieOrder }] }),
    },
  },
  whenUnset: { description: "", required: false, config: {} },
  completeChange: (change, live) => withoutOtherTypes(placeKept(change), live),
  completeBody: withoutEmptyLabel,
  beforeWrite: keepLabel,
  consequences: {
    deleted:
      "Sign-up and the account center no longer ask for it, and Logto takes it out of the sign-in experience's signUpProfileFields. What users have filled in stays with them.",
    replaced:
      "Sign-up asks for the new one only once the sign-in experience names it. What users have filled in stays under the old name.",
  },
});

export const { kind, provider } = customProfileField;
export type CustomProfileFieldArgs = ResourceArguments<typeof customProfileFieldInputs>;

/** A place in the order that is no longer declared stays as it is: each field has one. */
function placeKept(change: Changes): Changes {
  const isLetGo = !("sieOrder" in change.declared) && !("sieOrder" in change.original);
  return isLetGo ? { ...change, before: omit(change.before, ["sieOrder"] as never[]) } : change;
}

/** What a change cannot say: Logto takes no empty label, and no description of a checkbox. */
function withoutEmptyLabel(columns: Values): Values {
  return omit(columns, [
    ...(columns["label"] ? [] : ["label"]),
    ...(columns["type"] === "Checkbox" ? ["description"] : []),
  ] as never[]);
}

function keepLabel({ before, wanted, label }: Write<{ label?: string | undefined }>) {
  if (before?.label === undefined || wanted["label"]) return Promise.resolve();
  throw userError(
    `label: Logto cannot take the label "${before.label}" away from ${label}: declare another one, or make the field again (pulumi up --replace)`,
  );
}

/**
 * A field of a user's profile that sign-up and the account center can ask for. The key of Logto's own profile, such as
 * `birthdate`, or one of yours.
 *
 * What surprises:
 * - It is asked for at sign-up only if the sign-in experience names it in `signUpProfileFields`: use the output `name`
 *   there, so that the sign-in experience lets go of it first when it goes. Otherwise Logto takes it out of there and of
 *   the account center by itself.
 * - An adopted field without a label keeps the declared one when the resource goes, as Logto cannot take it away.
 *
 * @see https://docs.logto.io/end-user-flows/collect-user-profile
 */
export class CustomProfileField extends customProfileField.Resource {
  declare readonly name: pulumi.Output<string>;
}
