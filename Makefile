# Deskwire: `make run` and `make test` need nothing done before them.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
# Nothing is installed whose hash is not in a lock, and nothing that a lock does not name.
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q install --require-hashes
LOCKS  := deploy/locks
# Several at a time, each with a mongod and a browser of its own; the tests of a file stay together. The slow ones load the
# machine more: two at a time.
PYTEST := -q --dist loadfile

.PHONY: setup run dev lint format test test-all bench faults busy screenshots lock audit clean

run: setup ## start the desk with an embedded MongoDB
	@exec $(BIN)/python run.py

dev: setup $(VENV)/.dev ## as run, and again whenever a file of the server changes
	@exec $(BIN)/watchfiles --filter python --sigint-timeout 5 '$(BIN)/python run.py' run.py server handlers store jobs

setup: $(VENV)/.run $(VENV)/.faces ## the virtual environment and the browser client, pinned

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo 'Deskwire needs Python 3.11 or later: make PYTHON=python3.12 run'; exit 1; }
	@echo 'Setting up $(VENV) (once, about a minute) ...'
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo 'The venv module is missing: apt-get install python3-venv'; exit 1; }

# Our own code is run from this folder: it is not installed.
$(VENV)/.run: $(LOCKS)/run.lock $(LOCKS)/embedded.lock | $(VENV)/bin/python
	@echo 'Installing the locked packages ...'
	@$(PIP) -r $(LOCKS)/run.lock -r $(LOCKS)/embedded.lock
	@touch $@

$(VENV)/.test: $(LOCKS)/test.lock $(VENV)/.run
	@echo 'Installing what the tests need ...'
	@$(PIP) -r $(LOCKS)/test.lock
	@touch $@

$(VENV)/.dev: $(LOCKS)/dev.lock $(VENV)/.run
	@echo 'Installing what make dev, lock and audit need ...'
	@$(PIP) -r $(LOCKS)/dev.lock
	@touch $@

# npm is the machine's; where there is none, the one inside a PyPI wheel does.
NPM = $(if $(shell command -v npm),npm,PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/npm)

$(VENV)/bin/npm:
	@echo 'Installing Node.js for npm ...'
	@$(PIP) -r $(LOCKS)/npm.lock

$(VENV)/.faces: package.json package-lock.json | $(VENV)/bin/python $(if $(shell command -v npm),,$(VENV)/bin/npm)
	@echo 'Installing the browser client ...'
	@$(NPM) ci --omit=dev --loglevel=error
	@touch $@

$(VENV)/.faces-test: package.json package-lock.json | $(VENV)/.faces
	@$(NPM) ci --loglevel=error
	@touch $@

lint: $(VENV)/.test ## formatting, style, types, the arrows between the rooms
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@PYTHONPATH=. $(BIN)/lint-imports --config setup.cfg --no-cache

format: $(VENV)/.test
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

# The browser tests drive Debian's Chromium: installed where that is allowed, else they are skipped (and fail with CI=true).
$(VENV)/.chromium: | $(VENV)/.test
	@command -v chromium >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && echo 'Installing Chromium for the browser tests ...' && apt-get -qq update \
	  && apt-get -qq install -y chromium fonts-noto-cjk fonts-noto-color-emoji >/dev/null; } \
	  || echo 'No Chromium: the browser tests are skipped.'
	@touch $@

# tests/test_proxy.py runs behind Debian's nginx: installed where that is allowed, else it is skipped (and fails with CI=true).
$(VENV)/.nginx: | $(VENV)/.test
	@command -v nginx >/dev/null || { [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null \
	  && echo 'Installing nginx for the tests behind a proxy, and stopping its own service ...' && apt-get -qq update \
	  && apt-get -qq install -y nginx-light >/dev/null && { invoke-rc.d nginx stop >/dev/null 2>&1 || true; }; } \
	  || echo 'No nginx: the tests behind a proxy are skipped.'
	@touch $@

screenshots: $(VENV)/.test $(VENV)/.faces-test $(VENV)/.chromium ## the README's pictures, from a running desk
	@$(BIN)/python -m docs.screenshots

test: $(VENV)/.test $(VENV)/.faces-test $(VENV)/.chromium $(VENV)/.nginx ## under five minutes
	@$(BIN)/python -m pytest $(PYTEST) -n 3

test-all: $(VENV)/.test $(VENV)/.faces-test $(VENV)/.chromium $(VENV)/.nginx ## the slow ones too
	@$(BIN)/python -m pytest $(PYTEST) -n 2 -m "slow or not slow"

# make bench ARGS='--only messages --rounds 5'
bench: $(VENV)/.run $(VENV)/.faces-test ## every figure beside its peers, into docs/BENCH.md (half an hour)
	@$(BIN)/python -m bench $(ARGS)

# make faults ARGS='--kills 200 --mongod-kills 50 --acked 200000'
faults: $(VENV)/.test ## kills, stops, cut cables and full disks under load, then a proof that nothing was lost; about 20 minutes
	@$(BIN)/python -m tests.faults $(ARGS)

# make busy ARGS='--minutes 5 --visitors 20'
busy: $(VENV)/.test $(VENV)/.faces-test $(VENV)/.chromium ## an hour of 6 agents and 60 visitors in Chromium, every page held against the database
	@$(BIN)/python -m tests.busy $(ARGS)

lock: $(VENV)/.dev ## deploy/locks/*.lock anew from setup.cfg; ARGS=--upgrade raises what is locked
	@$(BIN)/python deploy/lock.py $(ARGS)

# Both ask their registry for its list of holes. Where it does not answer, nothing was looked at: then make fails as well.
audit: $(VENV)/.dev $(VENV)/.faces ## known holes in what is locked: pip-audit and npm audit
	@for lock in $(LOCKS)/*.lock; do echo "pip-audit: $$lock"; \
	  $(BIN)/pip-audit --strict --progress-spinner off --require-hashes --disable-pip -r $$lock || failed=1; done; \
	echo 'npm audit: package-lock.json'; $(NPM) audit --audit || failed=1; \
	[ -z "$$failed" ] || { echo 'Something was found, or a list of holes could not be asked: see above.'; exit 1; }

clean: ## everything that was installed; never DATA_DIR
	rm -rf $(VENV) node_modules *.egg-info .pytest_cache .mypy_cache .ruff_cache
