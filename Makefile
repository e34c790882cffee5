# Each target makes the virtual environment itself. SIMNET_REQUIRE_DOCKER=1 turns a skipped Docker test into a failure.
# Simulated tests keep two cores busy, one process each; real nodes need both to themselves, so Docker's come after them.
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
SIMULATED := -m "not docker" -n 2 --dist worksteal

.PHONY: demo test test-fast lint format bench clean

demo: $(STAMP)
	$(BIN)/simnet run scenarios/quickstart.yaml

test: $(STAMP)
	$(BIN)/pytest $(SIMULATED) --durations=12
	$(BIN)/pytest -m docker --durations=12

test-fast: $(STAMP)
	$(BIN)/pytest $(SIMULATED)

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo --no-cache

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python -m benchmarks.since_release --benchmark campaign network host events search docker chopsticks

$(STAMP): pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(STAMP)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist
