# Every target works on a fresh Debian 12 with root or sudo: scripts/install brings what is missing.
.PHONY: help install demo test run check fix docs bench clean
.DEFAULT_GOAL := help
BIN := .venv/bin

help:
	@echo "make demo    real SIP calls through the sample flow, with the simulated switch"
	@echo "make test    the whole test suite"
	@echo "make run     serve calls until Ctrl-C"
	@echo "make check   formatting, types, layers, flows, generated pages"
	@echo "make fix     what can be mended automatically"
	@echo "make docs    write docs/reference from the code"
	@echo "make bench   measure speed and memory"

install:
	@scripts/install

demo: install
	@$(BIN)/switchboard demo

test:
	@scripts/install --tests
	@scripts/test

run: install
	@$(BIN)/switchboard run

check: install
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/switchboard flow check
	$(BIN)/switchboard flow test --cov-min 100
	$(BIN)/pytest tests/rules

fix: install
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

docs: install
	$(BIN)/switchboard docs

bench: install
	@$(BIN)/python -m tests.bench

clean:
	rm -rf .venv var build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
