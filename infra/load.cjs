// Registers the TypeScript hook and requires a module. It is plain JavaScript because it is the first
// thing that Pulumi's processes, the tools and the sandbox run. All of them wait for it, so it is the
// compiler and nothing else: ts-node would load the whole of TypeScript to read one file of settings.
// Types are not checked here, `npm run typecheck` does that.
const { createHash } = require("node:crypto");
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require("node:fs");
const path = require("node:path");
const { version } = require("@swc/core/package.json");
const { addHook } = require("pirates");
const sourceMaps = require("source-map-support");

const root = path.dirname(__dirname);

/** By file: where the lines of what was compiled come from, for the stack of an error. */
const maps = new Map();

// Not in Jest, which compiles what it loads by itself.
if (typeof jest === "undefined") {
  sourceMaps.install({
    environment: "node",
    handleUncaughtExceptions: false,
    retrieveSourceMap: (file) => maps.get(file) ?? null,
  });
  // Only what was compiled here is looked up, and once: Pulumi's SDK writes down a stack four times for each
  // property of each resource, and most lines of those are its own.
  Error.prepareStackTrace = (error, frames) =>
    [Error.prototype.toString.call(error), ...frames.map(lineOf)].join("\n    at ");
  addHook(compiledOf, { exts: [".ts", ".tsx"], matcher: isOwn, ignoreNodeModules: false });
}

/** The project may itself lie in another's node_modules, as a package. What lies in its own is compiled already. */
function isOwn(file) {
  const [first] = path.relative(root, file).split(path.sep);
  return first !== ".." && first !== "node_modules";
}

const lines = new Map();

function lineOf(frame) {
  if (!maps.has(frame.getFileName())) return frame;
  const compiled = String(frame);
  if (!lines.has(compiled)) lines.set(compiled, String(sourceMaps.wrapCallSite(frame)));
  return lines.get(compiled);
}

function compiledOf(source, filename) {
  const { code, map } = compiled(source, filename, {
    sourceFileName: path.basename(filename),
    configFile: false,
    swcrc: false,
    sourceMaps: true,
    jsc: {
      parser: { syntax: "typescript", tsx: filename.endsWith(".tsx") },
      target: "es2022",
      transform: { react: { runtime: "automatic", importSource: "preact" } },
    },
    // Lazy: a package is loaded when the first line that uses it runs, and not with the file that names it.
    module: { type: "commonjs", lazy: true },
  });
  maps.set(filename, { url: filename, map });
  return code;
}

/** Kept beside the packages: the compiler takes 30 MB of each process that loads it, so most do not. */
const cache = path.join(root, "node_modules/.cache/logto-stack");

function compiled(source, filename, options) {
  // Of clones that share their packages, each has the same file under another name.
  const key = createHash("sha256").update(JSON.stringify([version, options, source]));
  const file = path.join(cache, `${key.digest("hex")}.json`);
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch {
    const result = compile(source, { ...options, filename });
    keep(file, result);
    return result;
  }
}

function keep(file, result) {
  try {
    mkdirSync(cache, { recursive: true });
    // Aside first, as other processes read and write it meanwhile.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(result));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // A folder that cannot be written is compiled anew each time.
  }
}

function compile(source, options) {
  try {
    return require("@swc/core").transformSync(source, options);
  } catch (error) {
    // What is wrong, and where, without the stack of the compiler. Pulumi shows a SyntaxError as it is.
    const [message] = error.message.split("\n\nCaused by:");
    throw Object.assign(error, { name: "SyntaxError", message, stack: message });
  }
}

/**
 * The TypeScript module at `modulePath`, relative to the project's root.
 *
 * What surprises: states of older versions name the module of a resource's provider, so a path below infra may be
 * one from before a move, and a missing one is that of a resource that another version declared.
 */
module.exports = (modulePath) => {
  const isOfState = modulePath.startsWith("infra/");
  const registry = () => require(path.join(root, "infra/registry"));
  const present = isOfState ? registry().presentModule(modulePath) : modulePath;
  try {
    return require(path.join(root, present));
  } catch (error) {
    if (error.code !== "MODULE_NOT_FOUND" || error.requireStack?.[0] !== module.filename)
      throw error;
    throw isOfState ? registry().unknownToThisVersion(modulePath) : error;
  }
};
