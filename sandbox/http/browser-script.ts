import { buildSync } from "esbuild";

/**
 * The script of a page, from the TypeScript module that starts it, with all that it imports in one file: a
 * page with one request for it cannot be left with half of it. Types are checked by the `tsconfig.json`
 * beside the module.
 */
export function browserScript(entry: string): string {
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2022",
    // What is wrong is thrown, and not written to the log beside that.
    logLevel: "silent",
  });
  return (outputFiles[0] as { text: string }).text;
}
