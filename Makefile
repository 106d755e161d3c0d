# make chat     makes the environment, builds the index if there is none, serves the web chat
# make test     makes the same environment, runs all tests
# make install  makes the environment in .venv/ and nothing else
# make check    format, lint, types, tests

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export HF_HUB_DISABLE_TELEMETRY := 1

.PHONY: chat test check install format clean

chat: .venv/installed
	@test -f $${DUANCI_INDEX:-index}/CURRENT || $(BIN)/duanci index
	@$(BIN)/duanci serve

test: .venv/installed
	$(BIN)/python -m pytest

check: .venv/installed
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

format: .venv/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

install: .venv/installed

.venv/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "duanci needs Python 3.11 or later, found " + sys.version.split()[0] + "; name one: make PYTHON=python3.12 …")'
	$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/python pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --constraint constraints.txt torch==2.13.0
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev]'
	@touch $@

clean:
	rm -rf .venv build *.egg-info src/*.egg-info
