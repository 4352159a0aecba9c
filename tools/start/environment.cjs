// Variables that programs below ours read, but must not follow here. In plain JavaScript, as the first of them matters
// before anything is installed.
const path = require("path");

/** libpq's variables, which Node's client and Postgres' plugin use for anything that a connection does not set. */
const ofPostgres = /^PG[A-Z]+(?:_TIMEOUT)?$/;

/**
 * Removes variables from the environment that would mislead our programs:
 *
 * - an empty HOME: the cache's folder, and Docker's, would lie in the clone. Without HOME the system's value is used.
 * - a relative XDG_CACHE_HOME, for the same reason; the specification says to ignore it.
 * - PGHOST, PGSSLMODE, PGOPTIONS and the like, which a developer may have set for another database.
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
