import { type Resource, Resources, type Scope, Scopes } from "@logto/schemas";
import { ensure } from "../errors";
import { crudRoutes } from "./crud-routes";
import { ensureNotBuiltIn } from "./resources";

/** The scopes of an API resource. Like Logto's these routes find one by its own id, whatever resource the path names. */
export const resourceScopes = crudRoutes<Scope, Resource>({
  path: "/resources/:resourceId/scopes",
  table: Scopes,
  above: { table: Resources, column: "resourceId", protect: ensureNotBuiltIn },
  pages: "always",
  searchable: ["id", "name", "description"],
  create: Scopes.createGuard.pick({ name: true, description: true }),
  patch: Scopes.createGuard.pick({ name: true, description: true }).partial(),
  unique: { name: "scope.name_exists" },
  check: ({ name = "" }) => ensure(!/\s/.test(name), "scope.name_with_space"),
  hasGet: false,
  looksFirst: false,
});
