import { dockerHost } from "../../infra/server/docker/docker-connection";
import { logtoImage } from "../images/logto";
import { postgresImage } from "../images/postgres";
import { describeWithDocker, docker, execute, removeAll } from "../support/docker";
import { DockerStack, resourcesOf } from "../support/docker-stack";
import { OwnDockerEngine } from "../support/own-docker-engine";

/**
 * What can go wrong on the way, on an engine of its own: each `up` fails with what is wrong, and the next
 * one goes on from there. The tests go on from one another.
 */
jest.setTimeout(600_000);

const clientSecret = "canaryClientSecret4711faults";
const apiKey = "SG.canaryApiKey4711faults";

/** That of the tests. */
const another = dockerHost();

const describeWithOwnEngine = OwnDockerEngine.isPossible() ? describeWithDocker : describe.skip;

describeWithOwnEngine("a stack on Docker, in trouble", () => {
  let engine: OwnDockerEngine;
  let stack: DockerStack;

  beforeAll(async () => {
    const images = { postgres: await postgresImage(docker), logto: await logtoImage(docker) };
    engine = await OwnDockerEngine.start("16m");
    await engine.load(images.postgres, images.logto);
    process.env["DOCKER_HOST"] = engine.host;
    stack = await DockerStack.copy({
      postgresImage: images.postgres,
      logtoImage: images.logto,
      clientSecret,
      apiKey,
      engine: engine.docker,
    });
    stack.project.runner = engine.runner;
  });
  afterAll(async () => {
    delete process.env["DOCKER_HOST"];
    delete process.env["DOCKER_CERT_PATH"];
    delete process.env["DOCKER_TLS_VERIFY"];
    stack.endOrphans();
    await engine.remove();
    stack.project.remove();
  });

  const names = async () => {
    const found = await engine.docker.listContainers({ all: true });
    return found.map(({ Names: [name = ""] }) => name.replace(`/${stack.name}-`, "")).sort();
  };
  const running = async () => {
    const found = await engine.docker.listContainers();
    return found.map(({ Names: [name = ""] }) => name.replace(`/${stack.name}-`, "")).sort();
  };
  /** What is there once, and no more. */
  const expectWhole = async () => {
    expect(await names()).toEqual([
      "logto",
      "logto-alterations",
      "logto-backup",
      "logto-backup-secrets",
      "logto-secrets",
      "logto-seed",
      "logto-trial",
      "logto-trial-secrets",
      "postgres",
      "postgres-check",
      "postgres-secrets",
    ]);
    expect(await running()).toEqual(["logto", "postgres"]);
    const filters = { name: [stack.name] };
    const { Volumes: volumes } = await engine.docker.listVolumes({ filters });
    expect(volumes.map(({ Name: name }) => name.replace(`${stack.name}-`, "")).sort()).toEqual([
      "backups",
      "logto-backup-secrets",
      "logto-secrets",
      "logto-trial-secrets",
      "postgres-data",
      "postgres-secrets",
    ]);
    expect(await engine.docker.listNetworks({ filters })).toHaveLength(1);
    expect(await stack.sql("select name from applications where type = 'Traditional'")).toBe(
      "Bookstore",
    );
    const status = `fetch("http://localhost:3001/api/status").then((answer) => console.log(String(answer.status)))`;
    const command = ["node", "--eval", status];
    const { output } = await execute(`${stack.name}-logto`, command, undefined, engine.docker);
    expect(output.trim()).toBe("204");
  };
  const expectNoStack = (output: string) => expect(output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);

  /** Runs the command that, by the error, forgets what is lost. */
  const followAdvice = async (error: string) => {
    const [, command = ""] = /npm run pulumi -- (.+?) forgets it/.exec(error) ?? [];
    const { code, output } = await stack.project.pulumi(...command.replaceAll("'", "").split(" "));
    expect([code, output]).toEqual([0, output]);
  };

  test("ports that are taken are all named with the setting that gives another, and nothing is started", async () => {
    const { postgresPort, endpoint } = stack;
    const port = Number(new URL(endpoint).port);
    const listen = `for (const port of [${postgresPort}, ${port}]) require("net").createServer().listen(port, "127.0.0.1", () => console.log("listens"))`;
    const holder = stack.project.begin("timeout", ["120", "node", "--eval", listen]);
    await holder.hasPrinted(/listens\n.*listens/s);
    const output = await stack.failedUp();
    expect(output).toContain(
      `The container "${stack.name}-postgres" cannot be published at port ${postgresPort}, another program has it: end that program, or name another port in logto-stack:docker.postgresPort.`,
    );
    expect(output).toContain(
      `at port ${port}, another program has it: end that program, or name another port in logto:endpoint.`,
    );
    expectNoStack(output);
    expect(await running()).toEqual([]);
    holder.end();
    await holder.ended;
  });

  test("an engine that has nothing of the stack is not taken for its own, until the stack is forgotten", async () => {
    process.env["DOCKER_HOST"] = another;
    const refused = await stack
      .failedUp()
      .finally(() => (process.env["DOCKER_HOST"] = engine.host));
    expect(refused).toContain(
      `Nothing was changed: the Docker Engine at ${another} has nothing of the stack dev, `,
    );
    expectNoStack(refused);
    const { Volumes: others } = await docker.listVolumes({ filters: { name: [stack.name] } });
    expect(others).toEqual([]);

    await removeAll(stack.name, engine.docker);
    await followAdvice(await stack.failedUp());
  });

  test("a disk that is full is told in the database's own words, and no password is", async () => {
    const output = await stack.failedUp();
    expect(output).toMatch(
      new RegExp(
        `The container "${stack.name}-postgres" ended with exit code .*; the last lines of its log:`,
      ),
    );
    expect(output).toContain("No space left on device");
    expectNoStack(output);
    const passwords = await stack.project.generatedPasswords("dev");
    expect(passwords).toHaveLength(2);
    for (const secret of [clientSecret, apiKey, ...passwords]) {
      expect(output).not.toContain(secret);
    }
    engine.resizeDisk("1g");
  });

  test("an engine that goes in the middle of an up is told, and nothing more", async () => {
    const up = stack.beginUp();
    await up.hasPrinted(/docker:index:Container logto-seed creating/);
    await engine.kill();
    const { code, output } = await up.ended;
    expect([code === 0, output]).toEqual([false, output]);
    expect(output).toMatch(/[Tt]he Docker Engine at unix:\S+ does not answer \(.+\): start it/);
    expectNoStack(output);
    expect(await stack.failedUp()).toMatch(
      /^The Docker Engine at unix:\S+ does not answer \(.+\): start it\.$/m,
    );
    await engine.begin();
  });

  test("the next up goes on from all that, and nothing is doubled", async () => {
    await stack.up();
    await expectWhole();
    expect(resourcesOf(await stack.up())).toBe("41 unchanged");
  });

  test("a second up while another is at work is refused in a line that says whose it is", async () => {
    stack.set("trustProxyHeader: true");
    const first = stack.beginUp();
    await first.hasPrinted(/Updating \(dev\)[^]*Container logto-trial (deleting|creating)/);
    process.kill(stack.enginePid(), "SIGSTOP");
    const output = await stack.failedUp();
    expect(output.trim().split("\n").at(-1)).toMatch(
      /^The stack dev is being changed by process \d+ of \S+ on \S+, since \S+: run this again when that has ended\./,
    );
    await stack.killEngineOf(first);
  });

  test("after an up that was killed the next one goes on, and the data is there", async () => {
    const application = await stack.sql("select id from applications where name = 'Bookstore'");
    const output = await stack.up();
    expect(output).toMatch(/^A run on dev was killed \(process \d+, begun \S+\)\./m);
    await expectWhole();
    const { Config: config } = await stack.inspect("logto");
    expect(config.Env).toContain("TRUST_PROXY_HEADER=1");
    expect(await stack.sql("select id from applications where name = 'Bookstore'")).toBe(
      application,
    );
    expect(resourcesOf(await stack.up())).toBe("41 unchanged");
  });

  test("a container that was removed by hand is made again by a plain up, over TLS", async () => {
    await stack.container("logto").remove({ force: true });
    Object.assign(process.env, engine.overTls);
    const output = await stack.up();
    process.env["DOCKER_HOST"] = engine.host;
    expect(output).toContain(`Gone from the Docker Engine, and made again: ${stack.name}-logto`);
    await expectWhole();
  });

  test("all that holds no data can be removed by hand, and up --refresh makes it again", async () => {
    const application = await stack.sql("select id from applications where name = 'Bookstore'");
    for (const container of await stack.containers()) await container.remove({ force: true });
    await engine.docker.getNetwork(stack.name).remove();
    for (const name of ["logto", "logto-trial", "logto-backup", "postgres"]) {
      await engine.docker.getVolume(`${stack.name}-${name}-secrets`).remove();
    }
    await stack.up("--refresh");
    await expectWhole();
    expect(await stack.sql("select id from applications where name = 'Bookstore'")).toBe(
      application,
    );
    expect(resourcesOf(await stack.up())).toBe("41 unchanged");
  });

  test("protected data that is lost is not forgotten without being asked for, and without a backup there is a way to a new server", async () => {
    const urn = "urn:pulumi:dev::logto-stack::docker:index/volume:Volume::postgres-data";
    await stack.project.pulumi("state", "protect", urn, "--yes", "--stack", "dev");
    for (const name of ["postgres", "postgres-check", "logto-backup"]) {
      await stack.container(name).remove({ force: true });
    }
    for (const name of ["postgres-data", "backups"]) {
      await engine.docker.getVolume(`${stack.name}-${name}`).remove();
    }
    const refused = await stack.failedUp();
    expect(refused).toContain("has no postgres-data of the stack dev, which the stack protects.");
    await followAdvice(refused);

    const output = await stack.failedUp();
    expect(output).toContain(
      "If there is none, the server is lost: npm run pulumi -- state delete",
    );
    expectNoStack(output);
    await followAdvice(output);
    await removeAll(stack.name, engine.docker);
    // As the first one: what is forgotten is not looked for.
    expect((await stack.project.pulumi("preview", "--stack", "dev")).output).toMatch(
      /\+ \d+ to create\n\nDuration|\+ \d+ to create\s*$/,
    );
  });
});
