import { buildSync } from "esbuild";

/**
 * The script of a page, from the TypeScript module that starts it, with all that it imports in one file: a
 * page with one request for it cannot be left with half of it. Types are checked by the `tsconfig.json`
 * in the module's folder.
 */
export function browserScript(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    // Problems are thrown, and not also written to the log.
    logLevel: "silent",
  });
  return (outputFiles[0] as { text: string }).text;
}
