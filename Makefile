# Every command of the project; plain `make` lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test test-ha check bench clean

help: ## List the commands
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## Build the environment (.venv)

$(READY): requirements-dev.lock pyproject.toml scripts/setup
	@scripts/setup $(PYTHON) $(VENV)
	@touch $@

demo: $(READY) ## Fill a ledger, serve it, export it, show how; then stop
	@scripts/demo

serve: $(READY) ## Keep the demo's server running, until Ctrl-C
	@scripts/demo --serve

test: $(READY) ## Run all tests; what they need of Debian is installed when root can
	@scripts/debian-packages
	@$(BIN)/pytest -n 2 --dist loadfile --ignore tests/ha

test-ha: $(READY) ## Kill databases: failover, poolers, replicas (minutes)
	@scripts/debian-packages
	@$(BIN)/pytest -n 2 --dist loadfile tests/ha

check: $(READY) ## Lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

bench: $(READY) ## Measure, as ratios in one run, into bench/results/
	@$(BIN)/python -m bench

clean: ## Remove the environment and the demo's ledger
	rm -rf $(VENV) demo
