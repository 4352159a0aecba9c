# Logto's database, into backups and back. It runs in a container of the Postgres image, with the backups in
# /backups, and reaches the database as its superuser (infra/server/docker/backups.ts).
#
#   make                     makes a backup and keeps the newest $BACKUPS_KEPT
#   list                     lists them, the newest first
#   restore NAME keep        backs up the present state, and puts a backup in its place, its console closed
#   restore NAME discard     the same without a backup of the present state
set -eu
umask 077

database=logto
folder=/backups

fail() {
  echo "$1" >&2
  exit 1
}

# Statements on stdin, in the database $1; what they answer, a row a line. None is a process's argument.
sql() {
  psql --no-psqlrc --quiet --tuples-only --no-align --set=ON_ERROR_STOP=1 --dbname="$1" --file=-
}

names() {
  find "$folder" -type f -name '*.dump' | sed 's|.*/||' | sort -r
}

describe() {
  echo "$1 $(wc -c <"$folder/$1")"
}

is_seeded() {
  [ "$(echo "select to_regclass('public.systems') is not null" | sql "$database")" = t ]
}

# Only what is whole has a backup's name: what is broken off has another, and is removed by the next.
make_backup() {
  alteration=$(echo "select value ->> 'timestamp' from systems where key = 'alterationState'" | sql "$database") &&
    name=$(new_name "${alteration:-0}") &&
    rm -f "$folder"/*.partial &&
    pg_dump --format=custom --file="$folder/$name.partial" "$database" &&
    pg_restore --list "$folder/$name.partial" >/dev/null &&
    mv "$folder/$name.partial" "$folder/$name"
}

new_name() {
  until name=$(date -u +%Y%m%dT%H%M%SZ)-$1.dump && [ ! -e "$folder/$name" ]; do
    sleep 1
  done
  echo "$name"
}

make() {
  if ! is_seeded; then
    roles=$(echo "select count(*) from pg_roles where rolname like 'logto\_tenant\_%'" | sql "$database")
    # Else the next step would seed another Logto, and the one that is lost would be forgotten.
    if [ "$roles" != 0 ] || [ -n "$(names)" ]; then
      fail "The database is empty, and was not before."
    fi
    echo "No backup is made: the database is new and empty."
    return
  fi
  make_backup
  names | tail -n "+$((BACKUPS_KEPT + 1))" | while read -r old; do
    rm -f "$folder/$old"
  done
  describe "$name"
}

# The backup becomes a database of its own, which then takes the other's name in one transaction. Nothing
# but the database is needed: Logto's own roles belong to the cluster, but stand with their passwords in
# its table tenants.
restore() {
  backup=$folder/$1
  [ -f "$backup" ] || fail "There is no backup $1."
  pg_restore --list "$backup" >/dev/null || fail "The backup $1 is not whole: take another."
  if ! is_seeded 2>/dev/null; then
    echo "No backup of the present state is made: there is no database of Logto's, or it cannot be used."
  elif [ "$2" = keep ]; then
    make_backup || fail "The present state cannot be backed up, and nothing is changed. With --discard it is given up."
    echo "The present state is kept as $name."
  fi

  sql postgres <<SQL
drop database if exists ${database}_restored with (force);
drop database if exists ${database}_before with (force);
select format('create role $database with login createrole password %L', '$(sed -n "s/^.*:$database://p" "$PGPASSFILE")')
where not exists (select from pg_roles where rolname = '$database') \gexec
select 'create role logto_tenant_$database with noinherit'
where not exists (select from pg_roles where rolname = 'logto_tenant_$database') \gexec
SQL
  pg_restore --create --schema-only --file=- "$backup" |
    sed -n "s/^CREATE DATABASE $database WITH /&OWNER = $database /; s/^CREATE DATABASE $database /CREATE DATABASE ${database}_restored /p" |
    sql postgres
  pg_restore --exit-on-error --dbname="${database}_restored" "$backup"
  # Logto starts on it before the next up: where it is of an open console, strangers could register until then.
  echo "update sign_in_experiences set sign_in_mode = 'SignIn' where tenant_id = 'admin'" |
    sql "${database}_restored"

  roles=$(
    sql "${database}_restored" <<SQL
select format('create role %I;', db_user) from tenants
where db_user is not null and not exists (select from pg_roles where rolname = db_user);
select format('alter role %1\$I with inherit login password %2\$L; grant logto_tenant_$database to %1\$I;', db_user, db_user_password)
from tenants where db_user is not null;
SQL
  )
  sql postgres <<SQL
select count(pg_terminate_backend(pid)) > 0 from pg_stat_activity
where datname in ('$database', '${database}_restored') \g /dev/null
begin;
$roles
select 'alter database $database rename to ${database}_before'
where exists (select from pg_database where datname = '$database') \gexec
alter database ${database}_restored rename to $database;
commit;
SQL
  # Told before anything else can fail: from here on the database is another.
  echo "The database is that of the backup $1."
  echo "drop database if exists ${database}_before with (force)" | sql postgres
}

case $1 in
make) make ;;
list) names | while read -r name; do describe "$name"; done ;;
restore) restore "$2" "$3" ;;
esac
