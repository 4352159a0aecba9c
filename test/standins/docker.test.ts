import { execFileSync } from "node:child_process";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import tls from "node:tls";
import { generate } from "selfsigned";
import { shellImage } from "../images/shell";
import {
  describeWithDocker,
  docker,
  eventually,
  execute,
  removeAll,
  uniqueName,
} from "../support/docker";
import { freePort } from "../support/free-port";
import { logsOf } from "../../infra/server/docker/container-log";
import { containerOn } from "../../standins/docker/container";
import { DockerEngine } from "../../standins/docker/engine";
import { imageOn } from "../../standins/docker/image";
import { networkOn } from "../../standins/docker/network";
import { volumeOn } from "../../standins/docker/volume";
import { checkInputs, compareInputs } from "../../standins/inputs";
import { withDefaults } from "../../standins/rules";
import { InitializationError, type PluginResource, type Properties } from "../../standins/plugin";

// An engine takes its time on a busy machine.
jest.setTimeout(120_000);

const engine = new DockerEngine();
const network = networkOn(engine);
const volume = volumeOn(engine);
const image = imageOn(engine);
const container = containerOn(engine);

const prefix = uniqueName();
const canary = `canary-${uniqueName()}`;
let name: string;
let shell: string;
let shellId: string;

describeWithDocker("on a Docker Engine", () => {
  beforeAll(async () => {
    engine.configure({});
    shell = await shellImage(docker);
    shellId = (await docker.getImage(shell).inspect()).Id;
  });

  beforeEach(() => {
    name = uniqueName(prefix);
  });

  afterAll(() => removeAll(prefix));

  describe("a network", () => {
    test("is made as declared, read without a difference, and gone once it is deleted", async () => {
      const inputs = check(network, {
        name,
        driver: "bridge",
        internal: true,
        ipamConfigs: [{ subnet: "10.213.7.0/24" }],
        labels: [
          { label: "b", value: "2" },
          { label: "a", value: "1" },
        ],
        options: { "com.docker.network.bridge.enable_icc": "true" },
      });
      const { id, outputs } = await network.create(inputs);
      expect(outputs).toMatchObject({ name, driver: "bridge", internal: true, scope: "local" });
      const read = await network.read(id, outputs);
      expect(compareInputs(network.inputs, read ?? {}, inputs)).toEqual([]);
      expect((await docker.getNetwork(id).inspect()) as unknown).toMatchObject({
        Internal: true,
        Labels: { a: "1", b: "2" },
      });
      await network.delete(id, outputs);
      await network.delete(id, outputs);
      expect(await network.read(id, outputs)).toBeUndefined();
    });

    test("can only be replaced, and not exist twice", async () => {
      const inputs = check(network, { name });
      const { outputs } = await network.create(inputs);
      expect(compareInputs(network.inputs, outputs, inputs)).toEqual([]);
      const wanted = check(network, { name, internal: true });
      expect(compareInputs(network.inputs, outputs, wanted)).toEqual([
        { property: "internal", kind: "changed", replaces: true },
      ]);
      await expect(network.create(inputs)).rejects.toThrow(
        `the network "${name}" was not created: network with name ${name} already exists`,
      );
    });

    test("is deleted once the last container has left it", async () => {
      const { id, outputs } = await network.create(check(network, { name }));
      const made = await run({ networksAdvanced: [{ name }] });
      const deletion = network.delete(id, outputs);
      await new Promise((resolve) => setTimeout(resolve, 300));
      await container.delete(made.id, made.outputs);
      await deletion;
      expect(await network.read(id, outputs)).toBeUndefined();
    });
  });

  describe("a volume", () => {
    test("is made as declared, read without a difference, and gone once it is deleted", async () => {
      const inputs = check(volume, {
        name,
        driverOpts: { type: "tmpfs", device: "tmpfs", o: "size=1m" },
        labels: [{ label: "a", value: "1" }],
      });
      const { id, outputs } = await volume.create(inputs);
      expect(id).toBe(name);
      expect(outputs).toMatchObject({
        driver: "local",
        mountpoint: expect.stringContaining(name) as string,
      });
      expect(compareInputs(volume.inputs, (await volume.read(id, outputs)) ?? {}, inputs)).toEqual(
        [],
      );
      const wanted = check(volume, { ...inputs, driverOpts: { type: "tmpfs" } });
      expect(compareInputs(volume.inputs, outputs, wanted)).toEqual([
        { property: "driverOpts", kind: "changed", replaces: true },
      ]);
      await volume.delete(id, outputs);
      await volume.delete(id, outputs);
      expect(await volume.read(id, outputs)).toBeUndefined();
    });

    test("keeps its data from one container to the next", async () => {
      await volume.create(check(volume, { name }));
      const mounts = [{ type: "volume", source: name, target: "/data" }];
      const first = await run({
        mounts,
        command: ["sh", "-c", "echo kept > /data/file; sleep 100"],
      });
      await eventually(
        async () => (await execute(first.id, ["cat", "/data/file"])).output === "kept\n",
      );
      await container.delete(first.id, first.outputs);
      const second = await run({ mounts });
      expect((await execute(second.id, ["cat", "/data/file"])).output).toBe("kept\n");
    });
  });

  describe("an image", () => {
    test("that the engine has is not pulled, and stays if it is kept locally", async () => {
      const inputs = check(image, { name: shell, keepLocally: true });
      const { id, outputs } = await image.create(inputs);
      expect(id).toBe(shellId + shell);
      expect(outputs).toMatchObject({ imageId: shellId, repoDigest: "" });
      expect(compareInputs(image.inputs, (await image.read(id, outputs)) ?? {}, inputs)).toEqual(
        [],
      );
      await image.delete(id, outputs);
      expect(await image.read(id, outputs)).toBeDefined();
    });

    test("goes from the engine with its resource, and is then gone for a refresh", async () => {
      await docker.getImage(shell).tag({ repo: name, tag: "1" });
      const { id, outputs } = await image.create(check(image, { name: `${name}:1` }));
      await image.delete(id, outputs);
      expect(await image.read(id, outputs)).toBeUndefined();
      await image.delete(id, outputs);
    });

    test("that another one has taken the name of is seen by its id", async () => {
      await docker.getImage(shell).tag({ repo: name, tag: "1" });
      const inputs = check(image, { name: `${name}:1`, keepLocally: true });
      const { id, outputs } = await image.create(inputs);
      const other = await docker.createContainer({ Image: shell, name, Cmd: ["true"] });
      await other.commit({ repo: name, tag: "1" });
      const read = await image.read(id, outputs);
      expect(read?.["imageId"]).not.toBe(shellId);
      await image.update(id, outputs, { ...inputs, keepLocally: false });
      await image.delete(id, { ...outputs, keepLocally: false });
    });

    test("that does not exist is an error with the image's name", async () => {
      const missing = check(image, { name: `127.0.0.1:1/${name}:1` });
      await expect(image.create(missing)).rejects.toThrow(
        new RegExp(`^the image 127.0.0.1:1/${name}:1 was not pulled: `),
      );
    });

    test("of another name, platform or trigger is another one; how it is deleted is not", () => {
      const inputs = check(image, { name: "a:1", triggers: { a: "1" }, pullTriggers: ["1"] });
      const wanted = { name: "a:2", triggers: { a: "2" }, pullTriggers: ["2"], keepLocally: true };
      expect(compareInputs(image.inputs, inputs, check(image, wanted))).toEqual([
        { property: "keepLocally", kind: "added", replaces: false },
        { property: "name", kind: "changed", replaces: true },
        { property: "pullTriggers", kind: "changed", replaces: true },
        { property: "triggers", kind: "changed", replaces: true },
      ]);
    });
  });

  describe("a container", () => {
    test("is made with every input, and read without a difference", async () => {
      await network.create(check(network, { name }));
      const external = await freePort();
      const inputs = hardened({
        networksAdvanced: [{ name, aliases: ["db", "postgres"] }],
        ports: [{ internal: 5432, external, ip: "127.0.0.1" }],
      });
      const { id, outputs } = await container.create(inputs);
      const read = (await container.read(id, outputs)) ?? {};
      expect(compareInputs(container.inputs, read, inputs)).toEqual([]);
      expect(read).toMatchObject({
        exitCode: null,
        networkDatas: [{ networkName: name, ipAddress: expect.stringMatching(/^\d+\./) as string }],
      });
      const {
        HostConfig: host,
        Config: config,
        NetworkSettings,
      } = await docker.getContainer(id).inspect();
      expect(host).toMatchObject({
        CapAdd: ["CAP_CHOWN"],
        CapDrop: ["ALL"],
        ExtraHosts: ["host.docker.internal:host-gateway"],
        Init: true,
        LogConfig: { Type: "json-file", Config: { "max-size": "10m", "max-file": "3" } },
        Memory: 64 * 1024 * 1024,
        MemorySwap: 64 * 1024 * 1024,
        PortBindings: { "5432/tcp": [{ HostIp: "127.0.0.1", HostPort: external.toString() }] },
        ReadonlyRootfs: true,
        RestartPolicy: { Name: "on-failure", MaximumRetryCount: 3 },
        SecurityOpt: ["no-new-privileges:true"],
        Tmpfs: { "/tmp": "rw,size=1m" },
        Ulimits: [{ Name: "nproc", Soft: 64, Hard: 64 }],
      });
      expect(config).toMatchObject({
        Entrypoint: ["sh", "-c"],
        Env: ["A=1"],
        Healthcheck: {
          Test: ["CMD", "true"],
          Interval: 1e9,
          Timeout: 5e9,
          StartPeriod: 90e9,
          Retries: 2,
        },
        Labels: { a: "1" },
        StopTimeout: 3,
        User: "postgres",
        WorkingDir: "/tmp",
      });
      expect(Object.keys(NetworkSettings.Networks)).toEqual([name]);
      expect(NetworkSettings.Networks[name]?.Aliases).toEqual(
        expect.arrayContaining(["db", "postgres"]),
      );
      expect((await execute(id, ["id", "-un"])).output).toBe("postgres\n");
      await container.delete(id, outputs);
      await container.delete(id, outputs);
      expect(await container.read(id, outputs)).toBeUndefined();
    });

    test("has the vendor's defaults among its inputs", () => {
      expect(check(container, { image: shellId, name: "c", ports: [{ internal: 1 }] })).toEqual({
        attach: false,
        containerReadRefreshTimeoutMilliseconds: 15_000,
        image: shellId,
        logs: false,
        memoryReservation: 0,
        mustRun: true,
        name: "c",
        networkMode: "bridge",
        ports: [{ internal: 1, ip: "0.0.0.0", protocol: "tcp" }],
        readOnly: false,
        removeVolumes: true,
        restart: "no",
        rm: false,
        start: true,
        stdinOpen: false,
        tty: false,
        wait: false,
        waitTimeout: 60,
      });
    });

    test("that is gone is gone for a refresh, and one that stopped is started by the next update", async () => {
      const { id, outputs, inputs } = await run({});
      await docker.getContainer(id).kill();
      const stopped = (await container.read(id, outputs)) ?? {};
      expect(stopped).toMatchObject({ mustRun: false, exitCode: 137 });
      expect(compareInputs(container.inputs, stopped, inputs)).toEqual([
        { property: "mustRun", kind: "changed", replaces: false },
      ]);
      const healed = await container.update(id, stopped, inputs);
      expect(compareInputs(container.inputs, healed, inputs)).toEqual([]);
      expect((await docker.getContainer(id).inspect()).State.Running).toBe(true);
      await docker.getContainer(id).remove({ force: true });
      expect(await container.read(id, outputs)).toBeUndefined();
    });

    test("that was changed behind its back is shown, and changed back in place", async () => {
      const { id, outputs, inputs } = await run({ memory: 32, memorySwap: 32, restart: "always" });
      await docker.getContainer(id).update({
        Memory: 48 * 1024 * 1024,
        MemorySwap: 48 * 1024 * 1024,
        RestartPolicy: { Name: "no" },
      });
      const drifted = (await container.read(id, outputs)) ?? {};
      expect(compareInputs(container.inputs, drifted, inputs)).toEqual([
        { property: "memory", kind: "changed", replaces: false },
        { property: "memorySwap", kind: "changed", replaces: false },
        { property: "restart", kind: "changed", replaces: false },
      ]);
      const repaired = await container.update(id, drifted, inputs);
      expect(compareInputs(container.inputs, repaired, inputs)).toEqual([]);
      expect((await docker.getContainer(id).inspect()).HostConfig.Memory).toBe(32 * 1024 * 1024);
    });

    test("is replaced, the old one first, for what only its making can set", async () => {
      const { outputs } = await run({});
      const wanted = check(container, {
        image: "sha256:other",
        name: `${name}-other`,
        envs: ["A=2"],
        user: "node",
        command: ["sleep", "5"],
        uploads: [{ file: "/a", content: "a" }],
        capabilities: { drops: ["ALL"] },
        restart: "always",
      });
      const differences = compareInputs(container.inputs, outputs, wanted);
      expect(
        Object.fromEntries(differences.map(({ property, replaces }) => [property, replaces])),
      ).toEqual({
        capabilities: true,
        command: true,
        envs: true,
        image: true,
        name: true,
        restart: false,
        uploads: true,
        user: true,
      });
      expect(container.deleteBeforeReplace).toBe(true);
    });

    test.each([
      ["healthcheck", { tests: ["CMD", "true"] }, { tests: ["CMD", "false"], retries: 9 }],
      ["init", true, false],
      ["mounts", [{ type: "tmpfs", target: "/one" }], [{ type: "tmpfs", target: "/other" }]],
      ["rm", true, false],
      ["tmpfs", { "/tmp": "" }, { "/tmp": "size=1m" }],
    ])(
      "whose %s is changed in place is said to be changed, and is not, as with the vendor's plugin",
      async (property, before, after) => {
        const { id, outputs, inputs } = await run({
          [property]: before,
          start: false,
          mustRun: false,
        });
        const known = (await container.read(id, outputs)) ?? {};
        const updated = await container.update(id, known, { ...inputs, [property]: after });
        expect(updated[property]).not.toEqual(known[property]);
        expect(await container.read(id, updated)).toEqual(known);
      },
    );

    test("whose limits are no longer declared keeps them, and the state has none until the next refresh", async () => {
      const limits = {
        memory: 32,
        memoryReservation: 16,
        memorySwap: 64,
        cpuShares: 512,
        cpuSet: "0",
      };
      const { id, outputs, inputs } = await run({ ...limits, start: false });
      expect(outputs).toMatchObject(limits);
      const rest = Object.entries(inputs).filter(([input]) => !(input in limits));
      const updated = await container.update(id, outputs, Object.fromEntries(rest));
      const none = { memory: 0, memoryReservation: 0, memorySwap: 0, cpuShares: 0, cpuSet: "" };
      expect(updated).toMatchObject(none);
      expect(await container.read(id, updated)).toMatchObject(limits);
    });

    test("is in the state as the vendor's plugin writes it: sets sorted, durations as Go's, null for what is not there", async () => {
      const { id, outputs } = await run({
        name,
        start: false,
        mustRun: false,
        envs: ["B=2", "A=1"],
        capabilities: { adds: ["SETUID", "CHOWN"] },
        securityOpts: ["no-new-privileges:true", "apparmor=unconfined"],
        labels: [
          { label: "b", value: "1" },
          { label: "a", value: "2" },
        ],
        hosts: [
          { host: "b.example", ip: "10.1.2.3" },
          { host: "a.example", ip: "10.1.2.3" },
        ],
        mounts: [
          { type: "volume", source: `${name}-b`, target: "/a" },
          { type: "volume", source: `${name}-a`, target: "/b", readOnly: true },
          { type: "tmpfs", target: "/c" },
        ],
        networksAdvanced: [{ name: "bridge" }],
        ports: [
          { internal: 8443, external: 18443 },
          { internal: 80, external: 18080, ip: "127.0.0.1" },
        ],
        healthcheck: { tests: ["CMD", "true"], interval: "90s", timeout: "1500ms" },
        uploads: [
          { file: "/etc/a", content: "b" },
          { file: "/etc/b", content: "a", permissions: "0400" },
        ],
      });
      const mount = { bindOptions: null, tmpfsOptions: null, volumeOptions: null, source: "" };
      const upload = { contentBase64: "", executable: false, source: "", sourceHash: "" };
      const joined = { aliases: [], driverOpts: [], gwPriority: null, linkLocalIps: [] };
      const made = {
        __meta:
          '{"e2bfb730-ecaa-11e6-8f88-34363bc7c4c0":{"create":1200000000000,"delete":1200000000000,"update":1200000000000},"schema_version":"2"}',
        ...Object.fromEntries(
          ["attach", "logs", "readOnly", "rm", "stdinOpen", "tty", "wait"].map((no) => [no, false]),
        ),
        bridge: "",
        capabilities: { adds: ["CHOWN", "SETUID"], drops: [] },
        ...{ cgroupParent: null, cgroupnsMode: null, containerLogs: null },
        command: ["sleep", "60"],
        containerReadRefreshTimeoutMilliseconds: 15_000,
        ...{ cpuPeriod: null, cpuQuota: null, cpuSet: "", cpuShares: 0, cpus: null },
        destroyGraceSeconds: null,
        ...{ deviceReadBps: [], deviceReadIops: [], deviceWriteBps: [], deviceWriteIops: [] },
        ...{ deviceRequests: [], devices: [], dns: null, dnsOpts: null, dnsSearches: null },
        domainname: "",
        entrypoints: [],
        envs: ["A=1", "B=2"],
        exitCode: 0,
        ...{ gpus: null, groupAdds: null },
        healthcheck: {
          interval: "1m30s",
          retries: 0,
          startInterval: "0s",
          startPeriod: "0s",
          tests: ["CMD", "true"],
          timeout: "1.5s",
        },
        hostname: id.slice(0, 12),
        hosts: [
          { host: "a.example", ip: "10.1.2.3" },
          { host: "b.example", ip: "10.1.2.3" },
        ],
        id,
        image: shellId,
        init: false,
        ipcMode: "private",
        labels: [
          { label: "a", value: "2" },
          { label: "b", value: "1" },
        ],
        ...{ logDriver: "json-file", logOpts: null, maxRetryCount: 0 },
        ...{ memory: 0, memoryReservation: 0, memorySwap: 0 },
        mounts: [
          { ...mount, readOnly: true, source: `${name}-a`, target: "/b", type: "volume" },
          { ...mount, readOnly: null, target: "/c", type: "tmpfs" },
          { ...mount, readOnly: null, source: `${name}-b`, target: "/a", type: "volume" },
        ],
        mustRun: false,
        name,
        networkDatas: [
          {
            ...{ gateway: "", globalIpv6Address: "", globalIpv6PrefixLength: 0, ipAddress: "" },
            ...{ ipPrefixLength: 0, ipv6Gateway: "", macAddress: "", networkName: "bridge" },
          },
        ],
        networkMode: "bridge",
        networksAdvanced: [
          { ...joined, ipv4Address: "", ipv6Address: "", macAddress: "", name: "bridge" },
        ],
        pidMode: null,
        platform: "linux",
        ports: [
          { external: 18443, internal: 8443, ip: "0.0.0.0", protocol: "tcp" },
          { external: 18080, internal: 80, ip: "127.0.0.1", protocol: "tcp" },
        ],
        ...{ privileged: false, publishAllPorts: false, removeVolumes: true, restart: "no" },
        runtime: "runc",
        securityOpts: ["apparmor=unconfined", "no-new-privileges:true"],
        ...{ shmSize: 64, start: false, stopSignal: "", stopTimeout: 0 },
        ...{ storageOpts: null, sysctls: null, tmpfs: null, ulimits: [] },
        uploads: [
          { ...upload, content: "a", file: "/etc/b", permissions: "0400" },
          { ...upload, content: "b", file: "/etc/a", permissions: "" },
        ],
        ...{ user: "", usernsMode: "", volumes: [], waitTimeout: 60, workingDir: "" },
      };
      expect(outputs).toEqual(made);
      expect(await container.read(id, outputs)).toEqual({
        ...made,
        capabilities: { adds: ["CAP_CHOWN", "CAP_SETUID"], drops: [] },
        ...{ dns: [], dnsOpts: [], dnsSearches: [], groupAdds: [] },
        ...{ logOpts: {}, storageOpts: {}, sysctls: {}, tmpfs: {} },
        mounts: [
          { ...mount, readOnly: false, target: "/c", type: "tmpfs" },
          { ...mount, readOnly: false, source: `${name}-b`, target: "/a", type: "volume" },
          { ...mount, readOnly: true, source: `${name}-a`, target: "/b", type: "volume" },
        ],
        networksAdvanced: [
          {
            ...joined,
            gwPriority: 0,
            ipv4Address: "",
            ipv6Address: "",
            macAddress: "",
            name: "bridge",
          },
        ],
      });
    });

    test("that ran and does not any more publishes no port, which one that is never started still has", async () => {
      const external = await freePort();
      const ports = [{ internal: 80, external, ip: "127.0.0.1" }];
      const { id, outputs } = await run({ ports });
      expect(outputs).toMatchObject({ ports, mustRun: true, exitCode: null });
      await docker.getContainer(id).kill();
      const killed = (await container.read(id, outputs)) ?? {};
      expect(killed).toMatchObject({ ports: [], mustRun: false, exitCode: 137 });
      const unstarted = await run({ ports, start: false, mustRun: false });
      expect(await container.read(unstarted.id, unstarted.outputs)).toMatchObject({ ports });
    });

    test("of an image by its tag has the tag in its state, until the tag means another image", async () => {
      const tag = `${name}:1`;
      await docker.getImage(shell).tag({ repo: name, tag: "1" });
      const { id, outputs } = await run({ image: tag, start: false });
      expect(await container.read(id, outputs)).toMatchObject({ image: tag });
      const other = await docker.createContainer({ Image: shell, name, Cmd: ["true"] });
      await other.commit({ repo: name, tag: "1" });
      expect(await container.read(id, outputs)).toMatchObject({ image: shellId });
      await container.delete(id, outputs);
      await docker.getImage(tag).remove();
    });

    test("takes a limit of CPUs, which the state has with decimals", async () => {
      const { id, outputs } = await run({ cpus: "1", pidMode: "host", start: false });
      expect(outputs).toMatchObject({ cpus: "1.0", pidMode: "host" });
      expect((await docker.getContainer(id).inspect()).HostConfig).toMatchObject({
        NanoCpus: 1e9,
        PidMode: "host",
      });
    });

    test("gets its files before its start, with mode and owner, and not in what the engine tells", async () => {
      const { id } = await run({
        user: "postgres",
        uploads: [
          {
            file: "/secrets/password",
            content: canary,
            permissions: "0400",
            owner: "70",
            group: "70",
          },
          { file: "/secrets/root", content: canary, permissions: "0400" },
          { file: "/run.sh", contentBase64: btoa("echo hello"), executable: true },
        ],
      });
      expect((await execute(id, ["cat", "/secrets/password"])).output).toBe(canary);
      expect((await execute(id, ["cat", "/secrets/root"])).code).not.toBe(0);
      expect((await execute(id, ["stat", "-c", "%a %u", "/secrets/password"])).output).toBe(
        "400 70\n",
      );
      expect((await execute(id, ["stat", "-c", "%a", "/run.sh"])).output).toBe("744\n");
      expect(JSON.stringify(await docker.getContainer(id).inspect())).not.toContain(canary);
    });

    test("with a read-only root takes no files, and another one that never starts fills its volume", async () => {
      const files = [{ file: "/secrets/a", content: canary, permissions: "0400" }];
      const mount = { type: "volume", source: `${name}-secrets`, target: "/secrets" };
      const refused = check(container, {
        image: shellId,
        name,
        command: ["sleep", "60"],
        readOnly: true,
        mounts: [mount],
        uploads: files,
      });
      await expect(container.create(refused)).rejects.toThrow(
        `the container "${name}" was not created: container rootfs is marked read-only`,
      );
      await docker.getContainer(name).remove();

      const filling = await run({ mounts: [mount], uploads: files, start: false, mustRun: false });
      const read = (await container.read(filling.id, filling.outputs)) ?? {};
      expect(compareInputs(container.inputs, read, filling.inputs)).toEqual([]);
      expect((await docker.getContainer(filling.id).inspect()).State.Status).toBe("created");
      const { id } = await run({ readOnly: true, mounts: [{ ...mount, readOnly: true }] });
      expect((await execute(id, ["cat", "/secrets/a"])).output).toBe(canary);
      expect((await execute(id, ["rm", "-f", "/secrets/a"])).output).toMatch(/read-only/i);
    });

    test("takes its nameless volumes with it", async () => {
      const { id, outputs } = await run({ volumes: [{ containerPath: "/data" }] });
      const { Mounts: mounts } = await docker.getContainer(id).inspect();
      const made = docker.getVolume(mounts[0]?.Name ?? "");
      await made.inspect();
      await container.delete(id, outputs);
      await expect(made.inspect()).rejects.toThrow(/no such volume/i);
    });

    test("that ends at once counts as made, with its exit code, and the next update starts it again", async () => {
      const { id, outputs, inputs } = await run({ command: ["sh", "-c", "echo begun; exit 3"] });
      expect(outputs).toMatchObject({ mustRun: false, exitCode: 3 });
      expect(compareInputs(container.inputs, outputs, inputs)).toEqual([
        { property: "mustRun", kind: "changed", replaces: false },
      ]);
      const updated = await container.update(id, outputs, inputs);
      expect(updated).toMatchObject({ mustRun: true, exitCode: 3 });
      await docker.getContainer(id).wait();
      expect(await logsOf(docker.getContainer(id))).toBe("begun\nbegun\n");
      expect(await container.read(id, updated)).toMatchObject({ mustRun: false, exitCode: 3 });
    });

    test("that cannot be started stays, in the state too, and the engine's reason is told", async () => {
      const inputs = check(container, { image: shellId, name, command: ["/no/such/program"] });
      const error = await failure(container.create(inputs));
      expect(error.message).toMatch(
        new RegExp(`^the container "${name}" was not started: .*/no/such/program`, "s"),
      );
      const { Id: id } = await docker.getContainer(name).inspect();
      const outputs = {
        id,
        name,
        command: ["/no/such/program"],
        envs: [],
        bridge: null,
        hostname: null,
      };
      expect(error).toMatchObject({ id, outputs });
    });

    test("whose port is taken is not started, and the port is told", async () => {
      const server = createServer().listen(0, "127.0.0.1");
      await new Promise((resolve) => server.once("listening", resolve));
      const { port } = server.address() as AddressInfo;
      try {
        const ports = [{ internal: 80, external: port, ip: "127.0.0.1" }];
        await expect(run({ ports, name })).rejects.toThrow(
          new RegExp(`was not started: .*:${port}.*address already in use`, "s"),
        );
      } finally {
        server.close();
      }
    });

    test("is waited for until it is healthy", async () => {
      const { id } = await run({
        command: ["sh", "-c", "sleep 1; touch /ready; sleep 60"],
        healthcheck: { tests: ["CMD", "test", "-e", "/ready"], interval: "200ms", retries: 100 },
        wait: true,
      });
      expect((await execute(id, ["test", "-e", "/ready"])).code).toBe(0);
    });

    test.each([
      ["does not get healthy", "sleep 60"],
      ["ends before it is healthy", "exit 4"],
    ])(
      "that %s is waited for as long as it may take, and stays, in the state too",
      async (_what, script) => {
        const inputs = check(container, {
          image: shellId,
          name,
          command: ["sh", "-c", script],
          healthcheck: { tests: ["CMD", "false"], interval: "200ms" },
          wait: true,
          waitTimeout: 1,
        });
        const error = await failure(container.create(inputs));
        expect(error.message).toBe("container failed to be in healthy state");
        if (!(error instanceof InitializationError)) throw error;
        expect(error.outputs).toMatchObject({ name, image: shellId, bridge: null });
        await docker.getContainer(error.id).inspect();
      },
    );

    test("asks for no more than the engine's version of Docker's API knows", async () => {
      const { ApiVersion: version } = await docker.version();
      expect(Number(version.split(".")[1])).toBeLessThan(44);
      const base = { image: shellId, name, start: false };
      const mounts = [
        { type: "volume", source: name, target: "/data", volumeOptions: { noCopy: true } },
      ];
      await expect(container.create({ ...base, mounts })).rejects.toThrow(
        `the container "${name}" was not created: Setting VolumeOptions.Subpath requires docker version 1.45 or higher`,
      );
      const healthcheck = { tests: ["CMD", "true"], startInterval: "1s" };
      await expect(container.create({ ...base, healthcheck })).rejects.toThrow(
        "Setting Healthcheck.StartInterval requires docker version 1.44 or higher",
      );
    });

    test("that does one thing is waited for, and its exit code and log are outputs", async () => {
      const once = { attach: true, logs: true, mustRun: false };
      const command = ["sh", "-c", "echo out; echo err >&2; exit 5"];
      const { id, outputs, inputs } = await run({ ...once, command });
      expect(outputs).toMatchObject({ exitCode: 5, containerLogs: expect.any(String) as string });
      // The two outputs come in no certain order.
      expect((outputs["containerLogs"] as string).split("\n").sort()).toEqual(["", "err", "out"]);
      const read = (await container.read(id, outputs)) ?? {};
      expect(compareInputs(container.inputs, read, inputs)).toEqual([]);
      expect(read).toMatchObject({ exitCode: 5, containerLogs: outputs["containerLogs"] });
    });

    test("that is removed on its exit is gone for the next refresh", async () => {
      const { id, outputs } = await run({
        attach: true,
        mustRun: false,
        rm: true,
        command: ["true"],
      });
      await eventually(async () => (await container.read(id, outputs)) === undefined);
      await container.delete(id, outputs);
    });

    test("is asked to stop before it is deleted, if it is given the time", async () => {
      const { id: volumeId } = await volume.create(check(volume, { name }));
      const mounts = [{ type: "volume", source: volumeId, target: "/data" }];
      const stopping =
        "trap 'echo asked > /data/said; exit' TERM; touch /data/up; while :; do sleep 0.1; done";
      const { id, outputs } = await run({
        command: ["sh", "-c", stopping],
        mounts,
        destroyGraceSeconds: 20,
      });
      await eventually(async () => (await execute(id, ["test", "-e", "/data/up"])).code === 0);
      await container.delete(id, outputs);
      const after = await run({ mounts });
      expect((await execute(after.id, ["cat", "/data/said"])).output).toBe("asked\n");
    });
  });

  describe("wrong inputs", () => {
    test.each<[string, PluginResource, Properties, string[]]>([
      [
        "what the SDK does not have",
        container,
        { image: "i", pidsLimit: 5 },
        ["pidsLimit: there is no such input"],
      ],
      [
        "what is not stood in for",
        container,
        { image: "i", deviceCgroupRules: ["c 1:3 mr"] },
        [
          "deviceCgroupRules: the stand-in for the plugin docker does not know this input: leave it out, or install the vendor's plugin",
        ],
      ],
      ["no image", container, {}, ["image: is required"]],
      [
        "all at once, within lists as well",
        container,
        { image: "i", restart: "sometimes", ports: [{ external: 1, color: "red" }], hosts: "all" },
        [
          "restart: expected no, on-failure, always or unless-stopped",
          "ports[0].color: there is no such input",
          "ports[0].internal: is required",
          "hosts: expected a list of objects",
        ],
      ],
      [
        "a mode that is none",
        container,
        { image: "i", uploads: [{ file: "/a", content: "a", permissions: "400" }] },
        ["uploads: expected a mode such as 0400 (uploads[0].permissions)"],
      ],
      [
        "a duration without a unit",
        container,
        { image: "i", healthcheck: { interval: "10" } },
        ["healthcheck.interval: expected a duration such as 500ms, 10s or 1m30s"],
      ],
      [
        "a driver's cluster",
        volume,
        { cluster: {} },
        [
          "cluster: the stand-in for the plugin docker does not know this input: leave it out, or install the vendor's plugin",
        ],
      ],
    ])("%s: refused by name", (_what, resource, news, reasons) => {
      expect(failuresOf(resource, news)).toEqual(reasons);
    });

    test.each<[Properties, string]>([
      [
        { uploads: [{ file: "/a", content: "a", source: "b" }, { file: "/b" }] },
        "uploads[0]: expected one of content, contentBase64 and source; uploads[1]: expected one of",
      ],
      [
        { volumes: [{ volumeName: "v" }] },
        "volumes[0]: expected one of containerPath and fromContainer",
      ],
      [
        { wait: true, healthcheck: { tests: ["NONE"] } },
        "wait: there is no healthcheck to wait for",
      ],
      [{ name: "a b", command: ["sleep"] }, "Invalid container name (a b)"],
    ])(
      "what only the making of a container refuses is let through before: %j",
      async (more, why) => {
        const news = check(container, { image: shellId, name, ...more });
        await expect(container.create(news)).rejects.toThrow(`was not created: ${why}`);
      },
    );

    test("what a preview does not know yet is let through", () => {
      const notYet = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
      const news = {
        image: notYet,
        name: notYet,
        uploads: [{ file: "/a", content: notYet }],
        ports: notYet,
      };
      expect(failuresOf(container, news)).toEqual([]);
    });
  });

  describe("the provider", () => {
    const folder = mkdtempSync(path.join(os.tmpdir(), "logto-stack-docker-"));
    const environment = { ...process.env };
    afterEach(() => {
      process.env = { ...environment };
    });
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    test("reaches an engine over TLS, with certificates on both sides", async () => {
      const certificates = await makeCertificates();
      const front = await tlsFront(certificates);
      try {
        const host = `tcp://127.0.0.1:${front.port}`;
        const given = {
          caMaterial: certificates.ca,
          certMaterial: certificates.cert,
          keyMaterial: certificates.key,
        };
        expect(await imageIdThrough({ host, ...given })).toBe(shellId);
        for (const [file, text] of Object.entries({
          ca: certificates.ca,
          cert: certificates.cert,
          key: certificates.key,
        })) {
          writeFileSync(path.join(folder, `${file}.pem`), text);
        }
        expect(await imageIdThrough({ host, certPath: folder })).toBe(shellId);
        // Neither an unknown server nor an unknown client is let through.
        const other = await makeCertificates();
        await expect(imageIdThrough({ host, ...given, caMaterial: other.ca })).rejects.toThrow(
          /certificate/,
        );
        await expect(
          imageIdThrough({ host, ...given, certMaterial: other.cert, keyMaterial: other.key }),
        ).rejects.toThrow(/was not read/);
      } finally {
        front.close();
      }
    });

    test("reaches an engine through the user's ssh, with the options that are given", async () => {
      // In the place of ssh: it notes how it is called, and does here what it would do there.
      const log = path.join(folder, "ssh.log");
      const program = path.join(folder, "ssh");
      writeFileSync(
        program,
        `#!/bin/sh\nprintf '%s\\n' "$*" >> ${log}\nfor last; do :; done\nexec sh -c "$last"\n`,
      );
      chmodSync(program, 0o755);
      process.env["PATH"] = `${folder}:${environment["PATH"] ?? ""}`;
      const options = {
        host: "ssh://deploy@docker.example:2222",
        sshOpts: JSON.stringify(["-i", "key"]),
      };
      expect(await imageIdThrough(options)).toBe(shellId);
      expect(execFileSync("cat", [log], { encoding: "utf8" }).split("\n")[0]).toBe(
        "-o ConnectTimeout=30 -T -i key -l deploy -p 2222 -- docker.example docker system dial-stdio",
      );
      writeFileSync(program, "#!/bin/sh\necho 'Permission denied (publickey).' >&2\nexit 255\n");
      await expect(imageIdThrough(options)).rejects.toThrow(
        "ssh to docker.example ended with 255: Permission denied (publickey).",
      );
    });

    test("takes its own settings before DOCKER_HOST, and DOCKER_HOST before the usual socket", async () => {
      const usual = process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock";
      process.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
      expect(await imageIdThrough({ host: usual })).toBe(shellId);
      await expect(imageIdThrough({})).rejects.toThrow(
        /the Docker Engine at tcp:\/\/127.0.0.1:1 does not answer \(.*\): start it, or name another one in docker:host$/,
      );
    });

    test.each([
      [
        { host: "docker.example" },
        /^docker:host: expected a unix:\/\/, tcp:\/\/ or ssh:\/\/ address/,
      ],
      [
        { host: "tcp://h", certMaterial: "c" },
        /^docker:certMaterial and docker:keyMaterial: one does not/,
      ],
    ])("refuses settings that cannot be: %j", (given, message) => {
      expect(() => new DockerEngine().configure(given)).toThrow(message);
    });
  });
});

/** The id of the tests' image, asked of the engine that those options name. */
async function imageIdThrough(options: Parameters<DockerEngine["configure"]>[0]): Promise<unknown> {
  const other = new DockerEngine();
  other.configure(options);
  const { outputs } = await imageOn(other).create({ name: shell });
  return outputs["imageId"];
}

function hardened(more: Properties): Properties {
  return check(container, {
    name,
    image: shellId,
    entrypoints: ["sh", "-c"],
    command: ["sleep 60"],
    envs: ["A=1"],
    user: "postgres",
    workingDir: "/tmp",
    hostname: "inside",
    init: true,
    readOnly: true,
    capabilities: { adds: ["CAP_CHOWN"], drops: ["ALL"] },
    securityOpts: ["no-new-privileges:true"],
    tmpfs: { "/tmp": "rw,size=1m" },
    mounts: [
      { type: "volume", source: `${name}-data`, target: "/data" },
      { type: "tmpfs", target: "/scratch", tmpfsOptions: { sizeBytes: 1048576, mode: 448 } },
    ],
    healthcheck: {
      tests: ["CMD", "true"],
      interval: "1s",
      timeout: "5s",
      startPeriod: "1m30s",
      retries: 2,
    },
    wait: true,
    labels: [{ label: "a", value: "1" }],
    hosts: [{ host: "host.docker.internal", ip: "host-gateway" }],
    logDriver: "json-file",
    logOpts: { "max-size": "10m", "max-file": "3" },
    memory: 64,
    memorySwap: 64,
    restart: "on-failure",
    maxRetryCount: 3,
    stopTimeout: 3,
    ulimits: [{ name: "nproc", soft: 64, hard: 64 }],
    ...more,
  });
}

/** A container that sleeps, if it is told nothing else. */
async function run(declared: Properties) {
  const { cpus, pidMode, ...known } = declared;
  const inputs = {
    ...check(container, {
      image: shellId,
      name: uniqueName(name),
      command: ["sleep", "60"],
      ...known,
    }),
    ...(cpus !== undefined && { cpus, pidMode }),
  };
  return { inputs, ...(await container.create(inputs)) };
}

/** As the service hands inputs on. */
function check(resource: PluginResource, news: Properties): Properties {
  const { inputs, failures } = checkInputs("docker", resource.inputs, "resource", {}, news);
  expect(failures).toEqual([]);
  return withDefaults(resource.inputs, inputs);
}

function failuresOf(resource: PluginResource, news: Properties): string[] {
  const { failures } = checkInputs("docker", resource.inputs, "resource", {}, news);
  return failures.map(({ property, reason }) => `${property}: ${reason}`);
}

async function failure(work: Promise<unknown>): Promise<Error> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason as Error,
  );
  if (error === undefined) throw new Error("It did not fail.");
  return error;
}

async function makeCertificates() {
  const pems = await generate([{ name: "commonName", value: "127.0.0.1" }], {
    extensions: [
      { name: "basicConstraints", cA: true },
      { name: "subjectAltName", altNames: [{ type: 7, ip: "127.0.0.1" }] },
    ],
  });
  return { ca: pems.cert, cert: pems.cert, key: pems.private };
}

/** A door with TLS before the engine, which lets in who has the certificate. */
async function tlsFront({ ca, cert, key }: { ca: string; cert: string; key: string }) {
  const socketPath = (process.env["DOCKER_HOST"] ?? "unix:///var/run/docker.sock").replace(
    "unix://",
    "",
  );
  const server = tls.createServer(
    { ca, cert, key, requestCert: true, rejectUnauthorized: true },
    (client) => {
      const behind = net.connect(socketPath);
      client.pipe(behind).pipe(client);
      for (const socket of [client, behind]) socket.on("error", () => socket.destroy());
    },
  );
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return { port: (server.address() as AddressInfo).port, close: () => server.close() };
}
