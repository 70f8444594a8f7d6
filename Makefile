# Two commands do everything on a bare machine with Python 3.11-3.13, make and git:
#
#   make repro    set up, run the pipeline on the built-in sample
#   make test     set up, pass the tests
#
# Everything is installed into .venv from a lock with hashes. For a GPU: make repro LOCK=requirements/cuda.lock

LOCK := requirements/cpu.lock
LOCKED := .venv/.locked-$(notdir $(LOCK))
READY := .venv/.ready-$(notdir $(LOCK))
# Two files of tests at a time: most of a test is Python, which keeps one core busy.
TWO := --numprocesses 2 --dist loadfile
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup repro test test-long check bench lock clean

help:
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | expand -t 12

setup: $(READY) ## install everything into .venv

repro: $(READY) ## run the pipeline: dvc repro
	dvc repro $(REPRO)

test: $(READY) ## the tests, ten minutes at most on two cores
	pytest -m "not long" $(TWO)

test-long: $(READY) ## the tests that take longer
	pytest -m long $(TWO)

check: $(READY) ## format, lint, types, workflows
	ruff format --check .
	ruff check .
	mypy
	mypy ci/*.py
	zizmor --quiet --offline --persona=auditor --strict-collection .github/workflows

bench: $(READY) ## what the benchmarks measure, a table each; after make repro
	python -m benchmarks.sample
	python -m benchmarks.ingest
	python -m benchmarks.duplicates
	python -m benchmarks.suspects
	python -m benchmarks.versioning
	python -m benchmarks.pipeline
	python -m benchmarks.recipes
	python -m benchmarks.feed
	python -m benchmarks.gate

lock: $(READY) ## resolve the dependencies anew; name no package index in the locks
	ci/lock

clean: ## remove what the pipeline and the tools wrote, and .venv
	rm -rf .venv .scratch .mypy_cache .pytest_cache .ruff_cache data/sample data/faces data/augmented models reports \
		metrics/ingest metrics/eda metrics/augment metrics/train metrics/evaluate

# A venv that a failed installation left half-filled is made anew.
$(LOCKED): $(LOCK)
	python=$$(ci/find-python) && rm -rf .venv && "$$python" -m venv .venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(LOCK)
	touch $@

$(READY): $(LOCKED) pyproject.toml
	.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@
