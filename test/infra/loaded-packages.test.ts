import { execFileSync } from "node:child_process";

/**
 * Each process of the engine's loads what it needs: a package that takes a tenth of a second to load is
 * paid for by each preview of everybody.
 */
const heavy = [
  ...["@pulumi/docker", "dockerode", "ssh2", "pg", "selfsigned", "@logto/core-kit"],
  ...["got", "ts-node"],
];

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

test.each(["embedded", "docker", "external"])(
  "the program of a stack of the runtime %s loads nothing of a server before it declares one",
  (runtime) => {
    const packages = packagesLoadedBy("stacks/index", `infra/server/${runtime}/server`);
    expect(packages).toContain("@pulumi/pulumi");
    expect(packages.filter((name) => heavy.includes(name))).toEqual([]);
  },
);

test.each(["application", "connector", "sendgrid-connector", "sign-in-experience"])(
  "the provider process of %s loads nothing of a server that somebody else stands up, and no client before there is something to ask",
  (resource) => {
    const packages = packagesLoadedBy(`infra/logto/${resource}`);
    expect(packages).toContain("zod");
    expect(packages.filter((name) => heavy.includes(name))).toEqual([]);
    expect(packages).not.toContain("@pulumi/random");
  },
);

test.each(["up", "pulumi"])("npm run %s starts without Pulumi's SDK and TypeScript", (command) => {
  const packages = packagesLoadedBy(`tools/commands/${command}`);
  expect(packages).toContain("pirates");
  const others = ["@pulumi/pulumi", "typescript", "yaml", "semver", "execa"];
  expect(packages.filter((name) => [...heavy, ...others].includes(name))).toEqual([]);
});
