# Every target sets up what it needs, on a machine with nothing but Python 3.11 and make.
VENV := .venv
BIN := $(VENV)/bin
SHELL := /bin/bash
LOCAL_SLACK := tests/slack/local/node_modules/.package-lock.json
LOCAL_TEAMS := tests/teams/local/node_modules/.package-lock.json
# Many tests wait for a browser or a process: one more than there are processors keeps them busy.
WORKERS = $(shell echo $$(($$(nproc) + 1)))
# What needs no platform and no process of its own; `slow` in these folders is left out as well.
UNIT := $(addprefix tests/,governance documents messages organisation db commands)
PIP := $(BIN)/python -m pip --disable-pip-version-check
# pip and setuptools warn of what is meant here: an editable install of top-level packages.
INSTALL := PYTHONWARNINGS=ignore $(PIP) install --quiet
ITSELF := --no-deps --no-build-isolation --no-index --editable .
# Compiled ahead, the first answer is as quick as the second, even where Python keeps no cache.
READY := $(BIN)/python -m compileall -q governance documents db messages scheduler commands bot
COMPILE := $(BIN)/pip-compile --quiet --generate-hashes --strip-extras --allow-unsafe \
	--all-build-deps --no-annotate --no-emit-options --no-header

.DEFAULT_GOAL := help
.PHONY: help demo unit test check bench prove lock

help: ## what can be made
	@sed -n 's/^\([a-z]*\):.*## /make \1\t/p' Makefile | expand -t 14

demo: $(VENV)/.duly ## serve the page with the sample records, at http://127.0.0.1:8080
	@$(BIN)/duly demo

unit: $(VENV)/.dev ## the quick tests: no npm, browser or Postgres
	@$(BIN)/python -m pytest -n $(WORKERS) --hypothesis-profile quick \
		-m "not browser and not postgres and not slow" $(UNIT)

test: $(VENV)/.dev $(LOCAL_SLACK) $(LOCAL_TEAMS) ## every test, the page's in a headless browser
	@.ci/browser
	@.ci/postgres
	@$(BIN)/python -m pytest -n $(WORKERS)
	@if [ -z "$$DULY_RECORDS" ]; then echo "real records: not run"; fi

check: $(VENV)/.dev ## style, types, and which floor imports which
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev ## how long things take, each against a floor measured in the same run
	@.ci/postgres
	@$(BIN)/python -m bench.speed
	@$(BIN)/python -m bench.slack
	@$(BIN)/python -m bench.idle
	@$(BIN)/python -m bench.store
	@$(BIN)/python -m bench.delivery

prove: $(VENV)/.dev ## from a fresh clone in an empty home; and the proofs that take long
	@.ci/prove
	@.ci/postgres
	DULY_KILL_REMINDERS=500 DULY_KILL_PROCESSES=4 $(BIN)/python -m pytest -n0 -s tests/guarantees/test_killed.py
	DULY_YEARS="2022 2023 2024 2025 2026 2027" $(BIN)/python -m pytest -n auto tests/guarantees/test_years.py
	DULY_LOCK_SECONDS=30 $(BIN)/python -m pytest -n0 tests/guarantees/test_failures.py

lock: $(VENV)/.dev ## write the lock files anew from pyproject.toml
	$(COMPILE) --upgrade --output-file requirements.txt pyproject.toml
	$(COMPILE) --upgrade --extra teams --extra postgres --constraint requirements.txt \
		--output-file requirements-all.txt pyproject.toml
	$(COMPILE) --upgrade --all-extras --constraint requirements-all.txt \
		--output-file requirements-dev.txt pyproject.toml

# The Slack and the Teams that the tests go end to end with; they need npm, and nothing else.
$(LOCAL_SLACK) $(LOCAL_TEAMS): %/node_modules/.package-lock.json: %/package-lock.json
	@if command -v npm >/dev/null; then \
		cd $* && npm ci --ignore-scripts --no-audit --no-fund --silent; \
	fi

$(BIN)/python:
	@python=$$(.ci/python) && "$$python" -m venv $(VENV)

# The stamps say which lock file is installed, so that a second run is quick.
$(VENV)/.duly: requirements.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements.txt
	$(INSTALL) $(ITSELF)
	$(READY)
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml | $(BIN)/python
	$(INSTALL) --require-hashes -r requirements-dev.txt
	$(INSTALL) $(ITSELF)
	$(READY)
	@touch $@ $(VENV)/.duly
