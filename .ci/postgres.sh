#!/bin/sh
# Runs a command against a throw-away PostgreSQL: its own cluster in a temporary folder, reached by a socket in that
# folder, gone when the command ends.   .ci/postgres.sh COMMAND...        Exits 77 where PostgreSQL is not installed.
set -eu

programs=$(ls -d /usr/lib/postgresql/*/bin /usr/local/opt/postgresql*/bin /opt/homebrew/opt/postgresql*/bin 2>/dev/null | sort -V | tail -n 1)
if command -v initdb >/dev/null 2>&1; then programs=$(dirname "$(command -v initdb)"); fi
if [ ! -x "$programs/initdb" ] || [ ! -x "$programs/postgres" ]; then exit 77; fi

# PostgreSQL refuses to run as root.
as=''
if [ "$(id -u)" = 0 ]; then
  owner=nobody
  if id postgres >/dev/null 2>&1; then owner=postgres; fi
  as="runuser -u $owner --"
fi

folder=$(mktemp -d "${TMPDIR:-/tmp}/newsroom-pg.XXXXXX")
if [ -n "$as" ]; then chown "$owner" "$folder"; fi
stop() {
  trap - EXIT INT TERM HUP
  (cd / && $as "$programs/pg_ctl" -D "$folder/data" -m immediate -s stop) >/dev/null 2>&1 || true
  rm -rf "$folder"
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# UTF-8 for full text search, and a language's own order where there is one: under "C" wrong assumptions stay hidden.
collation="--locale=$(locale -a | grep -i -E -m 1 '^(C|en_US)\.utf-?8$' || echo C)"
if "$programs/initdb" --help | grep -q icu-locale; then collation="$collation --locale-provider=icu --icu-locale=en"; fi
echo "Starting a throw-away $("$programs/postgres" --version) in $folder${as:+ as $owner}"
cd /
if ! $as "$programs/initdb" -D "$folder/data" -U newsroom --auth=trust --encoding=UTF8 $collation --no-sync >"$folder/log" 2>&1 ||
  ! $as "$programs/pg_ctl" -D "$folder/data" -l "$folder/data/log" -w -s start -o "-k $folder -c listen_addresses= \
    -c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=120" >>"$folder/log" 2>&1; then
  cat "$folder/log" "$folder/data/log" 2>/dev/null >&2
  exit 1
fi
cd - >/dev/null

DATABASE_URL="postgres://newsroom@/$folder/postgres"
export DATABASE_URL
"$@"
