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

/** Source maps by file, for the stack of an error. */
const maps = new Map();

// Jest compiles what it loads by itself.
if (typeof jest === "undefined") {
  sourceMaps.install({
    environment: "node",
    handleUncaughtExceptions: false,
    retrieveSourceMap: (file) => maps.get(file) ?? null,
  });
  // Only lines of files compiled here are looked up, each once: Pulumi's SDK records a stack four times for each
  // property of each resource, and most lines of those are the SDK's own.
  Error.prepareStackTrace = (error, frames) =>
    [Error.prototype.toString.call(error), ...frames.map(lineOf)].join("\n    at ");
  addHook(compiledOf, { exts: [".ts", ".tsx"], matcher: isOwn, ignoreNodeModules: false });
}

/**
 * Whether the hook compiles a file. The project may itself lie in another's node_modules, as a package; what lies
 * in its own node_modules is compiled already.
 */
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

/** Cache within node_modules: the compiler takes 30 MB of each process that loads it, so most do not load it. */
const cache = path.join(root, "node_modules/.cache/logto-stack");

function compiled(source, filename, options) {
  // The key leaves out the file's name: clones that share their packages have the same file under different names.
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
    // Written under another name first, as other processes read and write the file meanwhile.
    writeFileSync(`${file}.${process.pid}`, JSON.stringify(result));
    renameSync(`${file}.${process.pid}`, file);
  } catch {
    // If the folder cannot be written, each process compiles again.
  }
}

function compile(source, options) {
  try {
    return require("@swc/core").transformSync(source, options);
  } catch (error) {
    // The error says what is wrong and where, without the compiler's stack. Pulumi shows a SyntaxError as it is.
    const [message] = error.message.split("\n\nCaused by:");
    throw Object.assign(error, { name: "SyntaxError", message, stack: message });
  }
}

/**
 * The TypeScript module at `modulePath`, relative to the project's root.
 *
 * What surprises: states of older versions name the module of a resource's provider. So a path below infra may be
 * from before a move, and a missing module is that of a resource that another version declared.
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
