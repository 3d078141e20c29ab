#!/usr/bin/env bash
# What `make run` does once everything is installed: database, static files, demo, then the web server with the
# worker, until one signal stops both. It serves as in production: DEBUG is off.
set -eu
python=.venv/bin/python
var=${NEWSROOM_VAR:-$PWD/var}
# Readers' addresses are in here.
(umask 077 && mkdir -p "$var")

# One secret a machine, made once and readable by its owner only.
if [ -z "${NEWSROOM_SECRET_KEY:-}${NEWSROOM_SECRET_KEY_FILE:-}" ] && [ ! -s "$var/secret_key" ]; then
  (umask 077 && $python -c 'import secrets; print(secrets.token_urlsafe(50))' >"$var/secret_key")
fi

$python manage.py migrate --noinput --verbosity 0

# Compressing every file takes a while, so only when a file, a package or the way of bundling has changed.
sources() {
  cksum requirements.txt newsroom/lib/staticfiles.py
  find static -type f -exec cksum {} + | LC_ALL=C sort
}
sources >"$var/static.sources.new"
if [ ! -d "$var/static" ] || ! cmp -s "$var/static.sources.new" "$var/static.sources"; then
  echo "Collecting and compressing the static files"
  $python manage.py collectstatic --noinput --verbosity 0
  cp "$var/static.sources.new" "$var/static.sources"
fi
rm "$var/static.sources.new"

$python manage.py demo --if-empty

# In a process group of its own (-m), so that Ctrl-C reaches this shell alone and it stops everything in good order.
set -m
server=''
stop() {
  trap - EXIT
  trap '' INT TERM HUP # make passes on what the whole group got: the second signal must not cut this short
  kill -TERM $server 2>/dev/null || true
  wait
  kill -KILL -- -$server 2>/dev/null || true # what a killed server left behind
}
trap stop EXIT
trap 'exit 0' INT TERM HUP
$python -m newsroom.web --with-worker --host 127.0.0.1 --port "$PORT" --workers 2 --blocking-threads 4 \
  --respawn-failed-workers --workers-kill-timeout 80 --log-level warning </dev/null &
server=$!
echo
echo "Newsroom: http://127.0.0.1:$PORT/   the desk: http://127.0.0.1:$PORT/admin/   Ctrl-C stops it; what you wrote stays in $var"
wait $server
