import { shellImage } from "../images/shell";
import { describeWithDocker, docker, execute, removeAll, uniqueName } from "../support/docker";
import { Project } from "../support/project";

/**
 * The stand-in for the plugin docker, or the vendor's where that can be had, behind the official SDK and
 * the real engine. The tests go on from one another.
 */
jest.setTimeout(300_000);

const prefix = uniqueName();
const canary = `canary-${uniqueName()}`;
const stack = ["--stack", "docker-plugin"];
let project: Project;

const program = (image: string, command: string) => `
import * as docker from "@pulumi/docker";
import * as pulumi from "@pulumi/pulumi";

const network = new docker.Network("network", { name: "${prefix}-network" });
const volume = new docker.Volume("volume", { name: "${prefix}-volume" });
const image = new docker.RemoteImage("image", { name: "${image}", keepLocally: true });
const container = new docker.Container(
  "container",
  {
    name: "${prefix}-container",
    image: image.imageId,
    command: ["sh", "-c", "${command}"],
    capabilities: { drops: ["ALL"] },
    mounts: [{ type: "volume", source: volume.name, target: "/data" }],
    networksAdvanced: [{ name: network.name, aliases: ["inside"] }],
    healthcheck: { tests: ["CMD", "true"], interval: "1s" },
    uploads: [{ file: "/run/password", content: pulumi.secret("${canary}"), permissions: "0400" }],
    wait: true,
    waitTimeout: 10,
  },
);
export const id = container.id;
`;

describeWithDocker("through the engine", () => {
  beforeAll(async () => {
    project = await Project.copy();
    project.write("stacks/index.ts", program(await shellImage(docker), "sleep 600"));
    await project.pulumi("stack", "init", "docker-plugin", "--no-select");
  });
  afterAll(async () => {
    await removeAll(prefix);
    project.remove();
  });

  test("up makes what is declared, and up again has nothing to do", async () => {
    expect(await up()).toContain("+ 5 created");
    const file = ["stat", "-c", "%a", "/run/password"];
    expect((await execute(`${prefix}-container`, file)).output).toBe("400\n");
    expect(await up()).toContain("5 unchanged");
  });

  test("a killed container is found by a refresh and started by the next up, with its data", async () => {
    await execute(`${prefix}-container`, ["sh", "-c", "echo kept > /data/file"]);
    await docker.getContainer(`${prefix}-container`).kill();
    await run("refresh", "--yes", "--skip-preview");
    expect(await up()).toContain("~ 1 updated");
    expect((await execute(`${prefix}-container`, ["cat", "/data/file"])).output).toBe("kept\n");
  });

  test("a container that was removed is made again", async () => {
    await docker.getContainer(`${prefix}-container`).remove({ force: true });
    await run("refresh", "--yes", "--skip-preview");
    expect(await up()).toContain("+ 1 created");
    expect((await execute(`${prefix}-container`, ["cat", "/data/file"])).output).toBe("kept\n");
  });

  test("another command replaces the container alone, and the data stays", async () => {
    const image = await shellImage(docker);
    project.write("stacks/index.ts", program(image, "cat /data/file; sleep 600"));
    expect(await project.preview(...stack)).toEqual(["replace container"]);
    expect(await up()).toMatch(/\+-1 replaced/);
    const log = await docker.getContainer(`${prefix}-container`).logs({ stdout: true });
    expect(log.toString()).toContain("kept");
  });

  test("what was uploaded is in no output and nothing that the engines tell, and the state has it encrypted", async () => {
    expect(project.printed).not.toContain(canary);
    const inspected = await docker.getContainer(`${prefix}-container`).inspect();
    expect(JSON.stringify(inspected)).not.toContain(canary);
    const state = await run("stack", "export");
    expect(state).toContain('"uploads"');
    expect(state).not.toContain(canary);
  });

  test("a container that ends before it is healthy is told, and the next up puts it right", async () => {
    const image = await shellImage(docker);
    project.write("stacks/index.ts", program(image, "echo cannot go on; exit 3"));
    const { code, output } = await project.pulumi("up", "--yes", "--skip-preview", ...stack);
    expect(code).not.toBe(0);
    expect(output).toContain("container failed to be in healthy state");
    project.write("stacks/index.ts", program(image, "sleep 600"));
    // The second half of the replacement that failed is left.
    expect(await up()).toContain("+-1 replaced");
  });

  test("destroy leaves nothing but the image", async () => {
    await run("destroy", "--yes", "--skip-preview");
    const filters = { name: [prefix] };
    expect(await docker.listContainers({ all: true, filters })).toEqual([]);
    expect(await docker.listNetworks({ filters })).toEqual([]);
    expect((await docker.listVolumes({ filters })).Volumes).toEqual([]);
    await docker.getImage(await shellImage(docker)).inspect();
  });
});

async function run(...args: string[]): Promise<string> {
  const { code, output } = await project.pulumi(...args, ...stack);
  if (code !== 0) throw new Error(output);
  return output;
}

const up = () => run("up", "--yes", "--skip-preview");
