# The ways in. Written for GNU make 3.81 and bash 3.2, which macOS ships.
SHELL := /bin/bash
.DEFAULT_GOAL := help

BIN := .venv/bin
export PYTHON
DEMO_HOME := demo-data
# Two processes; tests/conftest.py says which tests stay together.
PYTEST_ARGS ?= -n 2

# Transcripts for `make run`: folders or globs, several separated by ':'. Empty: what the settings say.
TRANSCRIPTS ?=
# Data home. Empty: what the settings say (SESSIONMART_HOME, sessionmart.toml, else data/).
HOME_DIR ?=
# team or personal. Empty: what the settings say.
MODE ?=
# Dollars that a run may spend on Claude's labels; empty: what the settings say (nothing).
BUDGET_USD ?=
# Human labels: how many sessions, one classifier, a classifier to stratify by, a folder; empty: the defaults.
N ?=
CLASSIFIER ?=
STRATIFY ?=
OUT ?=
# 1: wait for submitted batches.
WAIT ?=
# A filled form of a sample; a person's name, and 1 to delete.
FILE ?=
USER_NAME ?=
YES ?=
# What `make sql` asks, instead of opening a prompt; the metric of `make show`.
QUERY ?=
METRIC ?=
# Held labels that a quote counts as to ask again: stale or all.
RELABEL ?=

# Values reach the shell by the environment and not as text of the recipe: a path may hold spaces, quotes
# and dollar signs. make exports what is set on its command line or in the environment.
home_option = $(if $(HOME_DIR),--home "$$HOME_DIR")
budget_option = $(if $(BUDGET_USD),--budget-usd "$$BUDGET_USD")
sample_options = $(if $(N),--n "$$N") $(if $(CLASSIFIER),--classifier "$$CLASSIFIER") $(if $(STRATIFY),--stratify "$$STRATIFY") $(if $(OUT),--out "$$OUT")
run_options = $(home_option) $(if $(TRANSCRIPTS),--transcripts "$$TRANSCRIPTS") $(if $(MODE),--mode "$$MODE")
export HOME_DIR TRANSCRIPTS MODE BUDGET_USD N CLASSIFIER STRATIFY OUT RELABEL FILE USER_NAME QUERY METRIC

# dbt and Dagster report usage to their makers unless told not to.
export DO_NOT_TRACK := 1
export DBT_SEND_ANONYMOUS_USAGE_STATS := false
export DAGSTER_DISABLE_TELEMETRY := 1

PACKAGES := sessionmart orchestration classifiers expectations
DBT_FILES := $(shell find dbt_project -type f \( -name '*.sql' -o -name '*.yml' -o -name '*.csv' -o -name '*.md' \) -not -path '*/target/*' -not -path '*/logs/*' 2>/dev/null)
MANIFEST := dbt_project/target/parsed.json

.PHONY: help demo run report sql show quote evaluate sample-for-review import-reviews forget test check check-python check-sql dev bench doctor wheel clean manifest

help:  ## list the targets
	@echo "sessionmart: your own coding-agent transcripts as governed metrics."
	@echo
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  make run [TRANSCRIPTS=folder] [MODE=personal] [HOME_DIR=folder]"
	@echo "  make dev HOME_DIR=$(DEMO_HOME)"

demo: .venv/.installed $(MANIFEST)  ## write a synthetic corpus and run every step on it, without a key
	@$(BIN)/sessionmart demo $(or $(home_option),--home $(DEMO_HOME))

run: .venv/.installed $(MANIFEST)  ## run every step on your transcripts
	@$(BIN)/sessionmart run $(run_options) $(budget_option) $(if $(WAIT),--wait)

quote: .venv/.installed $(MANIFEST)  ## show what Claude's labels would cost; free, needs no key
	@$(BIN)/sessionmart quote $(home_option) $(if $(RELABEL),--relabel "$$RELABEL")

sql: .venv/.installed  ## query the current release in SQL, read only; QUERY='.questions' runs one query
	@$(BIN)/sessionmart sql $(home_option) $(if $(QUERY),-c "$$QUERY")

show: .venv/.installed  ## show a metric's definition and published figures: METRIC=judged_success
	@$(BIN)/sessionmart show $(home_option) "$$METRIC"

evaluate: .venv/.installed  ## evaluate the labellers on the catalog's cases: rules, and Claude with a key
	@$(BIN)/sessionmart evaluate $(home_option) $(budget_option)

sample-for-review: .venv/.installed  ## draw sessions for people to label: N=150, CLASSIFIER=…, STRATIFY=…, OUT=folder
	@$(BIN)/sessionmart sample-for-review $(home_option) $(sample_options)

import-reviews: .venv/.installed  ## import people's labels: FILE=sample.csv
	@$(BIN)/sessionmart import-reviews $(home_option) "$$FILE"

forget: .venv/.installed  ## show a person's data (USER_NAME=…), and with YES=1 delete them everywhere
	@$(BIN)/sessionmart forget $(home_option) "$$USER_NAME" $(if $(YES),--yes)

dev: .venv/.installed $(MANIFEST)  ## open the Dagster UI on http://127.0.0.1:3000: lineage, runs, backfills, schedule
	@$(BIN)/sessionmart dev $(run_options)

report: .venv/.installed  ## open the page of the current release in a browser
	@$(BIN)/sessionmart report $(home_option)

doctor: .venv/.installed  ## check paths, disk, versions, settings and retention, and say what to do
	@$(BIN)/sessionmart doctor $(run_options)

test: check  ## run `check`, then all tests
	$(BIN)/python -m pytest $(PYTEST_ARGS)

# Types and SQL take a minute each and a core each, so they run side by side.
check: .venv/.installed-dev $(MANIFEST)  ## check format, lint, types, import rules, SQL style and dbt manifest
	@$(MAKE) --no-print-directory -j2 check-sql check-python

check-python:
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(PACKAGES) benchmarks
	$(BIN)/lint-imports --no-cache

check-sql:
	$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project docs/questions

bench: .venv/.installed-dev $(MANIFEST)  ## print the ratios of docs/benchmarks.md for this machine
	$(BIN)/python -m benchmarks

wheel: .venv/.installed $(MANIFEST)  ## build dist/sessionmart-….whl, which needs no checkout
	@$(BIN)/python -m hatchling build --target wheel --directory dist

clean:  ## remove .venv, caches and dbt's target; never a data home (data/, demo-data/) or its archive
	rm -rf .venv dbt_project/target dbt_project/logs
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis logs
	find $(PACKAGES) tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

manifest: $(MANIFEST)

# What running needs; the developers' tools come with the first `make test`.
.venv/.installed: requirements.lock pyproject.toml bin/bootstrap
	@bin/bootstrap

.venv/.installed-dev: requirements-dev.lock requirements-dialects.lock pyproject.toml bin/bootstrap
	@bin/bootstrap dev

# Built ahead, because parsing costs seconds in every process that would do it at import.
$(MANIFEST): .venv/.installed $(DBT_FILES)
	@echo "Parsing the dbt project ..."
	@$(BIN)/sessionmart manifest
	@touch $@
