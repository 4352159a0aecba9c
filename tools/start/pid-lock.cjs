// Locks that name their process, so that a dead holder's lock is free. In plain JavaScript, as the first of them is
// taken before anything is installed.
const fs = require("fs");

/**
 * Takes the lock, unless a live process holds it.
 *
 * @param {string} file
 * @returns {number | undefined} the process that holds it; undefined if this one has it now
 */
exports.take = function take(file) {
  while (!tryLock(file)) {
    const holder = readHolder(file);
    if (holder !== undefined && isAlive(holder)) {
      return holder;
    }
    if (holder !== undefined) {
      discardLockOf(file, holder);
    }
  }
  return undefined;
};

/** @param {string} file */
exports.release = function release(file) {
  fs.rmSync(file, { force: true });
};

/** Creates the lock as a link, which makes the file and its content appear at once. */
function tryLock(file) {
  const mine = file + "." + process.pid;
  fs.writeFileSync(mine, String(process.pid));
  try {
    fs.linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") {
      throw error;
    }
    return false;
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

/** The process that holds the lock; undefined if it is free by now. */
function readHolder(file) {
  try {
    return Number(fs.readFileSync(file, "utf8"));
  } catch (error) {
    if (error.code === "ENOENT") {
      return undefined;
    }
    throw error;
  }
}

function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !isDead(pid);
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Whether the process has ended and its parent has not waited for it yet: its number is still in use then. */
function isDead(pid) {
  try {
    return /^\d+ \(.*\) [ZX]/s.test(fs.readFileSync("/proc/" + pid + "/stat", "utf8"));
  } catch {
    return false; // this system has no /proc
  }
}

/** Removes a dead holder's lock. Several processes may try: each moves the lock aside, and puts back a live one. */
function discardLockOf(file, holder) {
  const aside = file + "." + process.pid;
  try {
    fs.renameSync(file, aside);
    if (Number(fs.readFileSync(aside, "utf8")) !== holder) {
      fs.linkSync(aside, file);
    }
  } catch (error) {
    if (error.code !== "ENOENT" && error.code !== "EEXIST") {
      throw error;
    }
  } finally {
    fs.rmSync(aside, { force: true });
  }
}
