import { readStates, type StateCall } from "../recordings/plugins/reader";
import { shellImage } from "../images/shell";
import { describeWithDocker, docker } from "../support/docker";
import { containerOn } from "../../standins/docker/container";
import { shapes } from "../../standins/docker/container-state";
import { DockerEngine } from "../../standins/docker/engine";
import { networkOn } from "../../standins/docker/network";
import { updatedState } from "../../standins/docker/state";
import { volumeOn } from "../../standins/docker/volume";
import type { Properties } from "../../standins/plugin";
import { inputsOf } from "../../standins/read-inputs";

/** What the vendor's plugin left in the state, compared strictly: on the real engine what it made, the rest as it is. */
jest.setTimeout(600_000);

const engine = new DockerEngine();
const container = containerOn(engine);
const network = networkOn(engine);
const volume = volumeOn(engine);
const resources: Record<string, typeof container> = {
  "docker:index/container:Container": container,
  "docker:index/network:Network": network,
  "docker:index/volume:Volume": volume,
};

test("an update leaves the recorded state", () => {
  const calls = readStates("docker", "Update").filter(
    ({ type, response }) => type.endsWith(":Container") && response?.properties,
  );
  expect(calls.length).toBeGreaterThan(50);
  for (const { recording, name, request, response } of calls) {
    const { olds = {}, news = {} } = request;
    const ofPlugin = ["id", "__meta", "__pulumi_raw_state_delta"];
    const expected = without(response?.properties, ofPlugin);
    expect([recording, name, updatedState(shapes, olds, news)]).toEqual([
      recording,
      name,
      expected,
    ]);
  }
});

test("a refresh leaves the recorded inputs", () => {
  const calls = readStates("docker", "Read").filter(
    ({ type, request, response }) => type in resources && request.inputs && response?.properties,
  );
  expect(calls.length).toBeGreaterThan(50);
  for (const { recording, type, name, request, response } of calls) {
    const rules = resources[type]?.inputs ?? {};
    const { properties = {}, inputs } = response ?? {};
    const read = inputsOf(properties, rules, request.inputs ?? {});
    expect([recording, name, read]).toEqual([recording, name, inputs]);
  }
});

describeWithDocker("on a Docker Engine", () => {
  const net = "rec-net";
  const vol = "rec-vol";
  const cases = readStates("docker", "Create").filter(isAlone);

  beforeAll(async () => {
    engine.configure({});
    const shell = docker.getImage(await shellImage(docker));
    for (const tag of ["1", "2"]) await shell.tag({ repo: "rec/shell", tag });
    await docker.createNetwork({
      Name: net,
      IPAM: { Driver: "default", Config: [{ Subnet: "10.77.0.0/24", Gateway: "10.77.0.1" }] },
    });
    await docker.createVolume({ Name: vol });
  });
  afterAll(async () => {
    await docker.getNetwork(net).remove();
    await docker.getVolume(vol).remove({ force: true });
    for (const tag of ["1", "2"]) await docker.getImage(`rec/shell:${tag}`).remove();
  });

  test("what is made leaves the recorded state", async () => {
    expect(cases.length).toBeGreaterThan(100);
    for (const { recording, type, name, request, response } of cases) {
      const resource = resources[type] ?? container;
      const { id, outputs } = await resource.create(request.properties ?? {});
      await resource.delete(id, { ...outputs, destroyGraceSeconds: 0 });
      const expected = ofEngineAlike(response?.properties, outputs);
      expect([recording, name, outputs]).toEqual([recording, name, expected]);
    }
  });

  /** Those that need nothing but an image of a shell, this network and this volume, and publish no port. */
  function isAlone({ type, request, response }: StateCall): boolean {
    const { properties: news = {} } = request;
    const isMadeBefore = [net, vol].includes(String(news["name"]));
    const isIdle = news["start"] === false || !type.endsWith(":Container");
    const { image = "rec/shell:1" } = news;
    const isKnown = typeof image === "string" && /^rec\/shell:[12]$/.test(image);
    const isWhole = !/<id|<any>/.test(JSON.stringify(news));
    return (
      type in resources && response !== undefined && !isMadeBefore && isIdle && isKnown && isWhole
    );
  }
});

/** What was recorded, with this engine's own values in the places of those that say nothing. */
function ofEngineAlike(recorded: unknown, here: unknown): unknown {
  if (typeof recorded === "string" && /<(any|path|id:\d+:\d+)>|^(172|192\.168)\./.test(recorded)) {
    return here;
  }
  if (Array.isArray(recorded)) {
    return recorded.map((one, index) => ofEngineAlike(one, (here as unknown[] | null)?.[index]));
  }
  if (typeof recorded !== "object" || recorded === null) return recorded;
  return without(
    Object.fromEntries(
      Object.entries(recorded).map(([name, value]) => [
        name,
        ofEngineAlike(value, (here as Properties | undefined)?.[name]),
      ]),
    ),
    ["__pulumi_raw_state_delta"],
  );
}

function without(values: unknown, names: string[]): Properties {
  const kept = Object.entries(values as Properties).filter(([name]) => !names.includes(name));
  return Object.fromEntries(kept);
}
