# Needs make and python3 (3.11 or newer, with venv). All else is installed beneath this folder: .tools and .venv.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
PY := .venv/bin/python
INSTALLED := .tools/installed
AIRFLOW_INSTALLED := .tools/airflow/installed

export UV_PYTHON_DOWNLOADS := never
# A company's own certificate authority stands in the system's store, and not in the one that uv brings.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),true,false)
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test lint unit spark loop around soak bench cluster cluster-stop cluster-test airflow airflow-stop airflow-test clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## Install everything: locked environment, Java where there is none, Delta jars

$(UV):
	$(PYTHON) -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Bytecode is compiled here once: where PYTHONDONTWRITEBYTECODE is set, every start would compile it all again.
$(INSTALLED): $(UV) pyproject.toml uv.lock examples/flight_delays/pyproject.toml \
		examples/hourly_temperature/pyproject.toml Makefile \
		src/assay/spark/furnish.py src/assay/spark/jars.py src/assay/spark/java.py src/assay/spark/archive.py src/assay/spark/log4j2.properties
	@if PYTHONPATH=src $(PYTHON) -m assay.spark.java >/dev/null 2>&1; then extra=; \
	else extra="--extra java"; echo "no Java 17 or newer was found: one comes from PyPI"; fi; \
	set -x; $(UV) sync --locked --compile-bytecode --python "$$(command -v $(PYTHON))" $$extra
	$(PY) -m assay.spark.jars .tools/jars
	$(PY) -m assay.spark.furnish .tools/jars
	$(PY) -m assay.spark.archive
	$(PY) -m compileall -q src examples hadoop scheduler
	@touch $@

demo: install ## Run the reference pipeline through a year of real flights (about 8 minutes on 2 cores)
	$(PY) -m flight_delays.demo

test: lint ## Run every gate and every test
	$(MAKE) --no-print-directory --output-sync=line -j2 unit spark loop around cluster-test airflow-test

lint: install ## Style, types, who may import whom, and the house rules
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m devtools.lint

unit: install ## Run the tests that need no JVM, and the doctests
	$(PY) -m pytest --doctest-modules --ignore src/assay/orchestration/airflow tests/unit src/assay

spark: install ## Run the tests that need Spark
	$(PY) -m pytest -o cache_dir=.pytest_cache/spark tests/spark

# What needs the small project's lake anew anyway, so that two jobs share the time.
AROUND := $(wildcard $(patsubst %,tests/loop/test_%.py,distributed hourly_temperature maintain own_code races))

loop: install ## Run the whole loop on a small project, killed and rerun, and the commands of the README
	$(PY) -m pytest -o cache_dir=.pytest_cache/loop tests/loop $(AROUND:%=--ignore=%)

around: install ## Run what stands around the loop: maintenance, the second pipeline, training beyond the driver
	$(PY) -m pytest -o cache_dir=.pytest_cache/around $(AROUND)

soak: install $(AIRFLOW_INSTALLED) ## Run what takes longer than a test may
	$(PY) -m pytest -m soak --timeout 3600 tests --ignore=tests/airflow --ignore=tests/cluster --ignore=tests/kerberos
	$(PY) -m pytest -m "soak or not soak" --timeout 14400 tests/airflow tests/cluster tests/kerberos --reliability docs/reliability.md

bench: install ## Measure against peers and limits (ONLY=score for one of them, ROWS=1000000 for fewer rows)
	$(PY) -m bench $(if $(ONLY),--only $(ONLY)) $(if $(ROWS),--rows $(ROWS))

# Where the cluster keeps all it has.
CLUSTER ?= .assay/hadoop

cluster: install ## Start a real Hadoop on loopback, or what of it does not run (CLUSTER=folder, NODEMANAGERS=2, KERBEROS=1)
	$(PY) -m hadoop start --home $(CLUSTER) $(if $(NODEMANAGERS),--nodemanagers $(NODEMANAGERS)) $(if $(KERBEROS),--kerberos)

cluster-stop: ## Stop it; its files stay (CLUSTER=folder)
	$(PY) -m hadoop stop --home $(CLUSTER)

# Where Airflow keeps all it has.
AIRFLOW ?= .assay/airflow

# An environment of its own: Airflow's dependencies and Spark's do not agree.
$(AIRFLOW_INSTALLED): $(UV) scheduler/pyproject.toml scheduler/uv.lock
	UV_PROJECT_ENVIRONMENT="$(CURDIR)/.tools/airflow" $(UV) sync --project scheduler --locked --compile-bytecode \
		--python "$$(command -v $(PYTHON))"
	@touch $@

airflow: install $(AIRFLOW_INSTALLED) ## Start a real Airflow on loopback with the project's DAGs (AIRFLOW=folder, PORT=8080)
	$(PY) -m scheduler start --home $(AIRFLOW) $(if $(PORT),--port $(PORT))

airflow-stop: ## Stop it; its files stay (AIRFLOW=folder)
	$(PY) -m scheduler stop --home $(AIRFLOW)

airflow-test: install $(AIRFLOW_INSTALLED) ## Run the tests that need a real Airflow, on one of their own
	$(PY) -m pytest -o cache_dir=.pytest_cache/airflow tests/airflow

cluster-test: install ## Run the tests that need a real Hadoop, on one of their own
	$(PY) -m pytest -o cache_dir=.pytest_cache/cluster tests/cluster

clean: ## Remove what was installed and built; the lake in .assay stays
	rm -rf .venv .tools dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
