# Needs make and python3 (3.11 or newer, with venv). All else is installed beneath this folder: .tools and .venv.
PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/uv/bin/uv
PY := .venv/bin/python
INSTALLED := .tools/installed
AIRFLOW_INSTALLED := .tools/airflow/installed
DOCS_INSTALLED := .tools/docs/installed

export UV_PYTHON_DOWNLOADS := never
# A company's own certificate authority stands in the system's store, and not in the one that uv brings.
export UV_SYSTEM_CERTS ?= $(if $(wildcard /etc/ssl/certs/ca-certificates.crt /etc/pki/tls/certs/ca-bundle.crt),true,false)
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help install demo test lint unit local spark loop browser pictures cluster-smoke airflow-smoke system-test cluster-test airflow-test
.PHONY: airflow-on-yarn-test kerberos-test process-test soak bench cluster cluster-stop airflow airflow-stop docs clean

help: ## Show what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(firstword $(MAKEFILE_LIST))

install: $(INSTALLED) ## Install everything: locked environment, Java where there is none, Delta jars

$(UV):
	$(PYTHON) -m venv .tools/uv
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

# Bytecode is compiled here once: where PYTHONDONTWRITEBYTECODE is set, every start would compile it all again.
$(INSTALLED): $(UV) pyproject.toml uv.lock examples/flight_delays/pyproject.toml \
		examples/hourly_temperature/pyproject.toml Makefile \
		src/assay/spark/session/spark_conf.py src/assay/spark/session/jars.py src/assay/spark/session/java.py src/assay/spark/session/class_archive.py src/assay/spark/session/class_data_sharing.py src/assay/spark/session/log4j2.properties
	@if PYTHONPATH=src $(PYTHON) -m assay.spark.session.java >/dev/null 2>&1; then extra=; \
	else extra="--extra java"; echo "no Java 17 or newer was found: one comes from PyPI"; fi; \
	set -x; $(UV) sync --locked --compile-bytecode --python "$$(command -v $(PYTHON))" $$extra
	$(PY) -m assay.spark.session.jars .tools/jars
	$(PY) -m assay.spark.session.spark_conf .tools/jars
	$(PY) -m assay.spark.session.class_archive
	$(PY) -m compileall -q src examples devtools
	@touch $@

demo: install ## Run the reference pipeline through a year of real flights (some 10 minutes on 2 cores)
	$(PY) -m flight_delays.demo

# Where each lane leaves its times, for the list of the slowest tests.
REPORTS := .pytest_cache/reports
PYTEST = $(PY) -m pytest -o cache_dir=.pytest_cache/$@ --junitxml $(REPORTS)/$@.xml
# Two processes on two cores, each test file in one of them, the files in the order of tests/conftest.py.
PARALLEL := -n 2 --dist loadfile --no-loadscope-reorder

test: install $(AIRFLOW_INSTALLED) ## Run every gate, and the tests of every promise (at most 20 minutes on 2 cores)
	@rm -rf $(REPORTS)
	$(MAKE) --no-print-directory --output-sync=target -j2 lint unit
	$(MAKE) --no-print-directory local
	$(MAKE) --no-print-directory --output-sync=target -j2 cluster-smoke airflow-smoke browser
	@$(PY) -m devtools.slowest $(REPORTS)

# What docs/stability.md calls public in Python: its docstrings are complete.
PUBLIC_API := src/assay/__init__.py src/assay/api.py src/assay/errors.py

lint: install ## Style, types, who may import whom, and the house rules
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/pydoclint $(PUBLIC_API)
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) -m devtools.lint

unit: install ## Run the tests that need no JVM, and the doctests
	$(PYTEST) $(PARALLEL) --doctest-modules --ignore src/assay/orchestration/airflow tests/unit src/assay

local: install ## Run all tests that need a JVM on this machine alone: spark and loop
	$(PYTEST) $(PARALLEL) tests/loop tests/spark

spark: install ## Run the tests of what Spark does
	$(PYTEST) $(PARALLEL) tests/spark

loop: install ## Run the whole loop on a small project, killed and rerun, and the commands of the README
	$(PYTEST) $(PARALLEL) tests/loop

browser: install ## Run the tests of the report's pages in Chromium
	$(PYTEST) tests/browser

cluster-smoke: install ## Run a few tests on a real Hadoop of their own: the storage, and stages killed in both deploy modes
	$(PYTEST) tests/cluster

airflow-smoke: install $(AIRFLOW_INSTALLED) ## Run a few tests on a real Airflow of their own: DAGs, and a training to a promotion
	$(PYTEST) tests/airflow

SYSTEM = $(PYTEST) -m "not soak" --timeout 3600 --reliability docs/reliability.md

system-test: install $(AIRFLOW_INSTALLED) ## Run all tests on Hadoop, Kerberos and Airflow, and every kill (some two hours)
	@rm -rf $(REPORTS)
	$(MAKE) --no-print-directory --output-sync=target -j2 cluster-test airflow-test airflow-on-yarn-test kerberos-test process-test
	@$(PY) -m devtools.slowest $(REPORTS)

cluster-test: install ## Run the tests on a real Hadoop, on one of their own
	$(SYSTEM) tests/cluster

airflow-test: install $(AIRFLOW_INSTALLED) ## Run the tests on a real Airflow, on one of their own
	$(SYSTEM) tests/airflow

airflow-on-yarn-test: install $(AIRFLOW_INSTALLED) ## Run the tests of Airflow on a Hadoop, open and guarded, on one of their own each
	$(SYSTEM) tests/airflow_on_yarn
	$(SYSTEM) --junitxml $(REPORTS)/airflow-on-kerberos-test.xml tests/airflow_on_kerberos

kerberos-test: install ## Run the tests on a Hadoop that Kerberos guards, on one of their own
	$(SYSTEM) tests/kerberos

process-test: install ## Run the kills and the benches that take minutes, and the built wheel alone
	$(PYTEST) -m system --timeout 3600 tests/system tests/loop tests/spark

soak: install $(AIRFLOW_INSTALLED) ## Run what takes hours
	$(PYTEST) -m soak --timeout 14400 tests --reliability docs/reliability.md

bench: install ## Measure against peers and limits (ONLY=score for one of them, ROWS=1000000 for fewer rows, QUICK=1 for a smoke run)
	$(PY) -m bench $(if $(ONLY),--only $(ONLY)) $(if $(ROWS),--rows $(ROWS)) $(if $(QUICK),--quick)

# Where the cluster keeps all it has.
CLUSTER ?= .assay/hadoop

cluster: install ## Start a real Hadoop on loopback, or what of it does not run (CLUSTER=folder, NODEMANAGERS=2, KERBEROS=1)
	$(PY) -m devtools.hadoop start --home $(CLUSTER) $(if $(NODEMANAGERS),--nodemanagers $(NODEMANAGERS)) $(if $(KERBEROS),--kerberos)

cluster-stop: ## Stop it; its files stay (CLUSTER=folder)
	$(PY) -m devtools.hadoop stop --home $(CLUSTER)

# Where Airflow keeps all it has.
AIRFLOW ?= .assay/airflow

# An environment of its own: Airflow's dependencies and Spark's do not agree.
$(AIRFLOW_INSTALLED): $(UV) devtools/local_airflow/pyproject.toml devtools/local_airflow/uv.lock
	UV_PROJECT_ENVIRONMENT="$(CURDIR)/.tools/airflow" $(UV) sync --project devtools/local_airflow --locked --compile-bytecode \
		--python "$$(command -v $(PYTHON))"
	@touch $@

airflow: install $(AIRFLOW_INSTALLED) ## Start a real Airflow on loopback with the project's DAGs (AIRFLOW=folder, PORT=8080)
	$(PY) -m devtools.local_airflow start --home $(AIRFLOW) $(if $(PORT),--port $(PORT))

airflow-stop: ## Stop it; its files stay (AIRFLOW=folder)
	$(PY) -m devtools.local_airflow stop --home $(AIRFLOW)

# An environment of its own: nothing that runs needs it. npm fetches the script that draws diagrams.
$(DOCS_INSTALLED): $(UV) devtools/documentation/pyproject.toml devtools/documentation/uv.lock
	@if command -v npm >/dev/null 2>&1; then extra=; \
	else extra="--extra node"; echo "no npm was found: one comes from PyPI"; fi; \
	set -x; UV_PROJECT_ENVIRONMENT="$(CURDIR)/.tools/docs" $(UV) sync --project devtools/documentation --locked --compile-bytecode \
		--python "$$(command -v $(PYTHON))" $$extra
	@touch $@

docs: install $(DOCS_INSTALLED) ## Write the reference pages and build the documentation site (SERVE=1 serves it on loopback, PORT=8000)
	$(PY) -m devtools.documentation $(if $(SERVE),serve,build) $(if $(PORT),--port $(PORT))

pictures: install ## Make the pictures of README and docs from the lake of 'make demo' (needs Chromium)
	$(PY) -m devtools.pictures

clean: ## Remove what was installed and built; the lake in .assay stays
	rm -rf .venv .tools dist build .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
