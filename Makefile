# The two commands of the README are `make site` and `make test`; `make help` tells the rest.
.DEFAULT_GOAL := help
.PHONY: help site program environment components check test unit soak fuzz bench docs shots synth styles lock clean

BIN := .venv/bin
JOBS ?= 2
PYTEST := $(BIN)/pytest -n $(JOBS) --dist worksteal

help: ## tell what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile

site: program ## make a site in site/ (kept if it is there), build it twice, and tell how to look at it
	@test -e site/sitegen.toml || $(BIN)/sitegen init site
	@cd site && ../$(BIN)/sitegen build -q && ../$(BIN)/sitegen build
	@echo 'To see it as visitors will, on http://127.0.0.1:8000/, and the same with a whole shop in it:'
	@echo '  cd site && ../$(BIN)/sitegen serve'
	@echo '  $(BIN)/sitegen demo'

program: ## make .venv with what sitegen needs, from requirements.lock
	@scripts/make-environment program

environment: ## make .venv with what working on sitegen needs besides, from requirements-dev.lock
	@scripts/make-environment dev

components: ## install what the tests drive: Prometheus, node_exporter, Chromium, Java, page checkers
	@scripts/install-components

check: environment ## format, lint, types, and who may import whom
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

test: environment components ## run the tests (JOBS=4 on a larger machine)
	$(PYTEST)

unit: environment ## run the tests but tests/acceptance and tests/page_checks
	$(PYTEST) --ignore tests/acceptance --ignore tests/page_checks

soak: environment components ## run the slow tests
	$(PYTEST) -m slow --timeout 3600

fuzz: environment ## run the property tests with examples that no run had before
	$(PYTEST) -m hypothesis --hypothesis-profile fuzz --timeout 3600
	scripts/make-environment fuzz
	.venv-fuzz/bin/python scripts/fuzz.py

bench: environment ## measure a build, a deploy and the commands' start
	$(BIN)/python scripts/bench.py

docs: environment ## write docs/configuration.md from the schema
	$(BIN)/python scripts/configuration.py

shots: environment components ## photograph the demonstration at three widths, dark and light, into artefacts/shots
	$(BIN)/python scripts/shots.py

synth: ## write the stacks of cdk/ as templates into cdk/cdk.out, and check them
	@scripts/cdk synth --quiet && scripts/cdk cfn-lint cdk.out/*.template.json

REPORT ?= site/.sitegen/report.json
styles: ## let the edge pass the style sheets of the last build (REPORT=...) too, see docs/aws.md
	@scripts/cdk python styles.py $(abspath $(REPORT))

lock: ## choose the newest allowed versions anew
	@scripts/lock

clean: ## remove everything made here, but for site/
	rm -rf .venv .venv-bench .venv-cdk .venv-fuzz .venv-system cdk/node_modules cdk/cdk.out artefacts build dist tests/page_checks/node_modules
	rm -rf .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
