# OpenReg: every command a person needs. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
# Each test worker runs its own PostgreSQL, Redis and S3: more than four help nobody.
JOBS ?= $(shell n=$$(nproc 2>/dev/null || echo 2); echo $$((n < 4 ? n : 4)))
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --generate-hashes \
  --no-annotate --custom-compile-command "make lock"
# The user interface: Node is needed to build it, never to run OpenReg.
UI := backend/static/index.html
PORTAL := external_api/static/index.html
UI_SOURCES := package.json package-lock.json $(shell find ui frontend customer-portal -type f \
  -not -path '*/node_modules/*' -not -name '*.test.*' -not -name 'routeTree.gen.ts' 2>/dev/null)
NODE_MODULES := node_modules/.package-lock.json
HAS_NODE := node -e 'const [a, b] = process.versions.node.split(".").map(Number); process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
NEEDS_NODE := Node.js 20.19 or newer is not installed
# Files in the order of tests/conftest.py, and not those with most tests first: the longest have few.
PYTEST := $(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder
# All that stand on the test servers; the embedded platform brings servers of its own.
DEBIAN_TESTS := $(addprefix tests/integration/backend/,persistence api services services_people services_runs tasks cli)
TEST_FOLDERS := $(wildcard $(addprefix tests/,unit architecture integration contract browser e2e))

##@ Run

.PHONY: up
up: setup ## Start everything on this machine; Ctrl-C stops it (OPENREG_PORT, OPENREG_EXTERNAL_PORT)
	@if $(HAS_NODE); then $(MAKE) $(UI) $(PORTAL) || echo "the user interface could not be built; the API starts all the same" >&2; \
	  else test -f $(UI) || echo "$(NEEDS_NODE): the API starts without the user interface" >&2; fi
	@$(BIN)/openreg up

.PHONY: demo
demo: setup ## Run the demonstration (ARGS="--rows 100000 --json")
	@$(BIN)/openreg demo $(ARGS)

.PHONY: status
status: setup ## Show what runs, where, and how much memory it takes
	@$(BIN)/openreg status

.PHONY: logs
logs: setup ## Show and follow what the processes print (ARGS=backend)
	@$(BIN)/openreg logs --follow $(ARGS)

.PHONY: down
down: setup ## Stop OpenReg from another terminal
	@$(BIN)/openreg down

.PHONY: clean-data
clean-data: setup ## Remove all data in .openreg/ for good
	@$(BIN)/openreg down
	@$(BIN)/openreg clean-data --yes

##@ Deploy

.PHONY: env
env: ## Write the .env of an installation with Docker Compose, with new secrets; needs only Python
	@$(PYTHON) -I backend/cli/env.py

.PHONY: docker-test
docker-test: setup ## Build the images, start them from nothing, and prove them: needs Docker (ARGS="-k name")
	@$(BIN)/pytest -p no:xdist -m docker tests/deployment $(ARGS)

##@ Develop

.PHONY: setup
setup: $(STAMP) ## Create .venv from requirements.lock (done by the other commands when needed)

# uv comes from the lock like everything else: its lines, with their hashes, are all pip is given.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "OpenReg needs Python 3.11 or newer; found: $$($(PYTHON) --version 2>&1 || true)" >&2; \
	  echo "Fix: install one (Debian, Ubuntu: apt install python3), or name it: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; \
	  exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "$(PYTHON) cannot create virtual environments: its modules venv and ensurepip are missing." >&2; \
	  echo "Fix: apt install python3-venv" >&2; \
	  exit 1; }
	@test -x $(BIN)/python || { echo "creating $(VENV)"; $(PYTHON) -m venv $(VENV); }
	@echo "installing the environment from requirements.lock"
	@if ! $(BIN)/uv --version >/dev/null 2>&1; then \
	  awk '/^uv==/ {found = 1} found {print} found && !/\\$$/ {exit}' requirements.lock > $(VENV)/uv.txt; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r $(VENV)/uv.txt; fi
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps -e .
	@touch $(STAMP)

.PHONY: ui
ui: $(UI) $(PORTAL) ## Build user interface and customer portal (done by `make up` when their sources have changed)

$(UI): $(UI_SOURCES) | $(NODE_MODULES)
	@echo "building the user interface"
	@npm run --silent build --workspace frontend -- --logLevel warn
	@touch $(UI)

$(PORTAL): $(UI_SOURCES) | $(NODE_MODULES)
	@echo "building the customer portal"
	@npm run --silent build --workspace customer-portal -- --logLevel warn
	@touch $(PORTAL)

$(NODE_MODULES): package.json package-lock.json ui/package.json frontend/package.json customer-portal/package.json
	@$(HAS_NODE) || { echo "$(NEEDS_NODE). Fix: install it (Debian: apt install nodejs npm)" >&2; exit 1; }
	@echo "installing what the user interface is built with"
	@npm ci --silent --no-audit --no-fund
	@touch $(NODE_MODULES)

.PHONY: dev
dev: $(NODE_MODULES) ## Serve the user interface with live reload on port 3000, against the API on port 8000
	@npm run dev

.PHONY: client
client: setup $(NODE_MODULES) ## Write the OpenAPI documents and the types of the user interface again
	@$(BIN)/openreg openapi >/dev/null
	@npm run --silent client

.PHONY: format
format: setup ## Format the code and repair what can be repaired
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .
	@test ! -d node_modules || npm run --silent format

.PHONY: lock
lock: setup ## Compile requirements.lock from pyproject.toml, and of it the lists of the two services
	@$(COMPILE) --all-extras -o requirements.lock
	@$(COMPILE) --extra backend -c requirements.lock -o backend/requirements.txt
	@$(COMPILE) --extra external-api -c requirements.lock -o external_api/requirements.txt

##@ Test

.PHONY: check
check: setup ## Format, lint, types, import contracts, architecture and quick unit tests: two minutes, then one
	@$(MAKE) -j2 --output-sync=target check-python check-ui

.PHONY: check-python
check-python: setup
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(PYTEST) -q -m "not long and not thorough" $(wildcard tests/architecture tests/unit)

.PHONY: check-ui
check-ui:
	@if $(HAS_NODE); then $(MAKE) check-ui-with-node; \
	  else echo "$(NEEDS_NODE): the user interface was not checked" >&2; test -z "$$OPENREG_REQUIRE_UI"; fi

.PHONY: check-ui-with-node
check-ui-with-node: $(NODE_MODULES)
	@npm run --silent format:check
	@npm run --silent lint
	@npm run --silent types
	@npm run --silent test:functions

.PHONY: test
test: setup ## All tests but the long ones and the benchmarks (ARGS="-k name")
	@$(MAKE) test-ui
	@$(PYTEST) -m "not long" $(TEST_FOLDERS) $(ARGS)

.PHONY: test-ui
test-ui: ## Rules of components, unit tests, contract and size budget of the user interface
	@if $(HAS_NODE); then $(MAKE) $(NODE_MODULES) $(UI) $(PORTAL) && npm run --silent lint:components && npm run --silent test && npm run --silent size; \
	  else echo "$(NEEDS_NODE): the user interface was not tested" >&2; test -z "$$OPENREG_REQUIRE_UI"; fi

.PHONY: test-long
test-long: setup ## The tests with full counts
	@$(PYTEST) -m long $(TEST_FOLDERS) $(ARGS)

# GPL-3.0, and of other versions of what we need: an environment of its own, which nothing of ours imports.
LOCALSTRIPE := .localstripe
.PHONY: test-localstripe
test-localstripe: setup ## Compare the stand-in for Stripe with localstripe, which is installed for it
	@test -x $(LOCALSTRIPE)/bin/python || $(PYTHON) -m venv $(LOCALSTRIPE)
	@$(BIN)/uv pip install --quiet --python $(LOCALSTRIPE)/bin/python localstripe==1.15.10
	@OPENREG_LOCALSTRIPE=$(CURDIR)/$(LOCALSTRIPE)/bin/python $(BIN)/pytest -p no:xdist tests/localstripe $(ARGS)

# What compose runs, as Debian packages it: PostgreSQL 15 and Redis 7. Only what both have may be used.
POSTGRES_BIN ?= /usr/lib/postgresql/15/bin
REDIS_SERVER ?= /usr/bin/redis-server
.PHONY: test-debian
test-debian: setup ## Integration tests against Debian's postgresql-15 and redis-server (ARGS=path)
	@for program in $(POSTGRES_BIN)/postgres $(REDIS_SERVER); do test -x $$program || { \
	  echo "$$program is not there. Fix: apt install postgresql-15 redis-server" >&2; exit 1; }; done
	@OPENREG_TEST_POSTGRES_BIN=$(POSTGRES_BIN) OPENREG_TEST_REDIS_SERVER=$(REDIS_SERVER) \
	  $(PYTEST) -m "not long" $(or $(ARGS),$(DEBIAN_TESTS))

.PHONY: chaos
chaos: setup ## Strike a whole platform in eighteen ways; nothing may be lost or done twice (CHAOS_CASES, CHAOS_ROWS, CHAOS_RUNS)
	@$(BIN)/pytest -p no:xdist -m chaos -s tests/chaos $(ARGS)

.PHONY: bench
bench: setup ## Measure speed and memory against their limits
	@$(BIN)/pytest -p no:xdist tests/benchmarks $(ARGS)

##@ Help

.PHONY: help
help: ## Show this list
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@ / {printf "\n\033[1m%s\033[0m\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  \033[36m%-12s\033[0m %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))
