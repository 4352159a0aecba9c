import { execFileSync } from "node:child_process";
import { logsOf } from "../../infra/server/docker/container-log";
import { logtoImage } from "../images/logto";
import { postgresImage } from "../images/postgres";
import { describeWithDocker, docker, execute, uniqueName } from "../support/docker";
import { DockerStack } from "../support/docker-stack";
import type { Project } from "../support/project";

/**
 * A stack of the runtime docker from one release of Logto to others and back, on the real Docker Engine,
 * with the commands for backups. The tests go on from one another, as a user would.
 */
jest.setTimeout(600_000);

const clientSecret = "canaryClientSecret4711upgrade";
const apiKey = "SG.canaryApiKey4711upgrade";
const redisPassword = "canaryRedis4711upgrade";
const anotherRedisPassword = "anotherCanaryRedis4711upgrade";

/** Beyond those of the first release, in the order of their time. */
const note = {
  "9.0.0-4000000000-note.js": `
    import { sql } from "@silverhand/slonik";
    export default {
      up: async (pool) => {
        await pool.query(sql\`create table note (text text)\`);
        // Without it no Logto starts.
        await pool.query(sql\`alter table note enable row level security\`);
      },
    };
  `,
};
const failing = {
  "9.1.0-4000000100-failing.js": `
    export default { up: async () => { throw new Error("cannot alter"); } };
  `,
};

/** What the first process was told tells the trial from the server. */
const startsInTrialOnly = `
  if (!require("node:fs").readFileSync("/proc/1/cmdline", "utf8").includes("Logto starts.")) {
    throw new Error("not as the server");
  }
  require("node:http").createServer((_, response) => response.writeHead(204).end()).listen(3001);
`;

describeWithDocker("a stack on Docker, upgraded", () => {
  let stack: DockerStack;
  let project: Project;
  let current: string;
  let appId: string;
  let beforeUpgrade: string;
  const releases: Record<"first" | "second" | "failing" | "ending" | "tried", string> = {
    first: "",
    second: "",
    failing: "",
    ending: "",
    tried: "",
  };
  const postgres = { image: "", another: `${uniqueName("logto-stack-test/postgres")}:1` };
  const processList: string[] = [];
  let watch: NodeJS.Timeout;

  beforeAll(async () => {
    postgres.image = await postgresImage(docker);
    execFileSync("docker", ["build", "--tag", postgres.another, "-"], {
      input: `FROM ${await postgresImage(docker, 18)}\nLABEL another=image\n`,
    });
    releases.first = await logtoImage(docker);
    releases.second = await logtoImage(docker, { alterations: note });
    releases.failing = await logtoImage(docker, {
      alterations: { ...note, ...failing },
    });
    releases.ending = await logtoImage(docker, {
      alterations: note,
      core: 'console.error("Error while initializing app:", process.env.DB_URL, process.env.REDIS_URL);',
    });
    releases.tried = await logtoImage(docker, { alterations: note, core: startsInTrialOnly });
    current = releases.first;
    stack = await DockerStack.copy({
      postgresImage: postgres.image,
      logtoImage: current,
      clientSecret,
      apiKey,
      settings: ["backupsKept: 3"],
    });
    ({ project } = stack);
    watch = setInterval(() => {
      processList.push(execFileSync("ps", ["-eo", "args"], { encoding: "utf8" }));
    }, 500);
    await project.setSecrets("dev", {
      "logto-stack:redisUrl": `redis://:${redisPassword}@redis:6379`,
    });
    await stack.up();
    appId = (await project.pulumi("stack", "output", "appId", "--stack", "dev")).stdout.trim();
  });
  afterAll(async () => {
    clearInterval(watch);
    await stack.remove();
    await docker.getImage(postgres.another).remove();
  });

  const nameOfApplication = async () => {
    const { body } = await stack.api("GET", `/api/applications/${appId}`);
    return (body as { name?: string }).name;
  };
  const use = (release: string) => {
    project.edit("Pulumi.dev.yaml", current, release);
    current = release;
  };
  const secretsOfLogto = async () =>
    (await execute(`${stack.name}-logto`, ["cat", "/run/secrets/env"])).output;
  /** The names of the backups, the newest first. */
  const backups = async () => {
    const { code, output } = await project.npm("restore", ["dev"]);
    expect([code, output]).toEqual([0, output]);
    return [...output.matchAll(/^ {2}(\S+\.dump) /gm)].map(([, name]) => name ?? "");
  };

  test("the first up makes no backup, as there is nothing to back up", async () => {
    expect(await logsOf(stack.container("logto-backup"))).toBe(
      "No backup is made: the database is new and empty.\n",
    );
    const { code, output } = await project.npm("restore", ["dev"]);
    expect([code, output]).toEqual([
      0,
      "Stack dev (named)\nThere is no backup of the stack dev: npm run backup -- dev makes one.",
    ]);
  });

  test("an upgrade whose engine is killed leaves Logto running, and the next up completes it", async () => {
    const before = await stack.inspect("logto");
    use(releases.second);
    const up = stack.beginUp();
    await up.hasPrinted(/Updating \(dev\)[^]*logto-alterations .*(creat|replac)ing/);
    await stack.killEngineOf(up);
    expect((await stack.inspect("logto")).Id).toBe(before.Id);
    expect(await nameOfApplication()).toBe("Bookstore");
  });

  test("another release is backed up for, altered for and tried before Logto is replaced", async () => {
    const before = await stack.inspect("logto");
    await stack.up();
    const { State: backup } = await stack.inspect("logto-backup");
    const { State: seed } = await stack.inspect("logto-seed");
    const { State: trial } = await stack.inspect("logto-trial");
    const { State: server, Image: image } = await stack.inspect("logto");
    expect(image).not.toBe(before.Image);
    const order = [
      before.State.StartedAt,
      backup.StartedAt,
      backup.FinishedAt,
      seed.StartedAt,
      seed.FinishedAt,
      trial.StartedAt,
      trial.FinishedAt,
      server.StartedAt,
    ];
    expect(order).toEqual(order.toSorted());
    expect(await logsOf(stack.container("logto-seed"))).toContain("note.js");
    expect(await logsOf(stack.container("logto-trial"))).toMatch(/\nLogto starts\.\n/);

    const names = await backups();
    expect(names).toEqual([expect.stringMatching(/^\d{8}T\d{6}Z-\d{10}\.dump$/)]);
    beforeUpgrade = names[0] ?? "";
    expect(await stack.sql("select count(*) from note")).toBe("0");
    expect(await nameOfApplication()).toBe("Bookstore");
    expect(await stack.up()).toMatch(/Resources:\n\s+\d+ unchanged\n/);
    expect(await backups()).toEqual(names);
  });

  test("an older release is refused with the reason, and nothing is changed", async () => {
    const before = await stack.inspect("logto");
    use(releases.first);
    const output = await stack.failedUp();
    expect(output).toContain(
      `${releases.first} is older than the database, and a downgrade would break it: the newest alteration of the image is that of release 1.43.0`,
    );
    expect(output).toContain("the database is at that of release 9.0.0 (4000000000)");
    expect((await stack.inspect("logto")).State).toMatchObject({
      Running: true,
      StartedAt: before.State.StartedAt,
    });
    expect(await backups()).toEqual([beforeUpgrade]);
  });

  test("a restore of the backup of before the upgrade, and up, are the way back to the older release", async () => {
    const { code, output } = await project.npm("restore", ["dev", beforeUpgrade, "--yes"]);
    expect([code, output]).toEqual([1, output]);
    expect(output).toMatch(/The present state is kept as \S+-4000000000\.dump\./);
    expect(output).toContain("The database is restored, but Logto does not start on it.");
    await stack.up();
    expect((await stack.inspect("logto")).State.Running).toBe(true);
    expect(await nameOfApplication()).toBe("Bookstore");
    expect(await stack.sql("select to_regclass('note') is null")).toBe("t");
  });

  test("an alteration that fails leaves Logto running, and the error names the backup", async () => {
    const before = await stack.inspect("logto");
    use(releases.failing);
    const output = await stack.failedUp();
    expect(output).toContain("cannot alter");
    const [newest] = await backups();
    expect(output).toContain(
      `If another release has changed the database by now, npm run restore -- dev ${String(newest)} puts back that of before it.`,
    );
    expect((await stack.inspect("logto")).Id).toBe(before.Id);
    expect(await nameOfApplication()).toBe("Bookstore");
    expect(await stack.failedUp()).toContain("cannot alter");
    // Trying again is no reason to give up an older backup.
    expect((await backups())[0]).toBe(newest);
  });

  test("a release that does not start leaves Logto running with the secrets that it had, and the error shows no password", async () => {
    const before = await stack.inspect("logto");
    await project.setSecrets("dev", {
      "logto-stack:redisUrl": `redis://:${anotherRedisPassword}@redis:6379`,
    });
    use(releases.ending);
    const output = await stack.failedUp();
    expect(output).toContain(
      "Error while initializing app: postgres://logto:[secret]@postgres:5432/logto [secret]",
    );
    expect(output).toContain("Logto ended at its start.");
    expect((await stack.inspect("logto")).Id).toBe(before.Id);
    expect(await secretsOfLogto()).not.toContain(anotherRedisPassword);
    expect(await nameOfApplication()).toBe("Bookstore");
  });

  test("a release that fails after its trial says how to go back, and up with the image of before does", async () => {
    use(releases.tried);
    const output = await stack.failedUp();
    const [newest] = await backups();
    expect(output).toMatch(/ended with exit code \d+ at its start; .*\n[^]*not as the server/);
    expect(output).toContain(
      "It had started in its trial, so the Logto of before has given it its place and is gone.",
    );
    expect(output).toContain(`put its database back with npm run restore -- dev ${String(newest)}`);
    use(releases.second);
    await stack.up();
    expect(await nameOfApplication()).toBe("Bookstore");
    expect(await secretsOfLogto()).toContain(anotherRedisPassword);
  });

  test("a Postgres that cannot read the data is refused before anything is touched", async () => {
    const running = () =>
      Promise.all(
        ["postgres", "postgres-secrets", "logto-backup", "logto"].map(async (name) => {
          const { Id: id, State: state } = await stack.inspect(name);
          return [name, id, state.StartedAt];
        }),
      );
    const before = await running();
    project.edit("Pulumi.dev.yaml", postgres.image, postgres.another);
    const output = await stack.failedUp();
    expect(output).toMatch(
      /The image is of Postgres 18, and the data is of Postgres 17, which no other major version can read\.\n\s+Nothing was changed, and Postgres runs on as it was\./,
    );
    expect(await running()).toEqual(before);
  });

  test("a backup that is asked for is made, and only so many are kept", async () => {
    const { code, output } = await project.npm("backup", ["dev"]);
    expect([code, output]).toEqual([0, output]);
    const [, made] = /A backup was made:\n {2}(\S+) +0\.\d MB\n/.exec(output) ?? [];
    const names = await backups();
    expect(names).toHaveLength(3);
    expect(names[0]).toBe(made);
  });

  test("the way to another Postgres is a backup, and up --refresh puts right what has changed since", async () => {
    await stack.api("PATCH", `/api/applications/${appId}`, { name: "Changed by hand" });
    expect((await project.npm("backup", ["dev"])).code).toBe(0);
    const [backup = ""] = await backups();
    const unconfirmed = await project.npm("restore", ["dev", backup]);
    expect(unconfirmed.output).toContain("there is no terminal to ask at: add --yes.");
    for (const name of ["postgres", "postgres-check"]) {
      await stack.container(name).remove({ force: true });
    }
    await docker.getVolume(`${stack.name}-postgres-data`).remove();
    expect(await stack.failedUp()).toContain("npm run restore -- dev lists the backups");

    const { code, output } = await project.npm("restore", ["dev", backup, "--yes"]);
    expect([code, output]).toEqual([0, output]);
    expect(output).toContain("No backup of the present state is made");
    expect(await nameOfApplication()).toBe("Changed by hand");
    expect((await stack.inspect("postgres")).Config.Labels).toMatchObject({ another: "image" });

    await stack.sql(
      "update application_secrets set value = 'anotherSecret4711' where application_id = 'infrastructure'",
    );
    expect((await project.pulumi("preview", "--stack", "dev")).code).toBe(0);
    await stack.up();
    await stack.up("--refresh");
    expect(await nameOfApplication()).toBe("Bookstore");
    expect(await stack.up()).toMatch(/Resources:\n\s+\d+ unchanged\n/);
  });

  test("no secret is in what the engines tell or write", async () => {
    const canaries = [
      clientSecret,
      apiKey,
      redisPassword,
      anotherRedisPassword,
      ...(await project.generatedPasswords("dev")),
    ];
    expect(canaries).toHaveLength(6);
    const all = await stack.containers();
    const told = [
      JSON.stringify(await Promise.all(all.map((one) => one.inspect()))),
      (await Promise.all(all.map((one) => logsOf(one)))).join("\n"),
      (await project.pulumi("stack", "export", "--stack", "dev")).stdout,
      project.printed,
      processList.join("\n"),
    ];
    for (const text of told) {
      expect(text).not.toBe("");
      for (const canary of canaries) expect(text).not.toContain(canary);
    }
  });
});
