# Everything one does with this project is a verb here; `make` alone lists them.

SHELL := /bin/sh
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The machine's default Python if it is 3.11 or later, else the first that is.
ifndef PYTHON
PYTHON := $(shell for name in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$name -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$name && break; done)
endif
SETUP = $(if $(PYTHON),$(PYTHON) -m infra.setup,$(error Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3 ...))
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
PYTEST_ARGS ?=

.PHONY: help
help: ## List the verbs
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: setup
setup: ## Make this machine ready: system packages and locked Python packages, each only when missing
	@$(SETUP)

.PHONY: demo
demo: setup ## From a fresh clone to printed receipts: set up, start the local stack, carry renewals through it
	@$(MANAGE) demo

.PHONY: run
run: setup ## Start the local stack and keep it running until Ctrl-C
	@$(MANAGE) up

.PHONY: test
test: setup ## Run the tests; PYTEST_ARGS="-n 2 tests/unit" narrows or spreads them
	@if command -v go >/dev/null; then $(SETUP) minio && $(SETUP) deploy-tools; fi
	@$(BIN)/pytest $(PYTEST_ARGS)

.PHONY: check
check: setup ## Format, lint, types, import rules, and whether the migrations say what the models say
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(MANAGE) migrate --check

.PHONY: fix
fix: setup ## Format, and mend what the linter can mend
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: setup ## Measure renewals a second on this machine
	@$(MANAGE) bench

.PHONY: bench-size
bench-size: setup ## Measure queue, healing, settling and renewals with 100,000 and 1,000,000 cases in the database (ten minutes, 3 GB)
	@$(BIN)/python -m benchmarks.at_size $(if $(SIZES),--sizes $(SIZES))

.PHONY: bench-payments
bench-payments: setup ## Measure payments at once on this machine; PAYMENTS=1000
	@$(BIN)/python -m benchmarks.payments --payments $(or $(PAYMENTS),1000)

.PHONY: prove-money
prove-money: setup ## The invariants of money from many seeds, against the sandbox's own books; SEEDS=50 GATEWAY=tap
	@$(BIN)/python -m benchmarks.prove_money $(or $(SEEDS),50) $(if $(GATEWAY),--gateway $(GATEWAY))

.PHONY: prove-crashes
prove-crashes: setup ## Kill the product at every moment of a payment, and compare its books with the bank's; REPEATS=30 GATEWAY=tap
	@$(BIN)/python -m tests.crash_sweep --repeats $(or $(REPEATS),30) --naive 3 --page benchmarks/crash_sweep.md $(if $(GATEWAY),--gateway $(GATEWAY))

.PHONY: mutants
mutants: setup ## Break what decides about money in every small way; the unit tests have to notice (about ten minutes)
	@$(BIN)/python -m benchmarks.mutation

.PHONY: prove-machines
prove-machines: setup minio deploy-tools ## Two Prefect servers, three workers, Redis: kill one of each under load; RENEWALS=60
	@$(BIN)/python -m benchmarks.machines --renewals $(or $(RENEWALS),60)

.PHONY: check-deploy
check-deploy: setup deploy-tools ## Read the image, the compose file and the Helm chart with the tools that exist for them
	@CI=true $(BIN)/pytest -q tests/deploy

.PHONY: deploy-tools
deploy-tools: ## Redis and HAProxy from the machine's packages; Helm and Compose built into var/bin (needs Go)
	@$(SETUP) deploy-tools

.PHONY: minio
minio: ## Build MinIO's server into var/bin (needs Go)
	@$(SETUP) minio

.PHONY: pictures
pictures: setup ## Take the pictures of docs/operations.md from the running product (needs chromium)
	@$(BIN)/python -m tests.pictures

.PHONY: docs
docs: setup ## Write the generated parts of the documents again
	@$(MANAGE) docs

.PHONY: lock
lock: ## Lock the Python packages with hashes; UPGRADE=1 takes newer ones
	@$(SETUP) $(if $(UPGRADE),lock-upgrade,lock)

.PHONY: clean
clean: ## Delete what the local stack keeps (database, documents, logs) and the tools' caches
	@[ ! -x $(BIN)/python ] || $(BIN)/python -m infra.stack.clean
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

.PHONY: prove-healing
prove-healing: setup ## Kill and stop every part under load, one at a time; CASES=400 SEED=1
	@$(BIN)/python -m tests.storm healing --cases $(or $(CASES),400) --seed $(or $(SEED),1)

.PHONY: soak
soak: setup ## 1,000 mixed cases with three faults at a time; CASES=1000 SEED=1
	@$(BIN)/python -m tests.storm soak --cases $(or $(CASES),1000) --seed $(or $(SEED),1)

.PHONY: record-histories
record-histories: setup ## Freeze a case at every status, which later versions must carry to its end
	@$(BIN)/python -m tests.histories
