# Postil's commands. `make` alone lists them.

PYTHON ?= python3
PORT ?= 8000
# Not taken from the surroundings: some shells export HOST as the machine's own name.
HOST = 127.0.0.1
# More words for a command: make test ARGS="-k anchoring"
ARGS =

# What is tested on both databases.
ON_BOTH = tests/actions tests/queries tests/admin tests/test_policy_matrix.py \
	tests/web/test_search.py tests/web/test_review.py -m "not browser"

# On all cores; a file's tests stay together, and tests/conftest.py says which files come first.
AT_ONCE = -n auto --dist loadfile --no-loadscope-reorder
# Under CI a test that fails is tried once more, and both are told of: docs/decisions/0013-tried-again.md
AGAIN = $(if $(filter true,$(CI)),--reruns 1 -rR)
# ARGS may leave nothing to do for one of the runs (pytest's exit 5).
SOME = sh -c '"$$@" || [ $$? -eq 5 ]' run

BIN = .venv/bin
MANAGE = $(BIN)/python manage.py
UV_LOCK = $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--extra postgresql --extra redis --extra metrics --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help environment environment-dev run serve dev test check fixtures vendor lock messages \
	bench bench-anchoring bench-campaigns bench-publishing bench-review bench-soak \
	cluster torture audit screenshots clean

help: ## This list
	@awk 'BEGIN { FS = ":.*## " } \
		/^# -- / { printf "\n%s\n", substr($$0, 6) } \
		/^[a-z-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' Makefile

environment:
	@command -v $(PYTHON) >/dev/null 2>&1 || \
		{ echo "There is no $(PYTHON) on this machine: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) .ci/environment.py

environment-dev:
	@command -v $(PYTHON) >/dev/null 2>&1 || \
		{ echo "There is no $(PYTHON) on this machine: install Python 3.11 or newer." >&2; exit 1; }
	@$(PYTHON) .ci/environment.py dev

# -- Use it
run: environment ## Serve the demo on http://127.0.0.1:8000 (PORT= and HOST= change that)
	@$(MANAGE) start --demo --host $(HOST) --port $(PORT)

serve: environment ## Serve your own site: no demo people, no demo discussion
	@$(MANAGE) start --host $(HOST) --port $(PORT)

# -- Work on it
dev: environment-dev ## Serve with debugging on, reloading when a file changes
	@POSTIL_DEBUG=1 $(MANAGE) runserver $(HOST):$(PORT)

test: environment-dev ## Run all tests (ARGS="-k word" for some)
	@$(SOME) $(BIN)/python -m pytest $(AT_ONCE) $(AGAIN) -m "not browser and not long" $(ARGS)
	@$(SOME) $(BIN)/python -m pytest $(AT_ONCE) $(AGAIN) -m browser $(ARGS)
	@if [ -n "$$POSTIL_TEST_POSTGRES_URL" ]; then \
		echo "The same on PostgreSQL, for what asks the database:"; \
		DATABASE_URL=$$POSTIL_TEST_POSTGRES_URL $(SOME) $(BIN)/python -m pytest $(AT_ONCE) $(AGAIN) $(ON_BOTH) $(ARGS); \
	else \
		echo "Tested on SQLite. POSTIL_TEST_POSTGRES_URL names a database to test on too."; \
	fi

check: environment-dev ## Lint, types, floors, migrations, templates, deployment, vendored files
	@BIN=$(BIN) sh .ci/check

messages: environment-dev ## Renew the message catalogues in reader/locale (needs gettext)
	@$(MANAGE) makemessages --all --no-obsolete --no-wrap --ignore .venv --ignore var
	@$(MANAGE) compilemessages --ignore .venv

fixtures: environment-dev ## Renew fixtures/ from seeds/
	@$(MANAGE) make_fixtures

vendor: environment-dev ## Renew static/vendor from its manifest (needs npm)
	@$(MANAGE) vendor

lock: environment-dev ## Renew both lock files from pyproject.toml (ARGS=--upgrade for newer versions)
	@$(UV_LOCK) $(ARGS) --output-file requirements.txt
	@$(UV_LOCK) $(ARGS) --output-file requirements-dev.txt --constraint requirements.txt --group dev

bench: environment-dev ## Measure, and print tables (ARGS="--only pages --size short" for some)
	@$(BIN)/python -m tests.bench $(ARGS)

bench-anchoring: environment-dev ## Measure anchoring on revisions with known truth
	@$(BIN)/python -m tests.bench.anchoring $(ARGS)

bench-campaigns: environment-dev ## Measure how form letters are found, with known truth
	@$(BIN)/python -m tests.bench.campaigns $(ARGS)

bench-publishing: environment-dev ## Measure publishing an edition over 100,000 annotations
	@$(BIN)/python -m tests.bench.publishing $(ARGS)

bench-review: environment-dev ## Measure desk, map and search on 2,000 paragraphs, 120,000 annotations
	@$(BIN)/python -m tests.bench.reviewing $(ARGS)

bench-soak: environment-dev ## Measure a site under load for 15 minutes (ARGS="--minutes 60")
	@$(BIN)/python -m tests.bench.soak $(ARGS)

cluster: environment-dev ## Try two app servers, a replica and a balancer, and kill each (a minute or two)
	@$(BIN)/python -m tests.cluster $(ARGS)

torture: environment-dev ## Kill it, starve it, restore it, and the long tests (ARGS="kill --runs 3 --json FILE")
	@$(BIN)/python -m tests.torture $(ARGS)
	@if [ -z "$(ARGS)" ]; then $(BIN)/python -m pytest -m long; fi

audit: environment-dev ## Look for known holes in what Postil stands on (asks PyPI's advisories)
	@$(BIN)/uv tool run pip-audit --requirement requirements.txt --require-hashes --disable-pip --strict

screenshots: environment-dev ## Renew the pictures in the README
	@$(BIN)/python -m tests.screenshots $(ARGS)

clean: ## Remove the environment and what tools left; the site's data in var/ stays
	@rm -rf .venv .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
