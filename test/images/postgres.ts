import { appendFileSync, existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import { ensureImage } from "./image";
import { copyFolder, copyProgram, installed, stampOf } from "./machine";
import { shellImage } from "./shell";

const programs = [
  "createdb",
  "createuser",
  "dropdb",
  "dropuser",
  "initdb",
  "pg_ctl",
  "pg_dump",
  "pg_dumpall",
  "pg_isready",
  "pg_restore",
  "postgres",
  "psql",
];

/**
 * An image in the place of `postgres:N-alpine`, of Debian's Postgres: with its environment variables, its
 * user, its folders and its behaviour at the first start. `LOGTO_STACK_TEST_POSTGRES_IMAGE` names another
 * to test with, such as the official one.
 *
 * @see https://hub.docker.com/_/postgres
 */
export async function postgresImage(docker: Docker): Promise<string> {
  const given = process.env["LOGTO_STACK_TEST_POSTGRES_IMAGE"];
  if (given) {
    return given;
  }
  const home = newest("/usr/lib/postgresql");
  const version = path.basename(home);
  return ensureImage(docker, {
    name: "logto-stack-test/postgres",
    folder: "postgres",
    key: [stampOf(path.join(home, "bin/postgres"))],
    arguments: { SHELL_IMAGE: await shellImage(docker), MAJOR: version },
    fill(root) {
      for (const program of programs) {
        copyProgram(root, path.join(home, "bin", program));
      }
      for (const name of readdirSync(path.join(home, "lib"))) {
        const library = path.join(home, "lib", name);
        // It compiles queries, and with it come 100 MB of LLVM. Postgres does without.
        if (name.endsWith(".so") && !name.startsWith("llvmjit")) {
          copyProgram(root, library);
        }
      }
      copyFolder(root, `/usr/share/postgresql/${version}`);
      copyFolder(root, "/usr/share/zoneinfo");
      copyFolder(root, "/usr/lib/locale/C.utf8");
      const settings = path.join(root, `/usr/share/postgresql/${version}/postgresql.conf.sample`);
      appendFileSync(settings, "listen_addresses = '*'\n");
    },
  });
}

/** The folder of the newest Postgres on this machine. */
function newest(folder: string): string {
  const versions = existsSync(folder) ? readdirSync(folder).map(Number) : [];
  const found = versions
    .sort((one, other) => other - one)
    .map((version) => path.join(folder, version.toString()))
    .find((home) => existsSync(path.join(home, "bin/postgres")));
  return found ?? path.dirname(path.dirname(installed(`${folder}/N/bin/postgres`, "postgresql")));
}
