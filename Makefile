# Every target makes the environment that it needs; nothing has to be installed by hand.
PYTHON ?= python3
VENV   ?= .venv
BIN     = $(VENV)/bin
TEST_WORKERS ?= 2

.PHONY: help demo test check lint types accept bench docs versions clean

help:
	@echo "make demo      the main job on handwritten digits, end to end"
	@echo "make test      the tests"
	@echo "make check     lint, types, tests, code blocks of README and docs"
	@echo "make accept    the tables of figures beside their bars (KERASFLUX_DATA names the data folder)"
	@echo "make bench     speed and memory, side by side with Keras and others (ARGS=--quick)"
	@echo "make docs      the site, in docs/_build/html"
	@echo "make versions  the tests at both ends of the supported versions"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 ..."; exit 1; }
	$(PYTHON) -m venv $(VENV)

# One stamp per extra: installed once, and again when pyproject.toml changes.
$(VENV)/.extra-%: pyproject.toml | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$*]'
	@touch $@

demo: $(VENV)/.extra-examples
	$(BIN)/python examples/mnist.py $(ARGS)

test: $(VENV)/.extra-test
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadscope $(ARGS)

lint: $(VENV)/.extra-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.extra-dev
	$(BIN)/mypy
	$(BIN)/mypy --strict tests/typed

check: lint types
	$(MAKE) test

accept: $(VENV)/.extra-test
	$(BIN)/python benchmarks/accept.py $(ARGS)

bench: $(VENV)/.extra-bench
	$(BIN)/python benchmarks/bench.py $(ARGS)

docs: $(VENV)/.extra-docs
	$(BIN)/python -m sphinx -W --keep-going -b html docs docs/_build/html

versions:
	$(PYTHON) benchmarks/versions.py $(ARGS)

clean:
	rm -rf $(VENV) docs/_build docs/jupyter_execute build dist *.egg-info out
