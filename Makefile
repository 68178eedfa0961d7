# Everything a contributor does, with nothing installed but Python 3.11 or newer. `make help` lists it.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c

# The newest Python on the PATH for which the locked packages are to be had; PYTHON=/path/to/python overrides.
PYTHONS = $(or $(PYTHON),$(shell .ci/pythons | cut -d ' ' -f 2))
VENV ?= .venv
BIN := $(VENV)/bin
CATALOGUES := $(wildcard locale/*/LC_MESSAGES/rumbo.po)

# One file per finished step, so that each is done once and again only when what it rests on has changed.
LOCKED := $(VENV)/.locked
INSTALLED := $(VENV)/.installed
PEERS := $(VENV)-bench/.installed

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(INSTALLED) $(CATALOGUES:.po=.mo) ## a virtual environment with the locked packages and this project

$(LOCKED): requirements.lock
	.ci/environment $(VENV) $(PYTHONS)
	@touch $@

# The build backend came with the lock, so nothing more is fetched here.
$(INSTALLED): pyproject.toml $(LOCKED)
	if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python --no-build-isolation --no-deps -e .; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .; fi
	@# So that no start has to: not every installer compiles, and some environments forbid a program to.
	@$(BIN)/python -m compileall -q $(VENV)/lib *.py activities audit cli domain embedded gateway ledger rehearsal telling workflows || true
	@touch $@

%.mo: %.po $(LOCKED)
	$(BIN)/pybabel --quiet compile --input-file=$< --output-file=$@ --locale=$(word 2,$(subst /, ,$<))

demo: setup ## the main job on a real plan, from an empty folder to a replayed history
	$(BIN)/rumbo demo --data .rumbo/demo

# Many tests mostly wait, so three run at once on two cores. Each worker has servers of its own (tests/conftest.py).
# A worker that ends by a test that hangs is not replaced: the test is named, and the run ends.
SIDE_BY_SIDE := -n 3 --max-worker-restart=0

test: setup ## every test, on real Postgres and real Temporal
	$(BIN)/pytest $(SIDE_BY_SIDE)

unit: setup ## the tests that need no server; VENV=.venv-3.13 PYTHON=/path/to/python3.13 runs them on another Python
	$(BIN)/pytest $(SIDE_BY_SIDE) tests/unit

quick: setup ## style, types and the rules of the domain, in a minute
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/pytest --quiet -n 2 tests/unit/domain

long: setup ## what takes long, at its whole length: plans that live long, garbage, every byte; says what it took
	RUMBO_LONG=1 $(BIN)/pytest --quiet --capture=no -o faulthandler_timeout=1800 tests/e2e/test_long_plans.py \
		tests/integration/audit/test_bundle.py::test_every_byte_of_a_bundle_matters \
		tests/integration/workflows/test_garbage.py::test_a_plan_survives_a_flood_of_meaningless_signals

chaos: setup ## kill, freeze, fill up and cut off whatever can be, while people write; SEED=N runs one again, SHORT=1 in a minute
	$(BIN)/python -m tests.chaos $(if $(SEED),--seed $(SEED)) $(if $(SHORT),--short)

check: setup ## style, types, the import rule, dependencies and code that nothing uses, and that every test can be read
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/deptry .
	$(BIN)/vulture
	$(BIN)/pytest --collect-only --quiet --quiet

format: setup ## put the style right
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

fingerprints: setup ## say that a change of the workflows is safe for running plans (see tests/histories)
	$(BIN)/python -m tests.histories.fingerprints
	$(BIN)/pytest --quiet tests/unit/workflows/test_fingerprints.py tests/integration/workflows/test_replay.py

load: setup $(PEERS) ## ten thousand open plans and a thousand commands a minute for ten minutes, nothing lost (about 20 minutes)
	$(VENV)-bench/bin/python -m benchmarks.load $(LOAD)

bench: setup $(PEERS) ## what we claim about speed, beside what people would use instead (SIZE=small|usual|large, ROWS="append replay")
	$(VENV)-bench/bin/python -m benchmarks --size $(or $(SIZE),usual) $(ROWS)

# The peers live in an environment of their own, beside everything of ours: nothing but the benchmarks knows them.
$(PEERS): benchmarks/requirements.lock pyproject.toml | $(LOCKED)
	$(VENV)/bin/python -m venv $(VENV)-bench
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r benchmarks/requirements.lock
	$(VENV)-bench/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
	@touch $@

lock: ## write requirements.lock anew from pyproject.toml (needs uv)
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file requirements.lock
	uv pip compile benchmarks/requirements.in --universal --python-version 3.11 --generate-hashes \
		--no-emit-index-url --no-header --no-annotate --quiet --output-file benchmarks/requirements.lock

.PHONY: help setup demo test unit quick long chaos check format fingerprints bench load lock
