# Each target makes the virtual environment itself. SIMNET_REQUIRE_DOCKER=1 turns a skipped Docker test into a failure.
# Simulated tests keep two cores busy, one process each; real nodes need both to themselves, so Docker's come after them.
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SIMULATED := -m "not docker" -n 2 --dist worksteal

PIP := pip install --quiet --disable-pip-version-check
# Wheels alone: to build another's package would fetch what the lock does not have.
LOCKED := --require-hashes --only-binary :all:
COMPILE := uv pip compile --quiet --generate-hashes --extra dev --python-version 3.11 --no-header --no-annotate pyproject.toml
SMOKE := tests/cli tests/codec tests/journal tests/report tests/chain tests/pytest_plugin tests/providers/test_engine.py \
	tests/providers/simulated/rpc/test_serving.py

.PHONY: demo docs test test-fast lint format bench lock lowest audit rebuild clean

demo: $(STAMP)
	$(BIN)/simnet run scenarios/quickstart.yaml

# The site, in dist/site. A broken link, a page that the navigation lacks, or a name that nobody defines is an error.
docs: $(STAMP)
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

test: $(STAMP)
	$(BIN)/pytest $(SIMULATED) --durations=12
	$(BIN)/pytest -m docker --durations=12

test-fast: $(STAMP)
	$(BIN)/pytest $(SIMULATED)

attack: $(STAMP)
	SIMNET_ATTACK=$(or $(COUNT),10000) $(BIN)/pytest tests/attack tests/checks/test_prefixes.py -n 2 --dist worksteal

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python -m benchmarks.since_release --benchmark campaign network host events upgrade search docker chopsticks

# Pins what pyproject.toml allows, the newest of it, with the digests of all files of each version.
lock: $(STAMP)
	$(BIN)/$(COMPILE) --universal --upgrade --output-file requirements-lock.txt

# A part of the tests with the oldest versions that pyproject.toml allows.
lowest: $(STAMP)
	python3 -m venv --clear $(VENV)/lowest
	$(BIN)/$(COMPILE) --resolution lowest-direct --output-file $(VENV)/lowest/requirements.txt
	$(VENV)/lowest/bin/$(PIP) $(LOCKED) -r $(VENV)/lowest/requirements.txt
	$(VENV)/lowest/bin/$(PIP) --no-deps --no-build-isolation -e .
	$(VENV)/lowest/bin/pytest $(SMOKE)
	$(VENV)/lowest/bin/simnet run scenarios/quickstart.yaml

audit: $(STAMP)
	$(BIN)/python -m provenance.audit

# Builds the WASM that simnet ships again and compares: make rebuild ARTEFACTS="native penpal"; without names all, for hours.
rebuild: $(STAMP)
	$(BIN)/python -m provenance.rebuild $(ARTEFACTS)

$(STAMP): pyproject.toml requirements-lock.txt
	python3 -m venv $(VENV)
	$(BIN)/$(PIP) $(LOCKED) -r requirements-lock.txt
	$(BIN)/$(PIP) --no-deps --no-build-isolation -e .
	touch $(STAMP)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist
