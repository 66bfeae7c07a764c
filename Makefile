# Every command of the project; plain `make` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
# Real processes, which are killed, filled and waited for; and all that the docs tell to type.
OUTERMOST := tests/outermost tests/kannel tests/client/database/targets \
	tests/docs/test_how_to.py tests/docs/test_tutorial.py

# What depends on the version of PostgreSQL: the store, backups, damage, replicas.
ON_POSTGRESQL := tests/store tests/cli tests/outermost/test_backup.py \
	tests/outermost/test_restore.py tests/ha/test_replica.py tests/ha/test_timeline.py

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test test-postgres18 test-all test-browser test-outermost test-ha screenshots integrations test-integrations check bench clean

help: ## List the commands
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Build the environment (.venv)

$(READY): requirements-dev.lock pyproject.toml scripts/setup
	@scripts/setup $(PYTHON) $(VENV)
	@touch $@

demo: $(READY) ## Fill a ledger, serve it, export it, show how; then stop
	@scripts/demo

serve: $(READY) ## Keep the demo's server running, until Ctrl-C
	@scripts/demo --serve

test: $(READY) ## Run the tests of every module on SQLite and PostgreSQL
	@scripts/debian-packages
	@$(BIN)/pytest -n 2 --dist loadfile -m 'not tool' \
		$(addprefix --ignore ,tests/browser tests/ha $(OUTERMOST))

test-postgres18: $(READY) ## Run the tests of the store on PostgreSQL 18
	@scripts/debian-packages
	@SMSLEDGER_TEST_POSTGRES=18 $(BIN)/pytest -n 2 --dist loadfile \
		-k 'not sqlite or copying' $(ON_POSTGRESQL)

test-all: ## Run every suite and print the minutes of each
	@MAKE="$(MAKE)" scripts/test-all

test-browser: $(READY) ## Look at the pages in Debian's Chromium
	@scripts/debian-packages
	@$(BIN)/pytest -n 2 --dist loadfile tests/browser

test-outermost: $(READY) ## Kill servers, exports, followers; a real Kannel; the docs (minutes)
	@scripts/debian-packages
	@$(BIN)/pytest -n 2 --dist loadfile $(OUTERMOST)

test-ha: $(READY) ## Kill databases: failover, poolers, replicas (minutes)
	@scripts/debian-packages
	@$(BIN)/pytest -n 2 --dist loadfile tests/ha

screenshots: $(READY) ## Take the pictures of the pages for the docs (docs/screenshots)
	@scripts/debian-packages
	@$(BIN)/python -m tests.browser.screenshots

integrations: ## Build an environment for each tool of integrations/ (.integrations)
	@scripts/integrations $(PYTHON)

test-integrations: $(READY) integrations ## Run those tools against live servers
	@scripts/debian-packages
	@$(BIN)/pytest -n 2 --dist loadfile tests/integrations

check: $(READY) ## Lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(READY) ## Measure ratios in one run, into bench/results/; ONLY=pages,ingest: these
	@$(BIN)/python -m bench $(if $(ONLY),--only "$(ONLY)")

clean: ## Remove the environments and the demo's ledger
	rm -rf $(VENV) .integrations demo
