# Each target makes the virtual environment itself. SIMNET_REQUIRE_DOCKER=1 turns a skipped Docker test into a failure.
VENV ?= .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.PHONY: demo test test-fast lint format bench clean

demo: $(STAMP)
	$(BIN)/simnet run scenarios/quickstart.yaml

test: $(STAMP)
	$(BIN)/pytest --durations=12

test-fast: $(STAMP)
	$(BIN)/pytest -m "not docker"

lint: $(STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(STAMP)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(STAMP)
	$(BIN)/python benchmarks/simulated_network.py
	$(BIN)/python -m benchmarks.search_quality
	$(BIN)/python benchmarks/docker_network.py
	$(BIN)/python benchmarks/decode_events.py
	$(BIN)/python benchmarks/chopsticks.py

$(STAMP): pyproject.toml
	python3 -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	touch $(STAMP)

clean:
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache dist
