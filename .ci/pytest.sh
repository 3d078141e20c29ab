#!/usr/bin/env bash
# Runs pytest under a name and keeps its words in var/test/NAME.log for the summary.   .ci/pytest.sh NAME ARGUMENTS...
# With CI=true a test may be skipped for one reason only: it speaks of the other database, whose turn it also gets.
set -euo pipefail
log=var/test/$1.log
shift
mkdir -p var/test
colour=auto
if [ -t 1 ]; then colour=yes; fi
.venv/bin/python -m pytest --color="$colour" "$@" 2>&1 | tee "$log"
if [ "${CI:-}" = true ] && grep '^SKIPPED' "$log" | grep -v -e 'PostgreSQL only' -e 'SQLite only'; then
  echo "CI=true: the tests above must not be skipped." >&2
  exit 1
fi
