import { randomBytes } from "node:crypto";
import { createServer, type Server } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import type { ContainerCreateOptions } from "dockerode";
import { shellImage } from "../../../images/shell";
import {
  describeWithDocker,
  docker,
  eventually,
  execute,
  removeAll,
  uniqueName,
} from "../../../support/docker";
import { DockerGateway } from "../../../support/docker-gateway";
import { freePort } from "../../../support/free-port";
import { evaluateProvider, failuresOf } from "../../../support/provider";

/** What waits for a container, on containers that do as a shell's script says. */
jest.setTimeout(120_000);

interface State {
  host?: string;
  container: string;
  name: string;
  secrets: Record<string, string>;
  url?: string;
  port?: number;
  limit: number;
  advice?: string;
  processLimit?: number;
  trigger?: string;
}

const ready = evaluateProvider<State, State>("logto-server:ReadyContainer");
const finished = evaluateProvider<State, State & { lastLine: string }>(
  "logto-server:FinishedContainer",
);
const prefix = uniqueName();
const password = `canary${randomBytes(6).toString("hex")}`;
const redisPassword = `canary${randomBytes(6).toString("hex")}`;
const redisUrl = `redis://:${redisPassword}@redis:6379`;
const secrets = { password, redisPassword, redisUrl };

const messageOf = (work: Promise<unknown>) =>
  work.then(
    () => "no error",
    (error: unknown) => (error as Error).message,
  );

describeWithDocker("a container", () => {
  let image: string;
  let server: Server;
  let status = 204;
  let url: string;
  beforeAll(async () => {
    image = await shellImage(docker);
    server = createServer((_request, response) => {
      response.statusCode = status;
      response.end();
    });
    const port = await freePort();
    await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", () => resolve()));
    url = `http://127.0.0.1:${port}/api/status`;
  });
  afterAll(async () => {
    server.close();
    await removeAll(prefix);
  });

  async function make(script: string, options: ContainerCreateOptions = {}): Promise<State> {
    const name = uniqueName(prefix);
    const { id } = await docker.createContainer({
      name,
      Image: image,
      Cmd: ["sh", "-c", script],
      StopTimeout: 0,
      ...options,
    });
    return { container: id, name, secrets, limit: 60 };
  }
  const isUp = async (state: State) => !(await ready.diff("", state, state)).changes;
  const healthcheck = (command: string) => ({
    Healthcheck: { Test: ["CMD-SHELL", command], Interval: 1e9, Retries: 1 },
  });

  /** More than a limit of 10 lets begin. */
  const fork = "for one in 1 2 3 4 5 6 7 8 9 10 11 12; do sleep 2 & done; wait";

  describe("that must be ready", () => {
    test("has no more processes than it may have, and one without the limit is a change", async () => {
      const state = await make("sleep 600", healthcheck("true"));
      await ready.create(state);
      const limited = { ...state, processLimit: 10 };
      expect(await isUp(limited)).toBe(false);
      await ready.update("", state, limited);
      expect(await isUp(limited)).toBe(true);
      expect((await execute(state.name, ["sh", "-c", fork])).output).toContain("can't fork");
      // Once those have ended there is room for others.
      await eventually(async () => (await execute(state.name, ["true"])).code === 0);
    });

    test("is waited for until its health check says so, and has no change as long as it does", async () => {
      const state = await make("sleep 1; touch /ready; sleep 600", healthcheck("test -e /ready"));
      await docker.getContainer(state.container).start();
      expect(await isUp(state)).toBe(false);
      expect(await ready.create(state)).toEqual({ id: state.name, outs: state });
      expect(await isUp(state)).toBe(true);
    });

    test("is started if it was killed, and restarted if it is not healthy", async () => {
      const state = await make("date > /started; sleep 600", healthcheck("test ! -e /broken"));
      const container = docker.getContainer(state.container);
      await ready.create(state);
      await container.kill();
      expect(await isUp(state)).toBe(false);
      await ready.update("", state, state);
      expect(await isUp(state)).toBe(true);

      const broken = await make(
        "test -e /once && rm -f /broken || touch /once /broken; sleep 600",
        healthcheck("test ! -e /broken"),
      );
      await docker.getContainer(broken.container).start();
      await eventually(
        async () =>
          (await docker.getContainer(broken.container).inspect()).State.Health?.Status ===
          "unhealthy",
      );
      await ready.update("", broken, broken);
      expect(await isUp(broken)).toBe(true);
    });

    test("with a URL is ready when that answers 204, and not while it does not run", async () => {
      const state = { ...(await make("sleep 600")), url, limit: 1 };
      status = 500;
      expect(await messageOf(ready.create(state))).toBe(
        `The container "${state.name}" did not answer ${url} within 1 s; it wrote nothing`,
      );
      status = 204;
      await ready.create(state);
      expect(await isUp(state)).toBe(true);
      await docker.getContainer(state.container).kill();
      expect(await isUp(state)).toBe(false);
    });

    test("is an error with the last lines of its log, without the password, if it never gets healthy", async () => {
      const script = `echo waiting for postgres://logto:${password}@db; sleep 600`;
      const state = { ...(await make(script, healthcheck("false"))), limit: 2 };
      expect(await messageOf(ready.create(state))).toBe(
        `The container "${state.name}" was not healthy within 2 s; the last lines of its log:\nwaiting for postgres://logto:[secret]@db`,
      );
    });

    test("is an error with the last lines of its log, without any secret, if it ends", async () => {
      const script = `echo cannot reach postgres://logto:${password}@db or ${redisUrl}; exit 3`;
      const state = await make(script);
      expect(await messageOf(ready.create(state))).toBe(
        `The container "${state.name}" ended with exit code 3 at its start; the last lines of its log:\ncannot reach postgres://logto:[secret]@db or [secret]`,
      );
    });

    test("is given up after three ends, if its restart policy starts it again and again", async () => {
      const state = await make("exit 4", {
        HostConfig: { RestartPolicy: { Name: "unless-stopped" } },
      });
      expect(await messageOf(ready.create(state))).toContain("ended with exit code 4");
      const { RestartCount: restarts } = await docker.getContainer(state.container).inspect();
      expect(restarts).toBeGreaterThanOrEqual(3);
    });

    test("is given up, too, if the engine opens its port before there is anybody behind it", async () => {
      const port = await freePort();
      const state = await make("sleep 0.8", {
        ExposedPorts: { "3001/tcp": {} },
        HostConfig: {
          RestartPolicy: { Name: "unless-stopped" },
          PortBindings: { "3001/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
        },
      });
      const behind = { ...state, url: `http://localhost:${port}/api/status` };
      expect(await messageOf(ready.create(behind))).toContain("ended with exit code 0");
    });

    test("that is healthy, and at whose port of this machine nothing listens, is an error that says to forward it", async () => {
      const [port, unused] = [Number(new URL(url).port), await freePort()];
      const state = await make("sleep 600", healthcheck("true"));
      await ready.create({ ...state, port });
      const forwarded = `The container "${state.name}" is healthy, but nothing listens at port ${unused} of this machine, where it is reached. The ports of a Docker Engine on another machine have to be forwarded to this one, that of logto-stack:docker.postgresPort and that of each endpoint on localhost: such as by ssh -N -L ${unused}:127.0.0.1:${unused} and the name of that machine. Keep that running, and run this again.`;
      const onPort = { ...state, port: unused };
      expect(await isUp(onPort)).toBe(false);
      expect(await messageOf(ready.create(onPort))).toBe(forwarded);
      const atUrl = { ...state, url: `http://localhost:${unused}/api/status` };
      expect(await messageOf(ready.create(atUrl))).toBe(forwarded);
    });

    test("that is gone is a change, and the error says how it is made again", async () => {
      const state = await make("true");
      await docker.getContainer(state.container).remove();
      expect(await isUp(state)).toBe(false);
      expect(await messageOf(ready.update("", state, state))).toBe(
        `The container "${state.name}" is gone, and its data lies in a volume: run npm run up -- and the stack's name to make it again.`,
      );
    });
  });

  describe("that must have ended", () => {
    test("is started, and waited for; another container is run in its turn", async () => {
      const state = await make("sleep 1; echo done");
      const { id, outs } = await finished.create(state);
      expect([id, outs]).toEqual([state.name, { ...state, lastLine: "done" }]);
      const { State: after } = await docker.getContainer(state.container).inspect();
      expect(after).toMatchObject({ Running: false, ExitCode: 0 });
      expect((await finished.diff("", outs, state)).changes).toBe(false);
      expect((await finished.diff("", outs, { ...state, container: "other" })).changes).toBe(true);
    });

    test("has no more processes than it may have from its first on", async () => {
      const state = { ...(await make(fork)), processLimit: 10 };
      expect(await messageOf(finished.create(state))).toContain("can't fork");
    });

    test("runs again, itself, if its trigger is another, and its last line is that of its last run", async () => {
      const state = await make("echo once >> /runs; wc -l < /runs");
      const { outs } = await finished.create(state);
      const again = { ...state, trigger: "another image" };
      expect((await finished.diff("", outs, again)).changes).toBe(true);
      const updated = await finished.update("", outs, again);
      expect([outs.lastLine, updated.outs.lastLine]).toEqual(["1", "2"]);
    });

    test("that runs already is not started a second time, and runs again once it has failed", async () => {
      const state = await make(
        "echo started; sleep 1; test -e /once && exit 0; touch /once; exit 5",
      );
      const container = docker.getContainer(state.container);
      await container.start();
      expect(await messageOf(finished.create(state))).toMatch(
        /ended with exit code 5; .*\nstarted$/,
      );
      await finished.create(state);
      const log = (await container.logs({ stdout: true })).toString();
      expect(log.match(/started/g)).toHaveLength(2);
    });

    test("is waited for if the engine says nothing for a moment, as while it is restarted", async () => {
      const gateway = await DockerGateway.start();
      const state = { ...(await make("sleep 5; echo done")), host: gateway.host };
      const run = finished.create(state);
      run.catch(() => undefined);
      // Before it is started, and twice after it.
      await eventually(() => Promise.resolve(gateway.inspections >= 3));
      await gateway.leave();
      await delay(1_000);
      await gateway.comeBack();
      const { outs } = await run.finally(() => gateway.leave());
      expect(outs.lastLine).toBe("done");
    });

    test("is an error with its log, without the password, if it fails or takes too long", async () => {
      const failing = await make(`echo ${password}; exit 6`);
      expect(await messageOf(finished.create(failing))).toBe(
        `The container "${failing.name}" ended with exit code 6; the last lines of its log:\n[secret]`,
      );
      const slow = { ...(await make("sleep 600")), limit: 1 };
      expect(await messageOf(finished.create(slow))).toBe(
        `The container "${slow.name}" has not ended within 1 s and is still running; the next command that needs it waits for it; it wrote nothing`,
      );
    });

    test("is an error that ends with what to do, if that is declared", async () => {
      const advice = "Run npm run up -- dev again.";
      const state = { ...(await make("exit 6")), advice };
      const ending = `it wrote nothing\n${advice}`;
      expect((await messageOf(finished.create(state))).endsWith(ending)).toBe(true);
      expect((await messageOf(ready.create(state))).endsWith(ending)).toBe(true);
    });
  });
});

test("an engine that does not answer is told by its address", async () => {
  const host = `tcp://127.0.0.1:${await freePort()}`;
  const state = { host, container: "a", name: "logto", secrets, limit: 1 };
  const message = `The Docker Engine at ${host} does not answer (connect ECONNREFUSED`;
  expect(await messageOf(ready.diff("", state, state))).toContain(message);
  expect(await messageOf(finished.create(state))).toContain(message);
});

test("limits that are none are refused", async () => {
  const news = { container: "a", name: "logto", secrets, limit: 0, processLimit: 0 };
  for (const provider of [ready, finished]) {
    expect(await failuresOf(provider, news)).toEqual([
      "processLimit: expected a number, more than 0",
      "limit: expected seconds, more than 0",
    ]);
  }
});
