# `make run` and `make test` are all that a fresh machine needs: both build .venv first. `make help` lists the rest.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

# Only relative paths below, so that the checkout may lie in a folder with spaces in its name.
BIN := .venv/bin
INSTALLED := .venv/.installed
LOG := .venv/install.log
PIP = $(BIN)/python -m pip install --disable-pip-version-check -c constraints.txt -e ".[test,lint]"
PYTHONS := python3.12 python3.13 python3 python
USABLE := import sys; sys.exit(not (3, 12) <= sys.version_info[:2] <= (3, 13))

JOBS ?= 2
RUN ?= fhn-embed --data mini
ARGS ?=
PYTEST := $(BIN)/python -m pytest -n $(JOBS) --dist loadfile

.PHONY: help
help: ## this list
	@echo 'make TARGET [ARGS="options for the command"]'
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' Makefile

.PHONY: run
run: $(INSTALLED) ## train a network, put neurons into it and print the paper's table beside ours
	@$(BIN)/spikenet run $(RUN) $(ARGS)

.PHONY: test
test: $(INSTALLED) ## the tests, without the slow ones
	@$(PYTEST) -m "not slow" $(ARGS)

.PHONY: test-all
test-all: $(INSTALLED) ## all tests
	@$(PYTEST) $(ARGS)

.PHONY: lint
lint: $(INSTALLED) ## ruff and import-linter
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-logo

.PHONY: format
format: $(INSTALLED) ## let ruff put the files in shape
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: bench
bench: $(INSTALLED) ## neuron-steps per second beside plain Brian2, JAX, numba and NumPy
	@$(BIN)/python -m pip install --quiet -c constraints.txt -e ".[bench]"
	@$(BIN)/python benchmarks/throughput.py $(ARGS)

.PHONY: clean
clean: ## remove what tools left behind; .venv and runs/ stay
	rm -rf build dist spikenet.egg-info .pytest_cache .hypothesis .ruff_cache .import_linter_cache
	find spikenet tests benchmarks docs -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: distclean
distclean: clean ## the same, and .venv
	rm -rf .venv

$(INSTALLED): pyproject.toml constraints.txt
	@command -v g++ >/dev/null || { \
	    echo "spikenet compiles its neurons with g++, and there is none on this machine." ; \
	    echo "Install it (Debian, Ubuntu: apt install g++; Fedora: dnf install gcc-c++; macOS: xcode-select --install)." ; \
	    exit 1 ; } >&2
	@if ! .venv/bin/python -c 'import pip; $(USABLE)' 2>/dev/null ; then \
	    python= ; \
	    for candidate in $(PYTHONS) ; do \
	        if $$candidate -c '$(USABLE)' 2>/dev/null ; then python=$$candidate ; break ; fi ; \
	    done ; \
	    if [ -z "$$python" ] ; then \
	        echo "spikenet wants Python 3.12 or 3.13, and none of $(PYTHONS) is one." ; \
	        echo "Install one (Debian, Ubuntu: apt install python3.12 python3.12-venv), or name yours: make PYTHONS=/path/to/python" ; \
	        exit 1 ; \
	    fi ; \
	    if ! $$python -c 'import ensurepip, venv' 2>/dev/null ; then \
	        echo "$$python cannot make a virtual environment: its venv or ensurepip module is missing." ; \
	        echo "Debian, Ubuntu: apt install python3-venv, or python3.12-venv for Python 3.12." ; \
	        exit 1 ; \
	    fi ; \
	    echo "Making .venv with $$python" ; \
	    $$python -m venv --clear .venv ; \
	fi >&2
	@echo "Installing spikenet into .venv (once, some minutes; about 2.5 GB); the log is $(LOG)"
	@{ $(PIP) 2>&1 ; echo "exit code $$?" ; } | { \
	    all=$$(grep -c == constraints.txt) ; found=0 ; : > $(LOG) ; \
	    if [ -t 1 ] ; then every=1 end='\r' ; else every=20 end='\n' ; fi ; \
	    while IFS= read -r line ; do \
	        printf '%s\n' "$$line" >> $(LOG) ; \
	        case $$line in \
	            Collecting*) \
	                found=$$((found + 1)) ; \
	                if [ $$((found % every)) = 0 ] ; then printf "  $$found of about $$all packages$$end" ; fi ;; \
	            "Installing collected packages"*) echo "  $$found packages are here; unpacking them takes a minute or two" ;; \
	        esac ; \
	    done ; \
	    if ! tail -n 1 $(LOG) | grep -qx 'exit code 0' ; then \
	        { echo ; echo "The installation failed. Its log, $(LOG), ends with:" ; tail -n 8 $(LOG) ; } >&2 ; \
	        exit 1 ; \
	    fi ; \
	}
	@touch $@
