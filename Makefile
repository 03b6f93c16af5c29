# Set-up and daily commands. `make app` opens the dashboard and `make test` passes every test, from a bare Python.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8501

.PHONY: app test coverage lint bench pictures clean setup browser postgres
.DEFAULT_GOAL := app

app: $(VENV)/.app-ready
	$(BIN)/hotspots serve --port $(PORT)

test: $(VENV)/.dev-ready browser postgres
	$(BIN)/python -m pytest -m "not browser" -n 2
	$(BIN)/python -m pytest -m browser -n 2 --dist loadfile
	$(BIN)/lint-imports

coverage: $(VENV)/.dev-ready postgres
	$(BIN)/python -m pytest -m "not browser" -n 2 --cov --cov-report=term

lint: $(VENV)/.dev-ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/.dev-ready
	$(BIN)/python -m benchmarks

pictures: $(VENV)/.dev-ready browser
	$(BIN)/python -m tests.browser.take_pictures

setup: $(VENV)/.dev-ready

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Hotspots needs Python 3.11 or newer; $(PYTHON) is older. Name another with make PYTHON=python3.12."; exit 1; }
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || \
	  { if [ "$$(id -u)" = 0 ]; then apt-get update -qq && apt-get install -y -qq python3-venv; \
	    else echo "Install the Debian package python3-venv, then run make again."; exit 1; fi; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.app-ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e .
	@$(BIN)/python -m compileall -q app.py pages hotspots  # so that the first start is as quick as every other
	@touch $@

$(VENV)/.dev-ready: pyproject.toml constraints.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@ $(VENV)/.app-ready

# The browser tests drive the Chromium that Debian ships; Playwright's own download is not used.
browser:
	@command -v chromium chromium-headless-shell >/dev/null 2>&1 || \
	  { if [ "$$(id -u)" = 0 ]; then \
	      apt-get update -qq && \
	      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium-headless-shell || \
	      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium; \
	    else echo "Install the Debian package chromium, then run make test again."; exit 1; fi; }

# The ledger's tests run on SQLite and on a PostgreSQL of their own, from Debian's package.
postgres:
	@ls /usr/lib/postgresql/*/bin/pg_ctl >/dev/null 2>&1 || command -v pg_ctl >/dev/null 2>&1 || \
	  { if [ "$$(id -u)" = 0 ]; then \
	      apt-get update -qq && \
	      DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends postgresql; \
	    else echo "Install the Debian package postgresql, then run make test again."; exit 1; fi; }

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
