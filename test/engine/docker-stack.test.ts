import { execFileSync } from "node:child_process";
import { argon2Verify } from "hash-wasm";
import { Client } from "pg";
import { postgresImage } from "../images/postgres";
import { logtoImage } from "../images/logto";
import { logsOf } from "../../infra/server/docker/container-log";
import { makeCertificate } from "../support/certificate";
import { describeWithDocker, docker, eventually, execute } from "../support/docker";
import { DockerStack, resourcesOf } from "../support/docker-stack";
import type { Project } from "../support/project";
import { askForToken, send } from "../support/sandbox";

/**
 * The stack `dev` on the real Docker Engine, from nothing to its destruction; of its settings only images,
 * names and ports are others. The tests go on from one another, as a user would.
 */
jest.setTimeout(300_000);

const clientSecret = "canaryClientSecret4711docker";
const apiKey = "SG.canaryApiKey4711docker";
const redisPassword = "canaryRedis4711docker";
const administratorPassword = "canaryConsole4711docker";
/** In the place of all that was generated. */
const rotated = {
  clientSecret: "canaryClientSecret4711rotated",
  administratorPassword: "canaryConsole4711rotated",
  fingerprintKey: "canaryFingerprintKey4711rotated",
};

describeWithDocker("the stack dev", () => {
  let stack: DockerStack;
  let project: Project;
  let appId: string;
  let tlsKey: string;
  const images: string[] = [];
  const processList: string[] = [];
  let watch: NodeJS.Timeout;

  beforeAll(async () => {
    images.push(await postgresImage(docker), await logtoImage(docker));
    const [postgres = "", logto = ""] = images;
    watch = setInterval(() => {
      processList.push(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }));
    }, 500);
    stack = await DockerStack.copy({
      postgresImage: postgres,
      logtoImage: logto,
      clientSecret,
      apiKey,
    });
    ({ project } = stack);
    await project.setSecrets("dev", {
      "logto-stack:administratorPassword": administratorPassword,
    });
  });
  afterAll(async () => {
    clearInterval(watch);
    delete process.env["NODE_EXTRA_CA_CERTS"];
    await stack.remove();
  });

  const container = (name: string) => stack.container(name);
  const containers = async () =>
    Promise.all((await stack.containers()).map((one) => one.inspect()));
  /** Who may come to the console, by what it tells everybody; nothing while it does not answer. */
  const modeOfConsole = async () => {
    try {
      const { body } = await send(`${stack.adminEndpoint}/api/.well-known/sign-in-exp`, "GET");
      return (body as { signInMode?: string } | undefined)?.signInMode;
    } catch {
      return undefined;
    }
  };
  const up = async (...flags: string[]) => resourcesOf(await stack.up(...flags));

  test("npm run up -- dev makes containers and declares everything on them, and the console is never open", async () => {
    const { endpoint, adminEndpoint } = stack;
    const modes = new Set<string | undefined>();
    const look = setInterval(() => void modeOfConsole().then((mode) => modes.add(mode)), 100);
    const says = await up().finally(() => clearInterval(look));
    expect(says).toBe("+ 41 created");
    expect(modes).toEqual(new Set([undefined, "SignIn"]));
    expect(await modeOfConsole()).toBe("SignIn");
    for (const name of ["logto", "logto-trial"]) {
      expect(await logsOf(container(name))).toContain(adminEndpoint);
    }
    // Until the console is closed, nothing serves it.
    expect(await logsOf(container("logto-seed"))).not.toContain(endpoint);
    appId = (await project.pulumi("stack", "output", "appId", "--stack", "dev")).stdout.trim();
    const { body: application } = await stack.api("GET", `/api/applications/${appId}`);
    expect(application).toMatchObject({ name: "Bookstore" });
    const { body: connectors } = await stack.api("GET", "/api/connectors");
    expect(connectors).toMatchObject([{ id: "bookstore-email", config: { apiKey } }]);
    const { body: experience } = await stack.api("GET", "/api/sign-in-exp");
    expect(experience).toMatchObject({ signUp: { identifiers: ["email"] } });
  });

  test("each endpoint is that of its own tenant", async () => {
    const { endpoint, adminEndpoint } = stack;
    for (const origin of [endpoint, adminEndpoint]) {
      const { body } = await send(`${origin}/oidc/.well-known/openid-configuration`, "GET");
      expect(body).toMatchObject({ issuer: `${origin}/oidc` });
    }
    const { body: ofUsers } = await send(`${endpoint}/api/.well-known/sign-in-exp`, "GET");
    const { body: ofConsole } = await send(`${adminEndpoint}/api/.well-known/sign-in-exp`, "GET");
    expect([ofUsers, ofConsole]).toMatchObject([{ tenantId: "default" }, { tenantId: "admin" }]);
  });

  test("the console has its administrator, with the rights of a first visitor", async () => {
    const account = `
      select username, array(select roles.name from users_roles join roles on roles.id = role_id
                             where user_id = users.id order by 1),
        array(select organization_id || ' ' || organization_role_id
              from organization_role_user_relations where user_id = users.id)
      from users where tenant_id = 'admin'`;
    expect(await stack.sql(account)).toBe('admin|{default:admin,user}|{"t-default admin"}');
  });

  test("the containers have few rights, and all that is open is open on this machine alone", async () => {
    for (const { Name: name, HostConfig: host, State: state } of await containers()) {
      const isWriter = name.endsWith("-secrets");
      expect({ name, ...host }).toMatchObject({
        name,
        CapDrop: ["ALL"],
        Init: true,
        LogConfig: { Type: "json-file", Config: { "max-file": "3", "max-size": "10m" } },
        Memory: expect.any(Number) as number,
        PidsLimit: isWriter ? null : 1024,
        Privileged: false,
        // One that writes secrets never runs.
        ReadonlyRootfs: !isWriter,
        SecurityOpt: ["no-new-privileges:true"],
      });
      expect(host.Memory).toBeGreaterThan(0);
      expect(isWriter ? state.StartedAt : "").toMatch(isWriter ? /^0001-/ : /^$/);
      // Null where nothing is published, in the containers that the vendor's plugin makes.
      const bindings = host.PortBindings as Record<string, { HostIp: string }[]> | null;
      const open = Object.values(bindings ?? {}).flat();
      expect(open.map(({ HostIp: ip }) => ip)).toEqual(open.map(() => "127.0.0.1"));
    }
    for (const name of ["postgres", "logto"]) {
      expect((await container(name).inspect()).HostConfig.RestartPolicy?.Name).toBe(
        "unless-stopped",
      );
    }
    expect((await container("logto").inspect()).HostConfig.CapAdd).toBeNull();
  });

  test("up again changes nothing", async () => {
    expect(await up()).toBe("41 unchanged");
  });

  test("a refresh finds nothing, although Postgres has made Logto's role a member of those that it made", async () => {
    const memberships = "select count(*) from pg_auth_members where member = 'logto'::regrole";
    expect(await stack.sql(memberships)).not.toBe("0");
    expect(await up("--refresh")).toBe("41 unchanged");
  });

  test("a review with a refresh ends with 0 while nothing differs, and with 1 for what somebody changed", async () => {
    const review = () => project.npm("review", ["dev", "--refresh"]);
    const unchanged = await review();
    expect([unchanged.code, unchanged.output]).toEqual([0, unchanged.output]);
    const describe = (description: string) =>
      stack.api("PATCH", `/api/applications/${appId}`, { description });
    await describe("Sells other people's books");
    const { code, output } = await review();
    expect([code, output]).toEqual([1, expect.stringContaining("`description`") as string]);
    await describe("Sells books");
  });

  test("all that is generated, passwords, secrets and the key of fingerprints, is rotated at once, and nothing is left to be done", async () => {
    const fingerprint = async () => {
      const { stdout } = await project.pulumi("stack", "export", "--stack", "dev");
      return /"secretFingerprints":\s*\{\s*"apiKey":\s*"([\da-f]{16})"/.exec(stdout)?.[1];
    };
    const formerFingerprint = await fingerprint();
    await stack.rotateClientSecret(rotated.clientSecret);
    await project.setSecrets("dev", {
      "logto:fingerprintKey": rotated.fingerprintKey,
      "logto-stack:administratorPassword": rotated.administratorPassword,
    });
    const before = await project.generatedPasswords("dev");
    const urns = ["logto-database-password", "postgres-superuser-password"].map(
      (name) => `urn:pulumi:dev::logto-stack::random:index/randomPassword:RandomPassword::${name}`,
    );
    await up(...urns.flatMap((urn) => ["--replace", urn]));
    const after = await project.generatedPasswords("dev");
    const worksFor = async (user: string, password: string) => {
      const { postgresPort: port } = stack;
      const client = new Client({ host: "127.0.0.1", port, user, password, database: "logto" });
      try {
        await client.connect();
        return true;
      } catch {
        return false;
      } finally {
        await client.end();
      }
    };
    const works = (passwords: string[]) =>
      Promise.all(
        ["logto", "postgres"].map(async (user) =>
          (await Promise.all(passwords.map((password) => worksFor(user, password)))).includes(true),
        ),
      );
    expect([await works(before), await works(after)]).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(await stack.api("GET", `/api/applications/${appId}`)).toMatchObject({ status: 200 });
    const former = { clientId: "infrastructure", clientSecret };
    expect(await askForToken(stack.endpoint, former)).toMatchObject({ status: 401 });
    const hash = await stack.sql("select password_encrypted from users where tenant_id = 'admin'");
    expect(await argon2Verify({ password: rotated.administratorPassword, hash })).toBe(true);
    expect(formerFingerprint).toBeDefined();
    expect([undefined, formerFingerprint]).not.toContain(await fingerprint());
    expect((await project.npm("backup", ["dev"])).code).toBe(0);
    expect(await up("--refresh")).toBe("41 unchanged");
  });

  test("up starts a killed Postgres and a killed Logto, without a refresh, breaks no rule, and the data is there", async () => {
    await container("logto").kill();
    await container("postgres").kill();
    // By now the policies see what a first preview does not know, such as Docker's ids.
    const configuration = "policies/configuration/dev.json";
    const judged = ["--policy-pack", "policies", "--policy-pack-config", configuration];
    expect(await up(...judged)).toMatch(/^~ 2 updated\n/);
    expect(await stack.api("GET", `/api/applications/${appId}`)).toMatchObject({ status: 200 });
  });

  test("containers that a refresh has found stopped are started again by up, and none is replaced", async () => {
    const ids = async () => (await containers()).map(({ Id: id }) => id).sort();
    const before = await ids();
    await container("logto").kill();
    await container("postgres").kill();
    const urns = ["logto", "postgres"].flatMap((name) => [
      "--target",
      `urn:pulumi:dev::logto-stack::docker:index/container:Container::${name}`,
    ]);
    const refresh = ["refresh", "--yes", "--run-program=false", "--stack", "dev", ...urns];
    expect(await project.pulumi(...refresh)).toMatchObject({ code: 0 });
    const output = await stack.up();
    expect(output).toContain("Read from the Docker Engine before the up: logto, postgres\n");
    expect(resourcesOf(output)).not.toContain("replaced");
    expect(await ids()).toEqual(before);
    expect(await stack.api("GET", `/api/applications/${appId}`)).toMatchObject({ status: 200 });
  });

  test("a container that was removed is made again", async () => {
    await container("logto").remove({ force: true });
    expect(await up()).toMatch(/^\+ 1 created\n\s+~ 1 updated\n/);
    expect(await stack.api("GET", `/api/applications/${appId}`)).toMatchObject({ status: 200 });
  });

  test("another setting of the environment replaces Logto's container alone, and keeps what is declared", async () => {
    const before = await container("postgres").inspect();
    stack.set("trustProxyHeader: true");
    expect(await up()).toBe("~ 2 updated\n    +-2 replaced\n    4 changes. 37 unchanged");
    const { Config: config } = await container("logto").inspect();
    expect(config.Env).toContain("TRUST_PROXY_HEADER=1");
    expect((await container("postgres").inspect()).Id).toBe(before.Id);
    expect(await stack.api("GET", `/api/applications/${appId}`)).toMatchObject({ status: 200 });
  });

  test("the server's own TLS, authorities, extra hosts and a cache's address reach Logto and work", async () => {
    const before = await container("postgres").inspect();
    const { cert, key } = await makeCertificate(["localhost", "id.bookstore.example"]);
    tlsKey = key;
    project.write("tls/certificate.pem", cert);
    project.write("tls/key.pem", key);
    stack.set(
      "tls: { certificateFile: tls/certificate.pem, keyFile: tls/key.pem }",
      "caCertificatesFile: tls/certificate.pem",
      "extraHosts: { id.bookstore.example: 127.0.0.1 }",
      "databasePoolSize: 5",
      "logtoMemory: 900",
    );
    for (const http of [stack.endpoint, stack.adminEndpoint]) {
      project.edit("Pulumi.dev.yaml", `: ${http}\n`, `: ${http.replace("http:", "https:")}\n`);
    }
    await project.setSecrets("dev", {
      "logto-stack:redisUrl": `redis://:${redisPassword}@redis:6379`,
    });
    // It is this machine's own affair whom it trusts.
    process.env["NODE_EXTRA_CA_CERTS"] = project.path("tls/certificate.pem");
    await up();
    expect((await container("postgres").inspect()).Id).toBe(before.Id);

    const { Config: config, HostConfig: host } = await container("logto").inspect();
    expect(config.Env).toContain("DATABASE_POOL_SIZE=5");
    expect(host.Memory).toBe(900 * 1024 * 1024);
    const ask = `fetch("https://id.bookstore.example:3001/api/status").then((answer) => console.log(String(answer.status)))`;
    const answer = await execute(`${stack.name}-logto`, ["node", "--eval", ask]);
    expect(answer.output.trim()).toBe("204");
    const cache = await execute(`${stack.name}-logto`, ["cat", "/run/secrets/env"]);
    expect(cache.output).toContain(`REDIS_URL='redis://:${redisPassword}@redis:6379'\n`);
    for (const file of ["key.pem", "certificate.pem", "authorities.pem"]) {
      const mode = ["stat", "-c", "%a", `/run/secrets/${file}`];
      expect((await execute(`${stack.name}-logto`, mode)).output).toBe("400\n");
    }
  });

  test("the health check of each container says that it is well", async () => {
    for (const name of ["postgres", "logto"]) {
      await eventually(
        async () => (await container(name).inspect()).State.Health?.Status === "healthy",
      );
    }
  });

  test("secrets are in files of mode 400, and in nothing that the engines tell or write", async () => {
    for (const [name, file] of [
      ["postgres", "password"],
      ["logto", "env"],
    ] as const) {
      const shown = await execute(`${stack.name}-${name}`, [
        "stat",
        "-c",
        "%a",
        `/run/secrets/${file}`,
      ]);
      expect(shown.output).toBe("400\n");
    }
    const exported = ["stack", "export", "--stack", "dev"];
    const passwords = await project.generatedPasswords("dev");
    expect(passwords).toHaveLength(2);
    const keyLines = tlsKey.split("\n").filter((line) => line.length > 40);
    expect(keyLines).not.toEqual([]);
    const canaries = [
      clientSecret,
      apiKey,
      redisPassword,
      administratorPassword,
      ...Object.values(rotated),
      ...keyLines,
      ...passwords,
    ];

    const all = await containers();
    const logs = await Promise.all(all.map(({ Id: id }) => logsOf(docker.getContainer(id))));
    const histories = await Promise.all(images.map((image) => docker.getImage(image).history()));
    const told = [
      JSON.stringify(all),
      logs.join("\n"),
      JSON.stringify(histories),
      (await project.pulumi(...exported)).stdout,
      project.printed,
      processList.join("\n"),
    ];
    for (const text of told) {
      expect(text).not.toBe("");
      for (const canary of canaries) expect(text).not.toContain(canary);
    }
  });

  test("more memory reaches Logto and Postgres, without more swap, and the data is there", async () => {
    const megabyte = 1024 * 1024;
    project.edit("Pulumi.dev.yaml", "logtoMemory: 900", "logtoMemory: 1100");
    stack.set("postgresMemory: 1200");
    // For the next test.
    project.edit("Pulumi.dev.yaml", "protect: false", "protect: true");
    await up();
    for (const [name, megabytes] of [
      ["logto", 1100],
      ["postgres", 1200],
    ] as const) {
      const { HostConfig: host } = await container(name).inspect();
      expect([name, host.Memory, host.MemorySwap]).toEqual([
        name,
        megabytes * megabyte,
        megabytes * megabyte,
      ]);
    }
    expect(await stack.sql(`select name from applications where id = '${appId}'`)).toBe(
      "Bookstore",
    );
  });

  test("destroy of protected data says what to do, keeps the data, and removes the rest if it is told to", async () => {
    const running = (await containers()).map(({ Id: id }) => id).sort();
    const refused = await project.pulumi("destroy", "--yes", "--stack", "dev");
    expect(refused.code).not.toBe(0);
    expect(refused.output).toMatch(
      /^Nothing was destroyed: the data of the stack dev is protected \(.*postgres-data.*\)\. .*logto-stack:docker\.protect: false in Pulumi\.dev\.yaml, run npm run up -- dev, and then .*$/m,
    );
    expect(refused.output).not.toMatch(/state unprotect|\n\s+at /);
    expect((await containers()).map(({ Id: id }) => id).sort()).toEqual(running);

    const rest = ["destroy", "--yes", "--stack", "dev", "--exclude-protected"];
    const { code, output } = await project.pulumi(...rest);
    expect([code, output]).toEqual([0, expect.anything()]);
    const left = (await containers()).map(({ Name: name }) => name);
    expect(left).not.toContain(`/${stack.name}-logto`);
    expect((await docker.getVolume(`${stack.name}-postgres-data`).inspect()).Name).toBeDefined();

    project.edit("Pulumi.dev.yaml", "protect: true", "protect: false");
    await up();
  });

  test("destroy leaves no container, no network and no volume", async () => {
    const { code, output } = await project.pulumi("destroy", "--yes", "--stack", "dev");
    expect([code, output]).toEqual([0, expect.anything()]);
    const filters = { name: [stack.name] };
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
    expect(await docker.listNetworks({ filters })).toEqual([]);
    expect((await docker.listVolumes({ filters })).Volumes).toEqual([]);
  });
});
