# One command to practise (make run), one to prove (make test). What they do is in tools/.
PYTHON ?= python3
.DEFAULT_GOAL := help
.PHONY: help run test chaos fuzz mutants bench load check format rules screenshots clean

help:  ## this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## */  make \1\t/' | expand -t 16

run:  ## set up what is missing and run the site (PORT=8000 DATA_DIR=var DATABASE_URL= REDIS_URL=)
	@$(PYTHON) -m tools run

test:  ## everything with its set-up (FULL=1: in its long form); quickly: make test GROUP=unit, make test T=tests/portal/test_health.py
	@GROUP="$(GROUP)" T="$(T)" FULL="$(FULL)" $(PYTHON) -m tools test

chaos:  ## kill workers and take the broker away, over many rounds, and print a table (CHAOS_ROUNDS=100 CHAOS_SEED=)
	@$(PYTHON) -m tools chaos

fuzz:  ## send anything to every form and the API until the time is up; goes on where it stopped (MINUTES=15 SEED=)
	@MINUTES="$(MINUTES)" SEED="$(SEED)" $(PYTHON) -m tools fuzz

mutants:  ## make small mistakes in the domain and see whether tests notice; goes on where it stopped (ONLY=verification/law)
	@ONLY="$(ONLY)" $(PYTHON) -m tools mutants

check:  ## format, lint, types, imports, migrations, production settings
	@$(PYTHON) -m tools check

format:  ## put the code into its form
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format .

bench:  ## measure what the site is to be judged by, into docs/benchmarks.md (PART=sweeps ON=SQLite SIZE=small)
	@PART="$(PART)" ON="$(ON)" SIZE="$(SIZE)" $(PYTHON) -m tools bench

load:  ## a class of three hundred for some minutes, on both databases, into docs/benchmarks.md
	@LONG=1 PART=load ON="$(ON)" $(PYTHON) -m tools bench

rules:  ## which rules of docs/rules.toml have a passing test
	@$(PYTHON) -m tools.rules

screenshots:  ## take the README's pictures anew, and every page's into var/screenshots
	@T=tests/browser/screenshots.py $(PYTHON) -m tools test

clean:  ## forget the virtual environment and what tests and checks left behind (not the data in var/)
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache var/test-results
