# make start   set everything up and open the page
# make test    the same, with the test tools, then every test
# make check   style, types, imports, content
# make bench   the measurements named in ARCHITECTURE.md

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
ARGS ?=

.PHONY: start test test-fast check bench format diagrams lock clean

start: $(VENV)/.ready
	@exec $(BIN)/sevenstep start $(ARGS)

test: $(VENV)/.ready-dev $(VENV)/.ready-browser $(VENV)/.ready-model
	$(BIN)/python -m pytest $(ARGS)

test-fast: $(VENV)/.ready-dev
	$(BIN)/python -m pytest tests/unit $(ARGS)

check: $(VENV)/.ready-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/pyright
	$(BIN)/lint-imports --no-cache
	$(BIN)/sevenstep check

bench: $(VENV)/.ready-dev
	$(BIN)/python -m evals.bench $(ARGS)

format: $(VENV)/.ready-dev
	$(BIN)/ruff check --fix --quiet .
	$(BIN)/ruff format .

diagrams: $(VENV)/.ready
	$(BIN)/python -m app.content.drawings

# Pins every dependency by version and hash; needs uv.
lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--group build pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
		--group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean:
	rm -rf $(VENV) build dist

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; name one with: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
		{ echo "The venv module is incomplete; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "Creating $(VENV) …"
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.ready: requirements.lock pyproject.toml | $(VENV)/bin/python
	@echo "Installing what Sevenstep needs (a few minutes the first time) …"
	@$(PIP) install --require-hashes -r requirements.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock $(VENV)/.ready
	@echo "Installing the test tools …"
	@$(PIP) install --quiet --require-hashes -r requirements-dev.lock
	@touch $@

$(VENV)/.ready-model: tests/model/requirements.txt tests/model/fetch.sh $(VENV)/.ready-dev
	@sh tests/model/fetch.sh $(BIN)/python $(VENV)/models
	@touch $@

$(VENV)/.ready-browser: tests/browser/install-chromium.sh $(VENV)/.ready-dev
	@sh tests/browser/install-chromium.sh $(BIN)/python
	@touch $@
