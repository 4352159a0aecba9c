import type { Routes } from "../http/routes";

/** Says that the server is up. */
export const status: Routes = (router) => {
  router.get("/status", (context) => {
    context.status = 204;
  });
};
