import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { transformSync } from "@swc/core";

/** The script of the pages: browser modules under one address, which changes with what they hold. */
export interface PageScript {
  /** Where the modules lie, without the slash that ends it. */
  base: string;
  /** JavaScript by the name that it is imported with. */
  modules: ReadonlyMap<string, string>;
}

/** Transpiles the modules in `browser/`. Their types are checked by a `tsconfig.json` of their own. */
export function loadScript(): PageScript {
  const folder = path.join(__dirname, "browser");
  const modules = new Map(
    readdirSync(folder)
      .filter((name) => name.endsWith(".ts"))
      .map((name) => [
        name.replace(/\.ts$/, ".js"),
        transpile(readFileSync(path.join(folder, name), "utf8")),
      ]),
  );
  const hash = createHash("sha256");
  for (const [name, code] of modules) {
    hash.update(`${name}\n${code}\n`);
  }
  return { base: `/sign-in-pages/${hash.digest("hex").slice(0, 16)}`, modules };
}

function transpile(source: string): string {
  return transformSync(source, {
    configFile: false,
    swcrc: false,
    jsc: { parser: { syntax: "typescript" }, target: "es2022" },
    module: { type: "es6" },
  }).code;
}
