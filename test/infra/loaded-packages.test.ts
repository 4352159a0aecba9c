import { execFileSync } from "node:child_process";

/**
 * Each process of the engine's loads what it needs: a package that takes a tenth of a second to load is
 * paid for by each preview of everybody.
 */
const heavy = ["@pulumi/docker", "dockerode", "ssh2", "pg", "selfsigned", "@logto/core-kit"];

/** The packages that a plain Node has loaded after these modules of the project. */
function packagesLoadedBy(...modules: string[]): string[] {
  const script = `
    const load = require("./infra/load.cjs");
    for (const module of ${JSON.stringify(modules)}) load(module);
    console.log(JSON.stringify(Object.keys(require.cache)));`;
  const before = "--disable-warning=ExperimentalWarning";
  const output = execFileSync(process.execPath, [before, "-e", script], { encoding: "utf8" });
  const files = JSON.parse(output) as string[];
  const names = files.map((file) => /.*node_modules\/((@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? "");
  return [...new Set(names)];
}

const loadedOf = (modules: string[]) =>
  packagesLoadedBy(...modules).filter((name) => heavy.includes(name));

test("the program of the stack local loads nothing of Docker, Postgres or certificates", () => {
  expect(loadedOf(["stacks/index", "infra/server/embedded"])).toEqual([]);
});

test("the program of a stack on Docker loads the provider's package, and no client of the engine's", () => {
  expect(loadedOf(["stacks/index", "infra/server/docker"])).toEqual(["@pulumi/docker"]);
});

test.each(["application", "connector", "sendgrid-connector", "sign-in-experience"])(
  "the provider process of %s loads nothing of a server that somebody else stands up",
  (resource) => {
    const packages = packagesLoadedBy(`infra/logto/${resource}`);
    expect(packages).toContain("got");
    expect(packages.filter((name) => heavy.includes(name))).toEqual([]);
    expect(packages).not.toContain("@pulumi/random");
  },
);
