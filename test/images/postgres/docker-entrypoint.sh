#!/bin/sh
# What the official image's entry point does, as its documentation tells it: as root it steps down to
# postgres; into an empty data folder it makes a cluster, a database and what /docker-entrypoint-initdb.d
# says; then it runs the command.
set -eu

fail() {
  printf 'Error: %s\n' "$1" >&2
  exit 1
}

# The value of a variable, or of the file that its sibling with _FILE names.
from_environment() {
  eval "value=\${$1:-}; file=\${$1_FILE:-}"
  if [ -n "$value" ] && [ -n "$file" ]; then
    fail "$1 and $1_FILE are both set, and only one of them can be"
  fi
  if [ -n "$file" ]; then
    [ -r "$file" ] || fail "$1_FILE: $file cannot be read"
    value=$(cat "$file")
  fi
  [ -n "$value" ] || value=${2:-}
}

run_sql() {
  psql -v ON_ERROR_STOP=1 --no-password --no-psqlrc --username "$user" --dbname "$database" "$@"
}

run_scripts() {
  for script in /docker-entrypoint-initdb.d/*; do
    case $script in
    *.sh)
      if [ -x "$script" ]; then
        "$script"
      else
        . "$script"
      fi
      ;;
    *.sql) run_sql -f "$script" ;;
    *.sql.gz) gunzip -c "$script" | run_sql ;;
    *.sql.xz) xzcat "$script" | run_sql ;;
    *) continue ;;
    esac
    printf 'ran %s\n' "$script"
  done
}

# From 18 on, in its own folder alone: data in an older place, or a volume there, would be left unused.
refuse_unused_data() {
  [ "$PGDATA" = "/var/lib/postgresql/$PG_MAJOR/docker" ] || return 0
  for folder in /var/lib/postgresql /var/lib/postgresql/data; do
    [ ! -s "$folder/PG_VERSION" ] || fail "there is data in $folder, which this image does not use"
  done
  ! grep -q ' /var/lib/postgresql/data ' /proc/mounts ||
    fail "there is a volume at /var/lib/postgresql/data, which this image does not use"
}

make_cluster() {
  from_environment POSTGRES_PASSWORD
  password=$value
  from_environment POSTGRES_USER postgres
  user=$value
  from_environment POSTGRES_DB "$user"
  database=$value
  from_environment POSTGRES_INITDB_ARGS
  arguments=$value
  method=${POSTGRES_HOST_AUTH_METHOD:-}
  if [ -z "$password" ] && [ "$method" != trust ]; then
    fail "the database is not made and there is no password for its superuser: set POSTGRES_PASSWORD to a value that is not empty"
  fi
  unset POSTGRES_PASSWORD

  # shellcheck disable=SC2086 # they are several words
  printf '%s\n' "$password" |
    eval "initdb --username=\"\$user\" --pwfile=/dev/stdin ${POSTGRES_INITDB_WALDIR:+--waldir \"\$POSTGRES_INITDB_WALDIR\"} $arguments" >/dev/null
  printf '\nhost all all all %s\n' "${method:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"

  # No one outside sees the server that this takes.
  PGUSER=$user pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p 5432" -w start
  export PGPASSWORD=$password PGHOST= PGHOSTADDR=
  if [ "$database" != postgres ]; then
    psql -v ON_ERROR_STOP=1 --no-psqlrc --quiet --username "$user" --dbname postgres --set db="$database" <<'SQL'
create database :"db";
SQL
  fi
  POSTGRES_USER=$user POSTGRES_DB=$database
  export POSTGRES_USER POSTGRES_DB
  run_scripts
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGPASSWORD PGHOST PGHOSTADDR
  printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

case ${1:-} in
-*) set -- postgres "$@" ;;
esac

if [ "${1:-}" = postgres ]; then
  mkdir -p "$PGDATA"
  if [ "$(id -u)" = 0 ]; then
    # As root it reads files that only root may read.
    for name in POSTGRES_PASSWORD POSTGRES_USER POSTGRES_DB POSTGRES_INITDB_ARGS; do
      from_environment "$name"
      unset "${name}_FILE"
      [ -z "$value" ] || export "$name=$value"
    done
    chmod 700 "$PGDATA"
    find "$PGDATA" /var/run/postgresql \! -user postgres -exec chown postgres:postgres {} +
    exec su -s /bin/sh postgres -c 'exec "$0" "$@"' -- "$0" "$@"
  fi
  if [ -s "$PGDATA/PG_VERSION" ]; then
    printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
  else
    refuse_unused_data
    make_cluster
  fi
fi

exec "$@"
