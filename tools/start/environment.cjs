// Variables that mean something to a program below ours, and nothing that it should heed. In plain JavaScript, as the
// first of them counts before anything is installed.
const path = require("path");

/** libpq's, which Node's client and Postgres' plugin take for whatever a connection does not name. */
const ofPostgres = /^PG[A-Z]+(?:_TIMEOUT)?$/;

/**
 * Takes out of the environment what would lead our programs astray:
 *
 * - an empty HOME: the folder of the cache, and Docker's, would lie in the clone. Without one the system's is used.
 * - a relative XDG_CACHE_HOME, which the specification says to ignore, for the same reason.
 * - PGHOST, PGSSLMODE, PGOPTIONS and the like, which a developer has for another database.
 *
 * @param {NodeJS.ProcessEnv} env changed in place
 * @see https://specifications.freedesktop.org/basedir-spec/latest/
 * @see https://www.postgresql.org/docs/current/libpq-envars.html
 */
module.exports = function clearMisleading(env) {
  if (env.HOME === "") delete env.HOME;
  if (!path.isAbsolute(env.XDG_CACHE_HOME || "/")) delete env.XDG_CACHE_HOME;
  for (const name of Object.keys(env).filter((one) => ofPostgres.test(one))) delete env[name];
};
