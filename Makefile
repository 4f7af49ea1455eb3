# `make run` serves, `make test` tests. Everything else they need, they make.

PYTHON ?= python3
BIN := .venv/bin
POSTGRES ?= 18

.DEFAULT_GOAL := help
.PHONY: help run test check format lock clean

help: ## say what there is
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/:.*## /: /; s/^/make /'

run: .venv/installed .env ## serve on 127.0.0.1:8000, with a database and two users to try it with
	@$(BIN)/piccolo functions serve

test: .venv/installed ## run all tests on a PostgreSQL of their own (POSTGRES=15, 16 or 18)
	@$(BIN)/pytest -n 2 --postgres $(POSTGRES)

check: .venv/installed ## lint, and check the types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/pyright --warnings

.PHONY: bench bench-quick

bench: .venv/installed ## measure it beside its peers, in 20 minutes, into bench/RESULTS.md
	@$(BIN)/python -m bench

bench-quick: .venv/installed ## measure a little of everything, in 2 minutes
	@$(BIN)/python -m bench quick

format: .venv/installed ## put the code into its one format
	@$(BIN)/ruff check --fix
	@$(BIN)/ruff format

lock: .venv/installed ## lock the dependencies anew, with their hashes
	@$(BIN)/uv pip compile pyproject.toml -o requirements.txt $(LOCK)
	@$(BIN)/uv pip compile --group dev -c requirements.txt -o requirements-dev.txt $(LOCK)

LOCK := --quiet --upgrade --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links

clean: ## delete what was built; the embedded database in .postgres stays
	@rm -rf .venv .pytest_cache .ruff_cache

.venv/installed: requirements.txt requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and \
		"This needs Python 3.11 or later, and $(PYTHON) is " + sys.version.split()[0] \
		+ ": make PYTHON=/path/to/python3.11")'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo \
		"$(PYTHON) cannot make virtual environments: on Debian, apt-get install python3-venv" \
		>&2; exit 1; }
	@echo "Installing the locked packages into .venv"
	@$(PYTHON) -m venv --clear .venv
	@$(BIN)/pip install --disable-pip-version-check --require-hashes \
		-r requirements.txt -r requirements-dev.txt
	@touch .venv/installed

.env:
	@$(PYTHON) -c 'import pathlib, secrets; \
		text = pathlib.Path(".env.example").read_text(); \
		pathlib.Path(".env").write_text(text.replace("JWT_SECRET=", \
		"JWT_SECRET=" + secrets.token_hex(32), 1))'
	@echo "Wrote .env with a secret of its own"
