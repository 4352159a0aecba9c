import type { Router } from "@koa/router";
import type { Tenant } from "../tenant";

/** Adds the routes of one resource. Paths are those below `/api`. */
export type Routes = (router: Router, tenant: Tenant) => void;
