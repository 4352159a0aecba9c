import { version } from "@pulumi/postgresql/package.json";
import { databaseOn } from "./database";
import type { Plugin } from "./plugin";
import { options, PostgresServer } from "./postgres-server";
import { roleOn } from "./role";

const server = new PostgresServer();

export const plugin: Plugin = {
  name: "postgresql",
  version,
  options,
  configure: (given) => server.configure(given),
  resources: {
    "postgresql:index/role:Role": roleOn(server),
    "postgresql:index/database:Database": databaseOn(server),
  },
};
