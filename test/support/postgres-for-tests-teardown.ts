import { removeCluster } from "../../infra/server/embedded/postgres-cluster";

export default async function tearDown(): Promise<void> {
  const directory = process.env["TEST_POSTGRES_DIRECTORY"];
  if (directory !== undefined) {
    await removeCluster(directory);
  }
}
