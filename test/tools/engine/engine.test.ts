import { existsSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { findEngine, newestEngine, type EngineSearch } from "../../../tools/engine/engine";
import { temporaryFolder, writeProgram } from "../../support/programs";

/** A machine on which nothing is installed but what a test puts into `bin`. */
function machine() {
  const folder = temporaryFolder();
  const bin = path.join(folder, "bin");
  const said: string[] = [];
  const search = {
    env: { PATH: bin, HOME: folder } as NodeJS.ProcessEnv,
    cache: path.join(folder, "cache"),
    isVendorReachable: jest.fn(() => Promise.resolve(false)),
    say: (line: string) => said.push(line),
  } satisfies EngineSearch;
  return { folder, bin, said, search, log: path.join(folder, "log") };
}

/** Does what `go build -o FILE` does to its folder, and logs what it was asked. */
function writeGo(bin: string, log: string): void {
  writeProgram(
    bin,
    "go",
    `echo "$@" >> ${log}`,
    'while [ $# -gt 0 ]; do [ "$1" = -o ] && { echo "#!/bin/sh" > "$2"; /bin/chmod +x "$2"; }; shift; done',
    "exit 0",
  );
}

function writeNpx(bin: string, log: string): void {
  writeProgram(
    bin,
    "npx",
    `echo "$@" >> ${log}`,
    "engine=$PULUMI_HOME/versions/$PULUMI_VERSION/bin",
    '/bin/mkdir -p "$engine"',
    'for name in pulumi pulumi-language-nodejs; do echo "#!/bin/sh" > "$engine/$name"; /bin/chmod +x "$engine/$name"; done',
  );
}

test("an engine on PATH that is new enough is used, and the vendor is not asked", async () => {
  const { bin, search, said } = machine();
  writeProgram(bin, "pulumi", "echo v3.170.0");
  writeProgram(bin, "pulumi-language-nodejs");
  expect(await findEngine(search)).toEqual({ version: "3.170.0", bin, origin: "on PATH" });
  expect(search.isVendorReachable).not.toHaveBeenCalled();
  expect(said).toEqual([]);
});

test("an engine that PATH reaches by a symbolic link is used from where it lies", async () => {
  const { folder, bin, search } = machine();
  const cellar = path.join(folder, "cellar");
  writeProgram(cellar, "pulumi", "echo v3.200.1");
  writeProgram(cellar, "pulumi-language-nodejs");
  writeProgram(bin, "unrelated");
  symlinkSync(path.join(cellar, "pulumi"), path.join(bin, "pulumi"));
  expect(await findEngine(search)).toMatchObject({ version: "3.200.1", bin: cellar });
});

test("the language host may lie elsewhere on PATH", async () => {
  const { folder, bin, search } = machine();
  const hosts = path.join(folder, "hosts");
  writeProgram(bin, "pulumi", "echo v3.170.1");
  writeProgram(hosts, "pulumi-language-nodejs");
  search.env["PATH"] = [bin, hosts].join(path.delimiter);
  expect(await findEngine(search)).toMatchObject({ version: "3.170.1", bin });
});

test.each([
  ["too old", "echo v3.169.9", true, "it is 3.169.9, not 3.170.0"],
  ["without a version", "echo dev", true, "it is of no known version, not 3.170.0"],
  ["without a language host", "echo v3.170.0", false, "is neither in its folder nor on PATH"],
])("an engine on PATH that is %s is passed over and that is said", async (_, script, host, why) => {
  const { bin, search, said, log } = machine();
  writeProgram(bin, "pulumi", script);
  if (host) writeProgram(bin, "pulumi-language-nodejs");
  writeGo(bin, log);
  expect(await findEngine(search)).toMatchObject({ origin: "built from Go modules" });
  expect(said[0]).toContain(why);
});

test("if the vendor can be reached its engine is downloaded once and kept in the cache", async () => {
  const { folder, bin, search, log, said } = machine();
  search.isVendorReachable.mockResolvedValue(true);
  search.env["PULUMI_HOME"] = path.join(folder, "home-of-the-user");
  writeNpx(bin, log);
  const first = await findEngine(search);
  expect(first).toMatchObject({ version: "3.265.0", origin: "downloaded from the vendor" });
  expect(first.bin.startsWith(search.cache)).toBe(true);
  expect(said).toEqual(["Pulumi engine 3.265.0: downloading it from the vendor …"]);
  expect(await findEngine(search)).toEqual(first);
  expect(search.isVendorReachable).toHaveBeenCalledTimes(1);
  expect(readFileSync(log, "utf8")).toBe("--yes pulumi@3.265.0 version\n");
  expect(existsSync(path.join(folder, "home-of-the-user"))).toBe(false);
});

test("if the vendor cannot be reached the engine is built from Pulumi's Go modules, once", async () => {
  const { bin, search, log, said } = machine();
  writeGo(bin, log);
  const first = await findEngine(search);
  expect(first).toMatchObject({ version: "3.170.0", origin: "built from Go modules" });
  expect(readdirSync(first.bin).sort()).toEqual([
    "pulumi",
    "pulumi-analyzer-policy",
    "pulumi-language-nodejs",
    "pulumi-resource-pulumi-nodejs",
  ]);
  const asked = readFileSync(log, "utf8");
  expect(asked).toContain("get github.com/pulumi/pulumi/pkg/v3/cmd/pulumi@v3.170.0\n");
  expect(asked).toContain("common/version.Version=v3.170.0 ");
  expect(asked).toContain("/nodejs/cmd/pulumi-language-nodejs@v3.68.0\n");
  expect(said).toContainEqual(expect.stringMatching(/^ {2}\d+:\d\d pulumi: compiling$/));

  expect(await findEngine(search)).toEqual(first);
  expect(readFileSync(log, "utf8")).toBe(asked);
  expect(readdirSync(path.join(search.cache, "unfinished"))).toEqual([]);
});

test("the newest engine is built next to the other, once, and is not taken for it", async () => {
  const { bin, search, log } = machine();
  writeGo(bin, log);
  const newest = await newestEngine(search);
  expect(newest).toMatchObject({ version: "3.276.0", origin: "built from Go modules" });
  expect(readFileSync(log, "utf8")).toContain("common/version.Version=v3.276.0 ");
  expect(await newestEngine(search)).toEqual(newest);
  expect((await findEngine(search)).version).toBe("3.170.0");
  expect(readdirSync(path.join(search.cache, "engines"))).toHaveLength(2);
});

test.each([
  ["before a release", "echo v3.277.0-alpha.1+abc", "3.277.0-alpha.1"],
  ["that says more than its version", "echo a newer one is there; echo v3.276.0", "3.276.0"],
])("an engine on PATH %s is used", async (_, script, version) => {
  const { bin, search } = machine();
  writeProgram(bin, "pulumi", script);
  writeProgram(bin, "pulumi-language-nodejs");
  expect(await findEngine(search)).toMatchObject({ version, origin: "on PATH" });
});

test("a download that fails is said and the engine is built instead", async () => {
  const { bin, search, log, said } = machine();
  search.isVendorReachable.mockResolvedValue(true);
  writeProgram(bin, "npx", "echo the archive is gone >&2", "exit 1");
  writeGo(bin, log);
  expect(await findEngine(search)).toMatchObject({ origin: "built from Go modules" });
  expect(said).toContain("The download failed: the archive is gone");
});

test("two builds at once leave one whole engine", async () => {
  const { bin, search, log } = machine();
  writeGo(bin, log);
  const [one, other] = await Promise.all([findEngine(search), findEngine(search)]);
  expect(one).toEqual(other);
  expect(readdirSync(one.bin)).toHaveLength(4);
  expect(readdirSync(path.join(search.cache, "engines"))).toHaveLength(1);
  expect(readdirSync(path.join(search.cache, "unfinished"))).toEqual([]);
});

test("a build that fails shows Go's output, is one error, and leaves no engine behind", async () => {
  const { bin, search, said } = machine();
  writeProgram(bin, "go", '[ "$1" = get ] && { echo no space left >&2; exit 1; }', "exit 0");
  await expect(findEngine(search)).rejects.toMatchObject({
    stack: expect.stringMatching(
      /^Go could not build .*\(go get, pulumi: fetching the sources;.*run this again\.$/,
    ) as string,
  });
  expect(said).toContain("no space left");
  expect(existsSync(path.join(search.cache, "engines"))).toBe(false);
  expect(readdirSync(path.join(search.cache, "unfinished"))).toEqual([]);
});

test("without an engine, the vendor and Go the error says what to install", async () => {
  await expect(findEngine(machine().search)).rejects.toMatchObject({
    stack: expect.stringMatching(/^There is no Pulumi engine: .*Install Pulumi .*or Go/) as string,
  });
});
