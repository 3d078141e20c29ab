#!/bin/sh
# Installs exactly what a lock file says into .venv, and does nothing where that has been done already.
#   .ci/install.sh requirements.txt | requirements-dev.txt        PYTHON= the interpreter to build .venv with
set -eu
lock=$1
same() { cmp -s "$1" ".venv/installed-$1"; }

if ! .venv/bin/python -c '' 2>/dev/null; then
  echo "Making the virtual environment .venv"
  "${PYTHON:-python3}" -m venv --clear .venv
fi
same "$lock" && exit 0

echo "Installing the packages of $lock (a minute or so, the first time)"
.venv/bin/python -m pip install --quiet --quiet --disable-pip-version-check --no-input --require-hashes -r "$lock"
cp "$lock" ".venv/installed-$lock"
# The development lock holds everything that the runtime lock holds.
if [ "$lock" = requirements-dev.txt ]; then cp requirements.txt .venv/installed-requirements.txt; fi
