// Locks that name their process, so that one whose holder died is free. In plain JavaScript, as the first of them is taken
// before anything is installed.
const fs = require("fs");

/**
 * Takes the lock, unless a process that lives holds it.
 *
 * @param {string} file
 * @returns {number | undefined} the process that holds it; undefined where it is this one now
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

/** A link, because that makes the file and what it says at once. */
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

/** The process that holds the lock; undefined where it is free by now. */
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

/** Whether it has ended and its parent has not asked how: until then its number is taken. */
function isDead(pid) {
  try {
    return /^\d+ \(.*\) [ZX]/s.test(fs.readFileSync("/proc/" + pid + "/stat", "utf8"));
  } catch {
    return false; // there is no such folder here
  }
}

/** Several may find the same dead holder: each moves the lock aside, and puts a live one back. */
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
