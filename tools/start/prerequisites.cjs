// Checks what a first run would miss only minutes later: an engine or a way to get one, and disk space. This happens
// before the packages are installed, so it is plain JavaScript without dependencies.
const fs = require("fs");
const https = require("https");
const os = require("os");
const path = require("path");

/** The commands that start the engine. */
const commands = ["up", "pulumi", "test", "review", "backup", "restore", "bookstore", "bench"];

/** In megabytes: the packages take 600, and a stack's data 100. */
const roomForProject = 1000;
/** In megabytes: what Go downloads and compiles for the engine takes 2,500. */
const roomForEngine = 3000;

/**
 * @param {string} command
 * @param {string} root of the project
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<string | undefined>} a line for each missing thing
 */
module.exports = async function missingPrerequisites(command, root, env) {
  const problems = [roomIn(root, roomForProject)];
  if (commands.includes(command) && !hasEngine(env) && !(await isVendorReachable())) {
    problems.push(
      isOnPath("go", env)
        ? roomIn(os.homedir(), roomForEngine)
        : "There is no Pulumi engine on PATH, the vendor's downloads are out of reach and there is no Go to build one with: install Pulumi (https://www.pulumi.com/docs/install/) or Go 1.23 or later, and run this again.",
    );
  }
  return problems.filter((problem) => problem !== undefined).join("\n") || undefined;
};

function roomIn(folder, megabytes) {
  const { bavail, bsize } = fs.statfsSync(folder);
  const free = Math.floor((bavail * bsize) / 1e6);
  return free < megabytes
    ? folder +
        " has " +
        free +
        " MB free and " +
        megabytes +
        " are needed: make room, and run this again."
    : undefined;
}

/** Looks on PATH and in the cache of tools/engine/cache.ts, which finds that folder with a library. */
function hasEngine(env) {
  const ofPlatform =
    process.platform === "darwin"
      ? path.join(os.homedir(), "Library", "Caches")
      : env.XDG_CACHE_HOME || path.join(os.homedir(), ".cache");
  const cache = env.LOGTO_STACK_CACHE || path.join(ofPlatform, "logto-stack");
  const engines = path.join(cache, "engines");
  const isWhole = (name) => fs.existsSync(path.join(engines, name, "bin", "pulumi"));
  return (
    isOnPath("pulumi", env) || (fs.existsSync(engines) && fs.readdirSync(engines).some(isWhole))
  );
}

function isOnPath(name, env) {
  return (env.PATH || "").split(path.delimiter).some((folder) => {
    try {
      fs.accessSync(path.join(folder, name), fs.constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Asks like tools/engine/vendor.ts. */
function isVendorReachable() {
  return new Promise((resolve) => {
    const request = https.request("https://get.pulumi.com", { method: "HEAD", timeout: 3000 });
    request.on("response", () => resolve(true));
    request.on("timeout", () => request.destroy());
    request.on("error", () => resolve(false));
    request.end();
  });
}
