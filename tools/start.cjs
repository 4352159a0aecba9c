// Starts a command of this repository (`npm run up`, `npm run pulumi`, `npm test`) in a fresh clone: it
// checks Node, installs the npm packages if they differ from package-lock.json, and then runs
// tools/commands/COMMAND.ts. It runs before anything is installed, so it is plain JavaScript without
// dependencies, in a syntax that an old Node can still read far enough to say that it is too old.
const childProcess = require("child_process");
const fs = require("fs");
const path = require("path");
const clearMisleading = require("./start/environment.cjs");
const lostFlags = require("./start/lost-flags.cjs");
const pidLock = require("./start/pid-lock.cjs");
const missingPrerequisites = require("./start/prerequisites.cjs");

const oldestNode = [20, 19];
const root = path.dirname(__dirname);
/** The commands that need development packages. */
const forDevelopment = ["test", "bench"];
const progressInMilliseconds = 10000;
const lockFile = path.join(root, ".logto-stack", "npm-ci.lock");

async function main() {
  const command = process.argv[2];
  const args = process.argv.slice(3);
  checkNode();
  clearMisleading(process.env);
  const lost = lostFlags(command, args, process.env);
  if (lost !== undefined) fail(lost, 2);
  process.chdir(root);
  await installPackages(command);
  process.exitCode = await require("../infra/load.cjs")("tools/commands/" + command).main(args);
}

/**
 * The message for an error. A user error's stack is just its message (infra/user-error.ts); any other stack shows
 * where our bug is. Leaving a prompt with Ctrl-C is not an error.
 */
function sayOf(error) {
  if (error.name === "ExitPromptError") return "Stopped.";
  return ofBrokenPackage(error) || ofFileSystem(error) || error.stack;
}

/** The message if a file cannot be written because of the disk, which is not our bug. */
function ofFileSystem(error) {
  const reasons = {
    EROFS: "its file system is read-only: clone into a folder that can be written",
    EACCES: "this user may not: give the user the right, or clone into a folder of theirs",
    EPERM: "this user may not: give the user the right, or clone into a folder of theirs",
    ENOSPC: "the disk is full: make room",
    EDQUOT: "the user's share of the disk is full: make room",
  };
  const reason = reasons[error.code];
  return reason && error.path
    ? error.path + " cannot be used (" + error.syscall + "), " + reason + ", and run this again."
    : undefined;
}

/** The message if an installed package is incomplete, which is a bug neither of the program nor of its files. */
function ofBrokenPackage(error) {
  const isLacking = error.code === "MODULE_NOT_FOUND" || error.code === "ERR_MODULE_NOT_FOUND";
  const isPackage = /node_modules|Cannot find (module|package) '[^./]/.test(error.message);
  return isLacking && isPackage
    ? "The npm packages are incomplete (" +
        error.message.split("\n")[0] +
        "): run npm ci, and this again."
    : undefined;
}

function checkNode() {
  const version = process.versions.node.split(".").map(Number);
  const isTooOld =
    version[0] < oldestNode[0] || (version[0] === oldestNode[0] && version[1] < oldestNode[1]);
  if (isTooOld) {
    fail(
      "Node " +
        process.versions.node +
        " is too old: install Node " +
        oldestNode.join(".") +
        " or later.",
    );
  }
}

/** Runs `npm ci` if needed. If two commands start at once, one installs and the other waits. */
async function installPackages(command) {
  if (isInstalled(command)) {
    return;
  }
  refuseLink();
  const missing = await missingPrerequisites(command, root, process.env);
  if (missing !== undefined) fail(missing);
  fs.mkdirSync(path.dirname(lockFile), { recursive: true, mode: 0o700 });
  lock();
  try {
    if (!isInstalled(command)) {
      await npmCi();
    }
  } finally {
    pidLock.release(lockFile);
  }
}

/** Refuses a linked node_modules: npm ci empties it first, and the link may lead to another project's packages. */
function refuseLink() {
  const packages = path.join(root, "node_modules");
  const there = fs.lstatSync(packages, { throwIfNoEntry: false });
  if (there !== undefined && there.isSymbolicLink()) {
    fail(
      "node_modules is a link to " +
        fs.realpathSync(packages) +
        ", which does not hold what package-lock.json says: run npm ci in the folder that it leads to, or remove the link.",
    );
  }
}

/**
 * Whether node_modules matches package-lock.json. npm keeps a lockfile of its own there, written
 * last, so an interrupted installation is noticed too. Packages for other platforms are optional, and so are
 * development packages (`npm ci --omit=dev`) for a command that does not need them.
 */
function isInstalled(command) {
  const wanted = packagesOf("package-lock.json");
  const installed = packagesOf(path.join("node_modules", ".package-lock.json"));
  if (installed === undefined) {
    return false;
  }
  const isThere = (name) =>
    installed[name] !== undefined &&
    installed[name].version === wanted[name].version &&
    installed[name].integrity === wanted[name].integrity;
  return (
    Object.keys(wanted).every(
      (name) =>
        name === "" || isThere(name) || (mayBeMissing(wanted[name], command) && !installed[name]),
    ) &&
    // npm's lockfile still lists packages that were removed without npm.
    Object.keys(installed).every((name) => wanted[name] !== undefined && isOnDisk(name))
  );
}

/** @param {string} name a package's folder, relative to the project's root */
function isOnDisk(name) {
  return fs.existsSync(path.join(root, name, "package.json"));
}

function mayBeMissing(entry, command) {
  return (
    entry.optional === true ||
    entry.devOptional === true ||
    entry.peer === true ||
    (entry.dev === true && !forDevelopment.includes(command))
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(fs.readFileSync(path.join(root, file), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

function npmCi() {
  const began = Date.now();
  process.stderr.write("Installing the npm packages (npm ci), about half a minute …\n");
  const progress = setInterval(() => {
    const seconds = Math.round((Date.now() - began) / 1000);
    process.stderr.write("  " + seconds + " s: npm ci is at work\n");
  }, progressInMilliseconds);
  return new Promise((resolve) => {
    const npm = childProcess.spawn("npm", ["ci", "--include=dev", "--no-audit", "--no-fund"], {
      cwd: root,
      stdio: ["ignore", "pipe", "pipe"],
    });
    let output = "";
    npm.stdout.on("data", (data) => (output += data));
    npm.stderr.on("data", (data) => (output += data));
    const end = (problem) => {
      clearInterval(progress);
      if (problem === undefined) return resolve();
      pidLock.release(lockFile);
      fail(problem);
    };
    npm.on("error", (error) =>
      end("npm ci did not start (" + error.message + "): npm comes with Node, put it on PATH."),
    );
    npm.on("close", (code) => {
      if (code === 0) return end();
      process.stderr.write(output);
      end("npm ci failed, its output is above: put that right and run this again.");
    });
  });
}

/** Takes the lock, waiting until its holder releases it. */
function lock() {
  let isWaitSaid = false;
  while (pidLock.take(lockFile) !== undefined) {
    if (!isWaitSaid) {
      process.stderr.write("Waiting for the npm ci of another start …\n");
      isWaitSaid = true;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
}

/** @param {number} [codeOfReview] 1 would tell a review's caller that there are changes (tools/review/exit-codes.ts) */
function fail(message, codeOfReview = 3) {
  process.stderr.write(message + "\n");
  process.exit(/^review/.test(process.argv[2]) ? codeOfReview : 1);
}

main().catch((error) => fail(sayOf(error)));
