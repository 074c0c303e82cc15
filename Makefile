# Everything from a fresh clone, on a machine with Python 3.11 or newer and nothing else prepared.
#
#   make demo     the invented company, its month played, served at http://127.0.0.1:8000
#   make test     every test: engines, rooms, laws, journeys, browser; on SQLite and on PostgreSQL
#   make check    what to run before a commit: style, types, imports, laws, settings, migrations
#   make bench    the measured claims, each against its budget or a named peer
#   make docs     the reference, written from the code

PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
GERMAN := $(wildcard src/einklang/*/locale/de/LC_MESSAGES/django.po)
BUILT_FROM := pyproject.toml hatch_build.py tools/assets.py package.json package-lock.json

.PHONY: demo test check bench docs messages clean
.DEFAULT_GOAL := demo

demo: .stamps/installed .stamps/assets
	@$(BIN)/einklang demo --port $(PORT)

test: .stamps/dev .stamps/assets
	@$(BIN)/python tools/test.py $(ARGS)

check: .stamps/dev .stamps/assets
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest -q tests/law
	$(BIN)/python tools/deploy_check.py

bench: .stamps/dev .stamps/assets
	@$(BIN)/python benchmarks/run.py $(ARGS)

docs: .stamps/dev .stamps/assets
	@$(BIN)/python tools/docs.py

messages: .stamps/dev
	@$(BIN)/python tools/messages.py all

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "Einklang needs Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Einklang needs Python 3.11 or newer.")'
	@echo "Making a virtual environment in .venv ..."
	@$(PYTHON) -m venv .venv

.stamps/installed: .venv/bin/python $(BUILT_FROM)
	@echo "Installing Einklang and building its page assets (once, about a minute) ..."
	@mkdir -p .stamps
	@$(BIN)/python -m pip install --quiet --editable .
	@touch $@

.stamps/dev: .stamps/installed
	@echo "Installing what the tests need (once) ..."
	@$(BIN)/python -m pip install --quiet --editable '.[dev]'
	@touch $@

.stamps/assets: .stamps/installed $(GERMAN)
	@$(BIN)/python tools/assets.py
	@touch $@

clean:
	rm -rf .venv .stamps .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis build dist
