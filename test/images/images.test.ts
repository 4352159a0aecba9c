import { randomBytes } from "node:crypto";
import type { ContainerCreateOptions } from "dockerode";
import { Client } from "pg";
import { logsOf } from "../../infra/server/docker/container-log";
import { archiveOf } from "../../standins/docker/upload";
import { makeCertificate } from "../support/certificate";
import {
  describeWithDocker,
  docker,
  eventually,
  execute,
  removeAll,
  uniqueName,
} from "../support/docker";
import { freePort } from "../support/free-port";
import { logtoImage } from "./logto";
import { debianMajor, postgresImage } from "./postgres";
import { shellImage } from "./shell";

/** What the official images promise. Both can be run on those, with the variables that name them. */
jest.setTimeout(300_000);

const prefix = uniqueName();
const password = `canary'$"${randomBytes(6).toString("hex")}`;

describeWithDocker("the tests' images", () => {
  let postgres: string;
  let logto: string;
  let server: ReturnType<typeof startServer> | undefined;
  beforeAll(async () => {
    postgres = await postgresImage(docker);
    logto = await logtoImage(docker);
  });
  afterAll(() => removeAll(prefix));

  describe("the image in the place of Postgres", () => {
    test("makes the database, the user and what the scripts say, and runs as postgres", async () => {
      const { name, port } = await startPostgres({
        environment: ["POSTGRES_USER=owner", "POSTGRES_DB=books", `POSTGRES_PASSWORD=${password}`],
        files: {
          "/docker-entrypoint-initdb.d/1.sql": "create table book (title text);",
          "/docker-entrypoint-initdb.d/2.sh":
            'psql -U "$POSTGRES_USER" -d "$POSTGRES_DB" -c "insert into book values (\'Emma\')"',
        },
      });
      const url = { host: "127.0.0.1", port, user: "owner", password, database: "books" };
      expect(await query(url, "select current_user as who, title from book")).toEqual([
        { who: "owner", title: "Emma" },
      ]);
      await expect(query({ ...url, password: "another" }, "select 1")).rejects.toThrow(
        /password authentication failed/,
      );
      expect((await execute(name, ["pg_isready", "-U", "owner", "-d", "books"])).code).toBe(0);
      const { output } = await execute(name, ["ps", "-o", "user,args"]);
      expect(output).toMatch(/^postgres\s+postgres$/m);
    });

    test("takes its password from a file, and the command's settings for the server", async () => {
      const { name, port } = await startPostgres({
        environment: [
          "POSTGRES_PASSWORD_FILE=/run/password",
          "POSTGRES_INITDB_ARGS=--data-checksums",
        ],
        files: { "/run/password": password },
        command: ["postgres", "-c", "max_connections=17"],
      });
      const url = { host: "127.0.0.1", port, user: "postgres", password, database: "postgres" };
      const shown =
        "select current_setting('max_connections') as max, current_setting('data_checksums') as sums";
      expect(await query(url, shown)).toEqual([{ max: "17", sums: "on" }]);
      expect(JSON.stringify(await docker.getContainer(name).inspect())).not.toContain(password);
      expect(await logOf(name)).not.toContain(password);
    });

    test("keeps its data, and its password, from one container to the next", async () => {
      const volume = uniqueName(prefix);
      const mount = { mounts: [`${volume}:/var/lib/postgresql/data`] };
      const first = await startPostgres({
        ...mount,
        environment: [`POSTGRES_PASSWORD=${password}`],
      });
      const url = { host: "127.0.0.1", user: "postgres", password, database: "postgres" };
      await query({ ...url, port: first.port }, "create table kept (a int)");
      await docker.getContainer(first.name).stop();
      await docker.getContainer(first.name).remove({ v: true });
      const second = await startPostgres({ ...mount, environment: ["POSTGRES_PASSWORD=another"] });
      expect(await query({ ...url, port: second.port }, "select * from kept")).toEqual([]);
      expect(await logOf(second.name)).toMatch(/Skipping initialization/);
    });

    test("runs without any right, on a root that cannot be written", async () => {
      const { name, port } = await startPostgres({
        environment: [`POSTGRES_PASSWORD=${password}`],
        user: "postgres",
        host: {
          CapDrop: ["ALL"],
          Init: true,
          ReadonlyRootfs: true,
          SecurityOpt: ["no-new-privileges:true"],
          Tmpfs: { "/tmp": "", "/var/run/postgresql": "" },
        },
      });
      const url = { host: "127.0.0.1", port, user: "postgres", password, database: "postgres" };
      expect(await query(url, "select 1 as one")).toEqual([{ one: 1 }]);
      expect((await execute(name, ["touch", "/file"])).output).toMatch(/Read-only/);
    });

    test.each([
      ["Debian's", debianMajor],
      ["17", () => 17],
      ["18", () => 18],
    ])(
      "of the version %s has clients of the server's version, which back up and restore",
      async (_, majorOf) => {
        const major = majorOf();
        const { name, port } = await startPostgres(
          { environment: [`POSTGRES_PASSWORD=${password}`] },
          await postgresImage(docker, major),
        );
        const url = { host: "127.0.0.1", port, user: "postgres", password, database: "postgres" };
        const version = "select current_setting('server_version_num')::int / 10000 as major";
        expect(await query(url, version)).toEqual([{ major }]);
        await query(url, "create table book as select 'Emma' as title");
        const steps = [
          "pg_dump -V",
          "psql -V",
          "pg_restore -V",
          "pg_isready -V",
          "pg_dump -Fc -f /tmp/dump postgres && createdb copy && pg_restore -d copy /tmp/dump && psql -XAt -P pager=off -c 'table book' copy",
        ];
        const { output, code } = await execute(name, ["sh", "-ec", steps.join("\n")], "postgres");
        const lines = output.trim().split("\n");
        expect([lines.at(-1), code]).toEqual(["Emma", 0]);
        for (const line of lines.slice(0, -1)) {
          expect(line).toMatch(new RegExp(`\\(PostgreSQL\\) ${major}\\.`));
        }
      },
    );

    test("of the version 18 has its data in a folder of that version, refuses a volume in the older place, and takes PGDATA", async () => {
      const image = await postgresImage(docker, 18);
      const environment = [`POSTGRES_PASSWORD=${password}`];
      const mounts = [`${uniqueName(prefix)}:/var/lib/postgresql/data`];
      expect(await end(image, { environment, mounts })).toMatchObject({
        code: 1,
        log: expect.stringContaining("a volume at /var/lib/postgresql/data") as string,
      });
      const named = [...environment, "PGDATA=/var/lib/postgresql/data"];
      const { name } = await startPostgres({ environment: named, mounts }, image);
      const { output } = await execute(name, ["cat", "/var/lib/postgresql/data/PG_VERSION"]);
      expect(output).toBe("18\n");
    });

    test("does not make a database that has no password, and says which variable is missing", async () => {
      expect(await end(postgres, {})).toMatchObject({
        code: 1,
        log: expect.stringMatching(/POSTGRES_PASSWORD/) as string,
      });
      const both = ["POSTGRES_PASSWORD=a", "POSTGRES_PASSWORD_FILE=/etc/passwd"];
      expect(await end(postgres, { environment: both })).toMatchObject({
        code: 1,
        log: expect.stringMatching(/both.*set/) as string,
      });
    });
  });

  describe("the image in the place of Logto", () => {
    test("has the working folder, the commands, the port and the user of Logto's", async () => {
      const { Config: config } = await docker.getImage(logto).inspect();
      expect(config).toMatchObject({
        WorkingDir: "/etc/logto",
        Entrypoint: ["npm", "run"],
        Cmd: ["start"],
        ExposedPorts: { "3001/tcp": {} },
        User: "",
      });
    });

    test("seeds a database once, deploys alterations, starts, and answers as both tenants", async () => {
      const database = await makeDatabase();
      const seed = { environment: [`DB_URL=${database.url}`], network: database.network };
      const once = await end(logto, { ...seed, command: ["cli", "db", "seed", "--", "--swe"] });
      expect(once).toMatchObject({ code: 0, log: expect.stringContaining("Seed data") as string });
      const again = await end(logto, { ...seed, command: ["cli", "db", "seed", "--", "--swe"] });
      expect(again).toMatchObject({ code: 0, log: expect.stringMatching(/skip/i) as string });
      const deployed = await end(logto, { ...seed, command: ["alteration", "deploy", "latest"] });
      expect(deployed).toMatchObject({ code: 0 });

      const [port, adminPort] = [await freePort(), await freePort()];
      const admin = `http://localhost:${adminPort}`;
      const { name } = await startLogto(logto, {
        ...seed,
        ports: { "3001/tcp": port, "3002/tcp": adminPort },
        environment: [
          ...seed.environment,
          "ENDPOINT=https://id.bookstore.example",
          `ADMIN_ENDPOINT=${admin}`,
        ],
      });
      expect(await healthy(port)).toBe(204);
      expect(await issuer(`http://localhost:${port}`)).toBe("https://id.bookstore.example/oidc");
      expect(await issuer(admin)).toBe(`${admin}/oidc`);
      // As at Logto, the tenant is found by the address, whatever the port that it came in by.
      expect(await issuer(`http://127.0.0.1:${adminPort}`)).toBe(
        "https://id.bookstore.example/oidc",
      );
      const inside = [
        "wget",
        "-q",
        "-O",
        "-",
        "http://localhost:3002/oidc/.well-known/openid-configuration",
      ];
      expect((await execute(name, inside)).output).toContain(`"issuer":"${admin}/oidc"`);
    });

    test("takes its settings from a file .env, and shows them in nothing that the engine tells", async () => {
      const database = await makeDatabase();
      const options = {
        network: database.network,
        files: { "/etc/logto/.env": `DB_URL='${database.url}'\n` },
      };
      const seeded = await end(logto, {
        ...options,
        command: ["cli", "db", "seed", "--", "--swe"],
      });
      expect(seeded).toMatchObject({ code: 0 });
      const port = await freePort();
      const { name } = await startLogto(logto, { ...options, ports: { "3001/tcp": port } });
      expect(await healthy(port)).toBe(204);
      const told = JSON.stringify(await docker.getContainer(name).inspect());
      for (const text of [told, seeded.log, await logOf(name)]) {
        expect(text).not.toContain(database.password);
      }
    });

    test("speaks TLS with the files that it is told of, trusts authorities and knows extra hosts", async () => {
      const database = await makeDatabase();
      const { cert, key } = await makeCertificate(["localhost", "id.bookstore.example"]);
      const seed = { environment: [`DB_URL=${database.url}`], network: database.network };
      await end(logto, { ...seed, command: ["cli", "db", "seed", "--", "--swe"] });
      const port = await freePort();
      const { name } = await startLogto(logto, {
        ...seed,
        ports: { "3001/tcp": port },
        files: { "/etc/certificate.pem": cert, "/etc/key.pem": key },
        host: { ExtraHosts: ["id.bookstore.example:127.0.0.1"] },
        environment: [
          ...seed.environment,
          `ENDPOINT=https://localhost:${port}`,
          "HTTPS_CERT_PATH=/etc/certificate.pem",
          "HTTPS_KEY_PATH=/etc/key.pem",
          "NODE_EXTRA_CA_CERTS=/etc/certificate.pem",
        ],
      });
      await eventually(async () => (await logOf(name)).includes("listening"));
      const ask = (url: string) =>
        `fetch("${url}").then((r) => console.log(String(r.status)), (e) => console.log(e.cause.code))`;
      const asked = async (url: string) =>
        (await execute(name, ["node", "--eval", ask(url)])).output.trim();
      expect(await asked("https://id.bookstore.example:3001/api/status")).toBe("204");
      expect(await asked("https://127.0.0.1:3001/api/status")).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
      await expect(fetch(`https://localhost:${port}/api/status`)).rejects.toMatchObject({
        cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
      });
    });

    test("needs one writable folder, and no right but that of its user, on a root that cannot be written", async () => {
      const database = await makeDatabase();
      const environment = [`DB_URL=${database.url}`];
      const hardened = {
        network: database.network,
        host: {
          CapDrop: ["ALL"],
          Init: true,
          ReadonlyRootfs: true,
          SecurityOpt: ["no-new-privileges:true"],
          Tmpfs: { "/tmp": "" } as Record<string, string>,
        },
      };
      const seed = ["cli", "db", "seed", "--", "--swe"];
      await end(logto, { ...hardened, environment, command: seed, host: {} });
      const refused = await startLogto(logto, { ...hardened, environment });
      await eventually(async () => /EROFS|read-only file system/i.test(await logOf(refused.name)));

      const writable = { ...hardened.host.Tmpfs, "/etc/logto/packages/cli/alteration-scripts": "" };
      const port = await freePort();
      await startLogto(logto, {
        ...hardened,
        environment,
        host: { ...hardened.host, Tmpfs: writable },
        ports: { "3001/tcp": port },
      });
      expect(await healthy(port)).toBe(204);
    });

    test("of a newer release starts only once its alteration is deployed, and one that fails changes nothing", async () => {
      const database = await makeDatabase();
      const options = { environment: [`DB_URL=${database.url}`], network: database.network };
      await end(logto, { ...options, command: ["cli", "db", "seed", "--", "--swe"] });
      const broken = await logtoImage(docker, alteration("alter table no_such_table add a int"));
      const failed = await end(broken, { ...options, command: ["alteration", "deploy", "latest"] });
      expect(failed.code).not.toBe(0);
      expect(failed.log).toContain("no_such_table");

      const newer = await logtoImage(docker, alteration("alter table applications add note text"));
      const waiting = await end(newer, options);
      // Logto's own exit code is no better.
      expect(waiting).toMatchObject({
        code: 0,
        log: expect.stringContaining("npm run alteration deploy") as string,
      });
      const deployed = await end(newer, {
        ...options,
        command: ["alteration", "deploy", "latest"],
      });
      expect(deployed).toMatchObject({ code: 0 });
      const port = await freePort();
      await startLogto(newer, { ...options, ports: { "3001/tcp": port } });
      expect(await healthy(port)).toBe(204);
      expect(await database.query("select count(note) as notes from applications")).toEqual([
        { notes: "0" },
      ]);
    });

    test("without a database's address says so", async () => {
      expect(await end(logto, {})).toMatchObject({
        log: expect.stringContaining("DB_URL is not set") as string,
      });
    });
  });

  test("an image that is there already is not made again, and another content makes another one", async () => {
    const build = jest.spyOn(docker, "buildImage");
    const take = jest.spyOn(docker, "importImage");
    const names = [await shellImage(docker), await postgresImage(docker), await logtoImage(docker)];
    expect(names.slice(1)).toEqual([postgres, logto]);
    expect(build.mock.calls.length + take.mock.calls.length).toBe(0);
    const other = await logtoImage(docker, alteration(`-- ${uniqueName()}`));
    expect(build).toHaveBeenCalledTimes(1);
    expect(other).not.toBe(logto);
    await docker.getImage(other).remove();
    jest.restoreAllMocks();
  });

  interface Options {
    environment?: string[];
    files?: Record<string, string>;
    command?: string[];
    mounts?: string[];
    network?: string;
    ports?: Record<string, number>;
    user?: string;
    host?: ContainerCreateOptions["HostConfig"];
  }

  async function create(image: string, options: Options) {
    const name = uniqueName(prefix);
    const ports = Object.entries(options.ports ?? {});
    const container = await docker.createContainer({
      name,
      Image: image,
      Env: options.environment ?? [],
      ...(options.command && { Cmd: options.command }),
      ...(options.user && { User: options.user }),
      ExposedPorts: Object.fromEntries(ports.map(([port]) => [port, {}])),
      HostConfig: {
        ...options.host,
        Binds: options.mounts ?? [],
        PortBindings: Object.fromEntries(
          ports.map(([port, own]) => [port, [{ HostIp: "127.0.0.1", HostPort: own.toString() }]]),
        ),
        ...(options.network && { NetworkMode: options.network }),
      },
    });
    for (const [file, content] of Object.entries(options.files ?? {})) {
      const upload = { file, content, executable: false, permissions: "0444" };
      await container.putArchive(archiveOf(upload), { path: "/" });
    }
    return { name, container };
  }

  async function startPostgres(
    options: Options,
    image = postgres,
  ): Promise<{ name: string; port: number }> {
    const port = await freePort();
    const { name, container } = await create(image, { ...options, ports: { "5432/tcp": port } });
    await container.start();
    await eventually(async () => {
      const { State: state } = await container.inspect();
      if (!state.Running) throw new Error(await logOf(name));
      return (
        /ready to accept connections/.test(
          (await logOf(name)).split("init process complete").at(-1) ?? "",
        ) && (await execute(name, ["pg_isready", "-h", "127.0.0.1"])).code === 0
      );
    });
    return { name, port };
  }

  async function startLogto(image: string, options: Options): Promise<{ name: string }> {
    const { name, container } = await create(image, options);
    await container.start();
    return { name };
  }

  /** Runs a container to its end. */
  async function end(image: string, options: Options): Promise<{ code: number; log: string }> {
    const { name, container } = await create(image, options);
    await container.start();
    const { StatusCode: code } = (await container.wait()) as { StatusCode: number };
    return { code, log: await logOf(name) };
  }

  /** A database of the test's own, on a Postgres in a network where containers find it. */
  async function makeDatabase() {
    server ??= startServer();
    const { network, name, own, port } = await server;
    const database = uniqueName("logto").replace("-", "_");
    const url = { host: "127.0.0.1", port, user: "postgres", password: own };
    await query({ ...url, database: "postgres" }, `create database ${database}`);
    return {
      network,
      password: own,
      url: `postgres://postgres:${own}@${name}:5432/${database}`,
      query: (statement: string) => query({ ...url, database }, statement),
    };
  }

  async function startServer() {
    const network = uniqueName(prefix);
    await docker.createNetwork({ Name: network });
    const own = randomBytes(8).toString("hex");
    const environment = [`POSTGRES_PASSWORD=${own}`];
    return { network, own, ...(await startPostgres({ environment, network })) };
  }
});

function alteration(statement: string) {
  const script = `
import { sql } from "@silverhand/slonik";
export default {
  up: async (pool) => { await pool.query(sql\`${statement}\`); },
  down: async () => {},
};
`;
  return { alterations: { "9.0.0-4000000000-note.js": script } };
}

async function query(url: object, statement: string): Promise<unknown[]> {
  const client = new Client(url);
  await client.connect();
  try {
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
}

function logOf(name: string): Promise<string> {
  return logsOf(docker.getContainer(name));
}

/** The answer of the status route, once there is one. */
async function healthy(port: number): Promise<number> {
  let status = 0;
  await eventually(async () => {
    status = await fetch(`http://127.0.0.1:${port}/api/status`).then(
      (response) => response.status,
      () => 0,
    );
    return status !== 0;
  });
  return status;
}

async function issuer(endpoint: string): Promise<unknown> {
  const response = await fetch(`${endpoint}/oidc/.well-known/openid-configuration`);
  return ((await response.json()) as { issuer: unknown }).issuer;
}
