# Two commands matter: `make run` and `make test`. The others are parts of the second.
PYTHON ?= python3
PORT ?= 8000
export PYTHON PORT

PY := .venv/bin/python
CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome,$(shell command -v $(name))))
# Tests keep their files apart from a site that runs from the same folder, and take nothing from its environment. What
# Python compiled is kept: otherwise each of a hundred processes compiles everything anew.
CLEAN := env -u PORT -u DATABASE_URL -u CACHE_URL -u EMAIL_URL -u MEDIA_STORAGE_URL -u NEWSROOM_URL -u NEWSROOM_HOSTS \
	-u NEWSROOM_DEBUG -u NEWSROOM_TRUSTED_PROXIES -u NEWSROOM_EDITOR -u PYTHONDONTWRITEBYTECODE \
	NEWSROOM_VAR=$(CURDIR)/var/test NEWSROOM_SECRET_KEY=for-tests-only
PRODUCTION := $(CLEAN) NEWSROOM_URL=https://news.example NEWSROOM_HOSTS=news.example NEWSROOM_TRUSTED_PROXIES=1 \
	NEWSROOM_HSTS_PRELOAD=1 NEWSROOM_SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(50))')
# $(call skip,WHAT: WHY) says it now and once more at the end; with CI=true it is a failure.
skip = if [ "$$CI" = true ]; then echo "CI=true, so nothing may be skipped: $(1)" >&2; exit 1; \
	else echo "skipped: $(1)" | tee -a var/test/skipped; fi

# Has this machine what $(1) needs? If not, one sentence.
ready = command -v $(PYTHON) >/dev/null || { echo "Newsroom needs Python 3.11 or newer, and there is no $(PYTHON) here."; exit 1; }; \
	GOAL=$(1) $(PYTHON) .ci/ready.py

.PHONY: help run test lint check types unit postgres databases browser format lock ready dev fresh summary
.NOTPARALLEL:

help:
	@echo "make run       the site with a demo newsroom, on http://127.0.0.1:$(PORT) (PORT= changes it)"
	@echo "make test      the whole gate; its parts: lint check types unit postgres browser"
	@echo "make format    what ruff can mend by itself"
	@echo "make lock      newer exact versions in requirements.txt and requirements-dev.txt"

run:
	@$(call ready,run) "$(PORT)"
	@.ci/install.sh requirements.txt
	@exec .ci/serve.sh

# The fastest failure first.
test: fresh lint check types databases browser summary

ready:
	@$(call ready,test)

dev: ready
	@.ci/install.sh requirements-dev.txt

fresh:
	@mkdir -p var/test
	@rm -f var/test/*.log var/test/skipped

lint: dev
	@echo "== ruff"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check --quiet --output-format concise .
	@echo "== import-linter"
	@.venv/bin/lint-imports
	@echo "== djlint"
	@$(PY) -m djlint templates --lint --quiet

check: dev
	@echo "== Django's checks"
	@$(CLEAN) $(PY) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

types: dev
	@echo "== mypy"
	@$(CLEAN) $(PY) -m mypy

unit: dev
	@echo "== pytest on SQLite"
	@$(CLEAN) .ci/pytest.sh sqlite -m "not browser and not postgres" --ignore tests/browser

postgres: dev
	@echo "== pytest on PostgreSQL"
	@$(CLEAN) .ci/postgres.sh .ci/pytest.sh postgresql -m "not browser and not once" --ignore tests/browser || { status=$$?; \
		[ $$status = 77 ] || exit $$status; \
		$(call skip,the tests on PostgreSQL: its programs are not on this machine (on Debian: apt-get install postgresql)); }

# Two cores, two databases: at once they take little longer than one alone. Browsers keep both cores busy by themselves.
databases: dev
	@echo "== pytest on SQLite and PostgreSQL at once; the words of the second follow those of the first"
	@$(MAKE) --no-print-directory postgres >var/test/postgresql.out 2>&1 & second=$$!; \
	$(MAKE) --no-print-directory unit; first=$$?; \
	wait $$second; second=$$?; cat var/test/postgresql.out; exit $$((first | second))

browser: dev
	@echo "== pytest in Chromium $(CHROMIUM)"
	@if [ -n "$(CHROMIUM)" ]; then $(CLEAN) NEWSROOM_CHROMIUM="$(CHROMIUM)" .ci/pytest.sh browser -m browser tests/browser; else \
		$(call skip,the browser tests: there is no Chromium on this machine (on Debian: apt-get install chromium)); fi

summary:
	@echo "== summary"
	@for log in var/test/*.log; do printf '%-11s' "$$(basename $$log .log)"; grep -E ' in [0-9.]+s' $$log | tail -n 1 | tr -d '='; done
	@cat var/test/skipped 2>/dev/null || echo "nothing was left out"

format: dev
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

# No host and no index in the lock files: they say what, not from where.
LOCK := $(PY) -m uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-config --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" pyproject.toml
lock: dev
	@$(LOCK) --output-file requirements.txt
	@$(LOCK) --extra dev --constraint requirements.txt --output-file requirements-dev.txt
