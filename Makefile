# The commands a newcomer needs. `make run` and `make test` set up all they need by themselves.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv

.PHONY: run test check fix migration bench setup clean

run: $(VENV)/.core  ## set up and serve an instance with its studio on this machine
	@$(BIN)/fedi run --port $(PORT)

# Compiled modules are kept whatever the environment says: the tests start some two hundred processes.
test: $(VENV)/.dev $(VENV)/.browser  ## set up and run every test
	@PYTHONDONTWRITEBYTECODE= $(BIN)/pytest -n 3 --dist loadgroup

check: $(VENV)/.dev  ## format, lint, types, floors, then the tests: what CI runs
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy fedi tests/support
	$(BIN)/lint-imports --no-cache
	@$(MAKE) --no-print-directory test

fix: $(VENV)/.dev  ## format and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

migration: $(VENV)/.dev  ## write the migration that the models need: NAME=what_changes
	$(BIN)/python tools/makemigrations.py $(NAME)

bench: $(VENV)/.dev  ## measure: start, memory, federation, timelines, styles
	$(BIN)/python -m bench

setup: $(VENV)/.dev  ## only set up

$(UV):
	@echo "setting up: virtual environment"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv

$(VENV)/.core: $(UV) pyproject.toml
	@echo "setting up: the server's libraries (the first time takes some 20 s)"
	@$(UV) pip install --quiet --python $(BIN)/python -e .
	@touch $@

$(VENV)/.dev: $(UV) pyproject.toml
	@echo "setting up: the server's and the tests' libraries"
	@$(UV) pip install --quiet --python $(BIN)/python -e '.[dev]'
	@touch $@ $(VENV)/.core

# A browser for the browser tests: one that is there, else Debian's where we may install it, else none
# (the tests then say in one line that they were skipped).
$(VENV)/.browser: $(UV)
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || { \
	  [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null && echo "setting up: a browser for the tests" \
	  && apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends \
	     chromium fonts-dejavu-core >/dev/null; } || true
	@touch $@

clean:  ## remove what was set up; data and config.toml stay
	rm -rf $(VENV)
