#!/bin/sh
# What `make run` does once everything is installed: database, static files, demo, then the web server and the worker,
# together, until one signal stops both. It serves as in production: DEBUG is off.
set -eu
python=.venv/bin/python
var=${NEWSROOM_VAR:-$PWD/var}
mkdir -p "$var"

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

# Both run in the background so that this shell hears a signal at once; a background job ignores Ctrl-C, hence TERM.
server='' worker=''
stop() {
  trap - EXIT INT TERM HUP
  kill -TERM $server $worker 2>/dev/null || true
  wait
}
trap stop EXIT
trap 'exit 0' INT TERM HUP
$python manage.py worker &
worker=$!
$python -m granian --interface wsgi --host 127.0.0.1 --port "$PORT" --workers 2 --blocking-threads 4 \
  --no-ws --respawn-failed-workers --workers-kill-timeout 20 --log-level warning newsroom.wsgi:application &
server=$!
echo
echo "Newsroom: http://127.0.0.1:$PORT/   the desk: http://127.0.0.1:$PORT/admin/   Ctrl-C stops it; what you wrote stays in $var"
wait $server
