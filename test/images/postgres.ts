import { appendFileSync, existsSync, readdirSync, realpathSync, rmSync } from "node:fs";
import path from "node:path";
import type Docker from "dockerode";
import { ensureImage } from "./image";
import { copyFolder, copyLibraries, copyProgram, installed, stampOf } from "./machine";
import { installPackages, keyOf } from "./postgres-packages";
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

/** The major version of Pulumi.dev.yaml's image, and the one that users have who follow it. */
const usual = 17;

/**
 * An image in the place of `postgres:N-alpine`: with its environment variables, its user, its folders and its
 * behaviour at the first start. `LOGTO_STACK_TEST_POSTGRES_IMAGE` names another to test with, such as the official
 * one, in place of that of the usual major version.
 *
 * @param major 17, 18, or that of this machine's Debian. Default: 17
 * @see https://hub.docker.com/_/postgres
 */
export async function postgresImage(docker: Docker, major = usual): Promise<string> {
  const given = process.env["LOGTO_STACK_TEST_POSTGRES_IMAGE"];
  if (given && major === usual) {
    return given;
  }
  const key = keyOf(major);
  const folders = foldersOf(major);
  return ensureImage(docker, {
    name: `logto-stack-test/postgres-${major}`,
    folder: "postgres",
    key: key ?? [stampOf(path.join(debianHome(), "bin/postgres"))],
    arguments: { SHELL_IMAGE: await shellImage(docker), MAJOR: `${major}`, ...folders },
    fill(root) {
      const settings = key === undefined ? fillFromDebian(root) : fillFromPackages(root, major);
      copyFolder(root, "/usr/share/zoneinfo");
      copyFolder(root, "/usr/lib/locale/C.utf8");
      appendFileSync(path.join(root, settings), "listen_addresses = '*'\n");
    },
  });
}

/** The major version of this machine's Debian. */
export function debianMajor(): number {
  return Number(path.basename(debianHome()));
}

const debianHome = () => newest("/usr/lib/postgresql");

/** From 18 on the official image keeps each major version's data in a folder of its own. */
function foldersOf(major: number): { DATA: string; VOLUME_FOLDER: string } {
  return major < 18
    ? { DATA: "/var/lib/postgresql/data", VOLUME_FOLDER: "/var/lib/postgresql/data" }
    : { DATA: `/var/lib/postgresql/${major}/docker`, VOLUME_FOLDER: "/var/lib/postgresql" };
}

/** @returns its configuration's sample, by which initdb makes a cluster's, in the image */
function fillFromDebian(root: string): string {
  const home = debianHome();
  for (const program of programs) {
    copyProgram(root, path.join(home, "bin", program));
  }
  for (const library of librariesIn(path.join(home, "lib"))) {
    copyProgram(root, library);
  }
  const shared = `/usr/share/postgresql/${path.basename(home)}`;
  copyFolder(root, shared);
  return `${shared}/postgresql.conf.sample`;
}

/** @returns as {@link fillFromDebian} does */
function fillFromPackages(root: string, major: number): string {
  const home = installPackages(root, major, programs);
  const copied = path.join(root, home);
  for (const folder of ["pgxs", "bitcode"]) {
    rmSync(path.join(copied, "lib/postgresql", folder), { recursive: true, force: true });
  }
  const files = [
    // The clients themselves, and not the links to them: next to these is the server's libpq.
    ...programs.map((program) => realpathSync(path.join(copied, "bin", program))),
    ...["lib", "lib/postgresql"].flatMap((folder) => librariesIn(path.join(copied, folder))),
  ];
  for (const file of files) copyLibraries(root, file, copied);
  return `${home}/share/postgresql/postgresql.conf.sample`;
}

/** But for what compiles queries, with which come 100 MB of LLVM. Postgres does without. */
function librariesIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".so") && !name.startsWith("llvmjit"))
    .map((name) => path.join(folder, name));
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
