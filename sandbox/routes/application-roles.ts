import {
  type Application,
  Applications,
  ApplicationsRoles,
  ApplicationType,
  type Role,
  Roles,
  RoleType,
} from "@logto/schemas";
import { ensure } from "../errors";
import { relation } from "./relation-routes";

/**
 * The roles of a machine-to-machine application. Logto's internal roles, such as the one that `isAdmin` stands for, are
 * neither listed nor counted.
 */
export const applicationRoles = relation<Application, Role>({
  path: "/applications/:id/roles",
  owner: Applications,
  table: Roles,
  pairs: ApplicationsRoles,
  columns: { owner: "applicationId", member: "roleId" },
  ids: "roleIds",
  pages: "always",
  searchable: ["id", "name", "description"],
  shown: `type = '${RoleType.MachineToMachine}' and not starts_with(name, '#internal:')`,
  order: "name",
  answer: "ids",
  checkOwner: ({ type }) =>
    ensure(type === ApplicationType.MachineToMachine, "application.invalid_type", { status: 422 }),
  checkMembers: (_database, _application, roles) =>
    ensure(
      roles.every(({ type }) => type === RoleType.MachineToMachine),
      "application.invalid_role_type",
      { status: 422 },
    ),
});
