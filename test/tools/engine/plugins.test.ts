import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ensurePlugins, type PluginSearch } from "../../../tools/engine/plugins";
import { temporaryFolder, writeProgram } from "../../support/programs";

const versions = { random: "4.21.2", postgresql: "3.18.1", docker: "5.2.0" };

/** A project with the three npm packages, and an engine whose plugin installation is `script`. */
function clone(...script: string[]) {
  const folder = temporaryFolder();
  const bin = path.join(folder, "bin");
  const log = path.join(folder, "log");
  writeProgram(bin, "pulumi", `echo "$@" >> ${log}`, ...script);
  const project = path.join(folder, "project");
  for (const [name, version] of Object.entries(versions)) {
    writeFile(
      path.join(project, "node_modules/@pulumi", name, "package.json"),
      JSON.stringify({ version }),
    );
  }
  const search = {
    engine: { version: "3.170.0", bin, origin: "on PATH" },
    env: {},
    cache: path.join(folder, "cache"),
    home: path.join(folder, "home"),
    project,
    isVendorReachable: jest.fn(() => Promise.resolve(false)),
    isReplacing: true,
    say: () => undefined,
  } satisfies PluginSearch;
  const commands = () => (existsSync(log) ? readFileSync(log, "utf8").trimEnd().split("\n") : []);
  return { search, commands, plugins: path.join(search.home, "plugins") };
}

const vendorInstalls = [
  'folder="$PULUMI_HOME/plugins/resource-$4-v$5"',
  '/bin/mkdir -p "$folder"',
  'echo vendor > "$folder/pulumi-resource-$4"',
];

const standIns = Object.entries(versions).map(([name, version]) => ({
  name,
  version,
  isStandIn: true,
}));
const vendors = standIns.map((plugin) => ({ ...plugin, isStandIn: false }));

test("if the vendor cannot be reached, stand-ins run the project's own program", async () => {
  const { search, commands, plugins } = clone();
  expect(await ensurePlugins(search)).toEqual(standIns);
  expect(commands()).toEqual([]);
  writeFile(
    path.join(search.project, "standins/main.cjs"),
    "console.log(process.argv.slice(2).join())",
  );
  const program = path.join(plugins, "resource-random-v4.21.2/pulumi-resource-random");
  const output = execFileSync(program, ["127.0.0.1:1"], { cwd: search.project, encoding: "utf8" });
  expect(output).toBe("random,127.0.0.1:1\n");
});

test.each(["standins", "test/standins"])(
  "a stand-in that an older version wrote runs the program in %s of the clone that it is started in",
  async (folder) => {
    const { search, plugins } = clone();
    await ensurePlugins(search);
    const program = path.join(plugins, "resource-docker-v5.2.0/pulumi-resource-docker");
    writeFileSync(program, '#!/bin/sh\nexec node test/standins/main.cjs docker "$@"\n');
    await ensurePlugins({ ...search, isReplacing: false });
    writeFile(path.join(search.project, folder, "main.cjs"), `console.log("${folder}")`);
    const output = execFileSync(program, ["127.0.0.1:1"], {
      cwd: search.project,
      encoding: "utf8",
    });
    expect(output).toBe(`${folder}\n`);
  },
);

test("the vendor's plugins are installed if they can be had, in the versions of the packages", async () => {
  const { search, commands } = clone(...vendorInstalls);
  search.isVendorReachable.mockResolvedValue(true);
  expect(await ensurePlugins(search)).toEqual(vendors);
  expect(commands()).toEqual([
    "plugin install resource random 4.21.2 --non-interactive",
    "plugin install resource postgresql 3.18.1 --non-interactive",
    "plugin install resource docker 5.2.0 --non-interactive",
  ]);
  expect(await ensurePlugins(search)).toEqual(vendors);
  expect(commands()).toHaveLength(3);
});

test("a stand-in gives way to the vendor's plugin as soon as that can be had", async () => {
  const { search, plugins } = clone(...vendorInstalls);
  await ensurePlugins(search);
  search.isVendorReachable.mockResolvedValue(true);
  expect(await ensurePlugins(search)).toEqual(vendors);
  expect(readdirSync(path.join(plugins, "resource-random-v4.21.2"))).toEqual([
    "pulumi-resource-random",
  ]);
});

test("a stand-in stays, and the vendor is not asked, if nothing is to be replaced", async () => {
  const { search } = clone(...vendorInstalls);
  await ensurePlugins(search);
  search.isVendorReachable.mockClear();
  expect(await ensurePlugins({ ...search, isReplacing: false })).toEqual(standIns);
  expect(search.isVendorReachable).not.toHaveBeenCalled();
});

test("a download that fails leaves the stand-ins in place", async () => {
  const { search, plugins } = clone("echo gone >&2", "exit 1");
  search.isVendorReachable.mockResolvedValue(true);
  expect(await ensurePlugins(search)).toEqual(standIns);
  expect(readdirSync(plugins).sort()).toEqual([
    "resource-docker-v5.2.0",
    "resource-postgresql-v3.18.1",
    "resource-random-v4.21.2",
  ]);
});

function writeFile(file: string, content: string): void {
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, content);
}
