import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readdirSync } from "node:fs";
import path from "node:path";
import { Client } from "pg";
import {
  backupsEntrypoint,
  backupsEnvironment,
  backupsFolder,
  backupsIn,
  passwordFile,
} from "../../../../infra/server/docker/backups";
import { type ContainerAccess, logOf } from "../../../../infra/server/docker/container";
import { logsOf } from "../../../../infra/server/docker/container-log";
import { databaseUrl } from "../../../../infra/server/database/database";
import { runToItsEnd } from "../../../../infra/server/docker/finished-container";
import { seed } from "../../../../infra/server/embedded/seed";
import { listBackups, outcomeOfRestore, runBackups } from "../../../../tools/stack/docker-stack";
import { postgresImage } from "../../../images/postgres";
import { archiveOf } from "../../../../standins/docker/upload";
import {
  describeWithDocker,
  docker,
  eventually,
  removeAll,
  uniqueName,
} from "../../../support/docker";
import { freePort } from "../../../support/free-port";
import { temporaryFolder } from "../../../support/programs";

/** Backups of a database that Logto's own tool has seeded, in the containers that a stack makes them with. */
jest.setTimeout(300_000);

const prefix = uniqueName();
const superuserPassword = `canary${randomBytes(6).toString("hex")}`;
const logtoPassword = `canary${randomBytes(6).toString("hex")}`;

describeWithDocker("backups", () => {
  let image: string;
  let port: number;
  let access: ContainerAccess;
  let first: string;

  beforeAll(async () => {
    image = await postgresImage(docker);
    await docker.createNetwork({ Name: prefix });
    const secrets = `${prefix}-secrets`;
    const writer = await docker.createContainer({
      name: secrets,
      Image: image,
      HostConfig: { Mounts: [{ Type: "volume", Source: secrets, Target: "/run/secrets" }] },
    });
    await writer.putArchive(
      archiveOf({
        file: "/run/secrets/pgpass",
        content: passwordFile(superuserPassword, logtoPassword),
        permissions: "0400",
        executable: false,
      }),
      { path: "/" },
    );
    const name = `${prefix}-backup`;
    const { id } = await docker.createContainer({
      name,
      Image: image,
      Entrypoint: backupsEntrypoint(["make"]),
      Env: backupsEnvironment(2),
      HostConfig: {
        CapDrop: ["ALL"],
        ReadonlyRootfs: true,
        NetworkMode: prefix,
        Tmpfs: { "/tmp": "" },
        Mounts: [
          { Type: "volume", Source: secrets, Target: "/run/secrets", ReadOnly: true },
          { Type: "volume", Source: `${prefix}-backups`, Target: backupsFolder },
        ],
      },
    });
    access = { container: id, name, secrets: { superuserPassword, logtoPassword } };
    await newCluster();
    await asSuperuser(async (client) => {
      await client.query(`create role logto with login createrole password '${logtoPassword}'`);
      await client.query(
        "create database logto owner logto template template0 lc_collate 'C' lc_ctype 'C'",
      );
    });
  });
  afterAll(() => removeAll(prefix));

  /** Postgres with an empty data folder, in the place of the one before. */
  async function newCluster(): Promise<void> {
    const name = `${prefix}-postgres`;
    await docker
      .getContainer(name)
      .remove({ force: true, v: true })
      .catch(() => undefined);
    port = await freePort();
    const container = await docker.createContainer({
      name,
      Image: image,
      Env: [`POSTGRES_PASSWORD=${superuserPassword}`],
      ExposedPorts: { "5432/tcp": {} },
      HostConfig: {
        NetworkMode: prefix,
        PortBindings: { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
      },
      NetworkingConfig: { EndpointsConfig: { [prefix]: { Aliases: ["postgres"] } } },
    });
    await container.start();
    await eventually(() => asSuperuser(() => Promise.resolve(true)).catch(() => false));
  }

  async function connected<Result>(
    user: string,
    password: string,
    database: string,
    work: (client: Client) => Promise<Result>,
  ): Promise<Result> {
    const client = new Client({ host: "127.0.0.1", port, user, password, database });
    client.on("error", () => undefined);
    await client.connect();
    try {
      return await work(client);
    } finally {
      await client.end();
    }
  }
  const asSuperuser = <Result>(work: (client: Client) => Promise<Result>) =>
    connected("postgres", superuserPassword, "postgres", work);
  const asOwner = async (statement: string) =>
    (
      await connected("logto", logtoPassword, "logto", (client) =>
        client.query<Record<string, unknown>>(statement),
      )
    ).rows;
  /** The last line of what the container says. */
  const make = async () => {
    await runToItsEnd(access, 60);
    return (await logOf(access)).trimEnd().split("\n").at(-1) ?? "";
  };
  const restore = (name: string, present: "keep" | "discard" = "keep") =>
    runBackups({ backup: access }, ["restore", name, present]);
  const kept = async () => (await listBackups({ backup: access })).map(({ name }) => name);
  const outcomeOf = (name: string, host?: string) =>
    outcomeOfRestore({ backup: { ...access, ...(host && { host }) } }, name);
  const messageOf = (work: Promise<unknown>) =>
    work.then(
      () => "no error",
      (error: unknown) => (error as Error).message,
    );
  /** In a container that shares the volume of the backups. */
  async function inVolume(script: string): Promise<string> {
    const container = await docker.createContainer({
      name: `${prefix}-shell`,
      Image: image,
      Entrypoint: ["sh", "-c", script],
      HostConfig: {
        Mounts: [{ Type: "volume", Source: `${prefix}-backups`, Target: backupsFolder }],
      },
    });
    await container.start();
    await container.wait();
    const output = await logsOf(container);
    await container.remove();
    return output;
  }

  test("an empty database is not backed up, and that is said", async () => {
    expect(await make()).toBe("No backup is made: the database is new and empty.");
    expect(await kept()).toEqual([]);
  });

  test("a seeded one is, in a file that only root reads, named by the alteration it is at", async () => {
    await seed(
      databaseUrl({
        host: "127.0.0.1",
        port,
        database: "logto",
        user: "logto",
        password: logtoPassword,
      }),
    );
    await asOwner("update roles set description = 'of the first backup' where id = 'admin-role'");
    const [made] = backupsIn(await make());
    first = made?.name ?? "";
    const [state] = await asOwner("select value from systems where key = 'alterationState'");
    const { timestamp } = state?.["value"] as { timestamp: number };
    expect(first).toMatch(new RegExp(`^\\d{8}T\\d{6}Z-${timestamp}\\.dump$`));
    expect(await inVolume("stat -c '%a %n' /backups/*")).toBe(`600 /backups/${first}\n`);
    expect(await kept()).toEqual([first]);
  });

  test("one that is broken off is no backup, and the next one removes it", async () => {
    const broken = "/backups/20260101T000000Z-1.dump.partial";
    await inVolume(`head -c 100 /backups/*.dump > ${broken}`);
    expect(await kept()).toEqual([first]);
    await make();
    expect(await inVolume("ls /backups")).not.toContain("partial");
  });

  test("only so many are kept, the newest", async () => {
    const older = "20200101T000000Z-1.dump";
    await inVolume(`cp /backups/${first} /backups/${older}`);
    const before = await kept();
    expect(before).toHaveLength(3);
    const [made] = backupsIn(await make());
    expect(await kept()).toEqual([made?.name, before[0]]);
    await inVolume(`cp /backups/${String(made?.name)} /backups/${first}`);
  });

  test("docker cp takes the backups out of the container and puts one into it, for a restore", async () => {
    const folder = temporaryFolder();
    const copy = (from: string, to: string) =>
      execFileSync("docker", ["cp", from, to], { stdio: "ignore" });
    const look = `sha256sum < /backups/${first}; stat -c '%u %a' /backups/${first}`;
    const before = await inVolume(look);
    copy(`${access.name}:${backupsFolder}/.`, folder);
    expect(readdirSync(folder).sort().reverse()).toEqual(await kept());
    await inVolume(`rm /backups/${first}`);
    copy(path.join(folder, first), `${access.name}:${backupsFolder}/`);
    expect(await inVolume(look)).toBe(before);
  });

  test("a restore brings the data back with the console closed, and keeps the present state as a backup", async () => {
    await asOwner("update roles set description = 'later' where id = 'admin-role'");
    const before = await kept();
    const says = await restore(first);
    const [present] = (await kept()).filter((name) => !before.includes(name));
    expect(says).toBe(
      `The present state is kept as ${String(present)}.\nThe database is that of the backup ${first}.`,
    );
    const description = "select description from roles where id = 'admin-role'";
    expect(await asOwner(description)).toEqual([{ description: "of the first backup" }]);
    // It was open, as the seed leaves it.
    const mode = "select sign_in_mode as mode from sign_in_experiences where tenant_id = 'admin'";
    expect(await asOwner(mode)).toEqual([{ mode: "SignIn" }]);
    await restore(String(present), "discard");
    expect(await asOwner(description)).toEqual([{ description: "later" }]);
  });

  test("a backup that is not whole, or not there, is refused, and nothing is changed", async () => {
    await inVolume(`head -c 100 /backups/${first} > /backups/20200102T000000Z-1.dump`);
    expect(await messageOf(restore("20200102T000000Z-1.dump"))).toContain(
      "The backup 20200102T000000Z-1.dump is not whole: take another.",
    );
    expect(await messageOf(restore("20200103T000000Z-1.dump"))).toContain(
      "There is no backup 20200103T000000Z-1.dump.",
    );
    expect(await asOwner("select count(*)::int from tenants")).toEqual([{ count: 2 }]);
    await inVolume("rm /backups/20200102T000000Z-1.dump");
  });

  test("a database whose tables are gone is neither backed up nor seeded, but restored", async () => {
    await asOwner("drop table systems cascade");
    expect(await messageOf(make())).toContain("The database is empty, and was not before.");
    expect(await restore(first)).toBe(
      `No backup of the present state is made: there is no database of Logto's, or it cannot be used.\nThe database is that of the backup ${first}.`,
    );
    expect(await asOwner("select count(*)::int from systems")).toEqual([{ count: 1 }]);
  });

  test("a present state that cannot be backed up is only given up if that is said", async () => {
    await asOwner("alter table systems rename column value to other");
    const before = await kept();
    expect(await messageOf(restore(first))).toContain(
      "The present state cannot be backed up, and nothing is changed. With --discard it is given up.",
    );
    expect(await kept()).toEqual(before);
    expect(await asOwner("select count(other)::int from systems")).toEqual([{ count: 1 }]);
    await restore(first, "discard");
    expect(await asOwner("select count(value)::int from systems")).toEqual([{ count: 1 }]);
  });

  test("a restore that fails half-way leaves the database as it was, and can be run again", async () => {
    await asSuperuser((client) => client.query("create role reader"));
    await asOwner("grant select on tenants to reader");
    const [made] = backupsIn(await make());
    await asOwner("revoke select on tenants from reader");
    await asSuperuser((client) => client.query("drop role reader"));
    await asOwner("update roles set description = 'not lost' where id = 'admin-role'");
    expect(await messageOf(restore(String(made?.name)))).toContain('role "reader" does not exist');
    expect(await outcomeOf(String(made?.name))).toBe("as it was");
    expect(await asOwner("select description from roles where id = 'admin-role'")).toEqual([
      { description: "not lost" },
    ]);
    await asSuperuser((client) => client.query("create role reader"));
    await restore(String(made?.name), "discard");
    await asOwner("revoke select on tenants from reader");
    await asSuperuser((client) => client.query("drop role reader"));
    const names = await asSuperuser((client) =>
      client.query<{ datname: string }>(
        "select datname from pg_database where datname like 'logto%'",
      ),
    );
    expect(names.rows).toEqual([{ datname: "logto" }]);
  });

  test("a restore that fails after the database is another does not count as none", async () => {
    const [name = ""] = await kept();
    await asSuperuser((client) => client.query("alter database logto is_template true"));
    expect(await messageOf(restore(name, "discard"))).toContain("cannot drop a template database");
    expect(await outcomeOf(name)).toBe("restored");
    await asSuperuser((client) => client.query("alter database logto_before is_template false"));
    await asSuperuser((client) => client.query("drop database logto_before"));
  });

  test("of a restore that is at work, or of an engine that does not answer, the outcome is unknown", async () => {
    // Any command removes what the one before left, which failed.
    await kept();
    const command = await docker.createContainer({
      name: `${access.name}-command`,
      Image: image,
      Entrypoint: ["sleep", "600"],
    });
    await command.start();
    expect(await outcomeOf("any")).toBe("unknown");
    await command.remove({ force: true });
    expect(await outcomeOf("any", `tcp://127.0.0.1:${await freePort()}`)).toBe("unknown");
  });

  test("on a new cluster Logto's roles are made again, with their passwords and their rights", async () => {
    await inVolume(`cp /backups/${String((await kept())[0])} /backups/${first}`);
    const [made] = backupsIn(await make());
    await newCluster();
    await restore(String(made?.name));
    const tenants = await asOwner("select id, db_user, db_user_password from tenants order by id");
    expect(tenants).toHaveLength(2);
    for (const { id, db_user: user, db_user_password: password } of tenants) {
      const seen = await connected(String(user), String(password), "logto", async (client) =>
        client.query("select distinct tenant_id from resources"),
      );
      // Each sees what is its own.
      expect(seen.rows).toEqual([{ tenant_id: id }]);
    }
    const [{ datcollate, rolname } = {}] = await asOwner(
      "select datcollate, rolname from pg_database join pg_roles on pg_roles.oid = datdba where datname = 'logto'",
    );
    expect([datcollate, rolname]).toEqual(["C", "logto"]);
  });

  test("no password is in what the engine tells of the containers or what they write", async () => {
    const container = docker.getContainer(access.container);
    const told = JSON.stringify(await container.inspect()) + (await logsOf(container));
    for (const canary of [superuserPassword, logtoPassword]) expect(told).not.toContain(canary);
  });
});
