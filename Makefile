# make demo    recognise real photographs with a fresh install, in a few minutes
# make test    everything that a change must pass
# make clean   back to a clean clone
#
# Both need python3 (3.11 or later) and a package index, nothing else, and share .venv: what test adds, demo may keep.

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: demo test clean

demo: .venv/demo.stamp
	$(BIN)/python examples/demo.py

# One thread to each of the two workers: more threads than cores only wait for each other. Files are taken in their order,
# for those with the fewest tests take the longest and would come last. Types are checked meanwhile, which takes one
# core. Bytecode is kept whatever the environment says: each process that a test starts reads it.
test: .venv/test.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy & types=$$!; \
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder; tests=$$?; \
	wait $$types && exit $$tests

# Editable, so that only a change of what is *needed* sets up again, never a change of the code.
.venv/demo.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[demo]'
	touch $@

.venv/test.stamp: pyproject.toml constraints.txt
	$(PYTHON) -m venv .venv
	$(PIP) --editable '.[dev]'
	touch $@ .venv/demo.stamp

clean:
	rm -rf .venv demo dist .mypy_cache .pytest_cache .ruff_cache
	find resight tests examples -name __pycache__ -type d -prune -exec rm -rf {} +
