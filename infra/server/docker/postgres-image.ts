/** The data folder: the image's own place up to Postgres 17, and with PGDATA that of later ones too. */
export const dataFolder = "/var/lib/postgresql/data";

/**
 * Ends with 0 if the Postgres of the image can read its data folder: the data is of its own major version, or there
 * is none. It changes nothing.
 *
 * @see https://www.postgresql.org/docs/current/upgrading.html
 */
export const requireOwnData = `set -eu
[ -e ${dataFolder}/PG_VERSION ] || { echo 'There is no data yet.'; exit 0; }
data=$(cat ${dataFolder}/PG_VERSION)
image=$(postgres --version | sed 's/[^0-9]*\\([0-9]*\\).*/\\1/')
[ "$data" = "$image" ] || {
  echo "The image is of Postgres $image, and the data is of Postgres $data, which no other major version can read."
  exit 1
}
echo "Image and data are of Postgres $image."`;
