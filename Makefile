# Run and check Ressort. All that is installed goes to .venv.
#
#   make run     the main simulation           make run ARGS="--seeds 3"
#   make test    tests and doctests            make test JOBS=4 ARGS="-k packaging"
#   make lint    style and import contracts
#   make types   static types
#   make bench   speed, scaling and memory, against their targets
#   make figures the figure of README.md, in docs/figures
#   make clean   remove .venv and all caches

PYTHON ?= python3
SCENARIO ?= clermont-import-cut
JOBS ?= 2
ARGS ?=

PIP_INSTALL := .venv/bin/python -m pip install -qq --disable-pip-version-check -c constraints.txt
# numba has no release for a Python newer than this one.
IS_SUITABLE := import sys, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))

.PHONY: run test lint types bench figures clean
.NOTPARALLEL:

run: .venv/.installed
	@.venv/bin/ressort run "$(SCENARIO)" $(ARGS)

test: .venv/.installed-dev
	@.venv/bin/python -m pytest -q -n $(JOBS) $(ARGS)

lint: .venv/.installed-dev
	@.venv/bin/python -m ruff check -q .
	@.venv/bin/python -m ruff format -q --check .
	@.venv/bin/lint-imports --no-logo

types: .venv/.installed-dev
	@.venv/bin/python -m mypy

bench: .venv/.installed-dev
	@.venv/bin/python -m benchmarks $(ARGS)

figures: .venv/.installed
	@.venv/bin/ressort run clermont-import-cut --out build/figures
	@mkdir -p docs/figures
	@cp build/figures/clermont-import-cut/figure.png docs/figures/clermont-import-cut.png

clean:
	@rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A moved or copied folder brings a .venv that still points at the old place, and an upgrade of the
# system can take its Python away: make it anew. The stamp holds the place.
ifneq ($(shell [ -x .venv/bin/python ] && cat .venv/.place 2>/dev/null),$(CURDIR))
$(shell rm -f .venv/.place)
endif

.venv/.place:
	@for python in "$(PYTHON)" python3.13 python3.12 python3.11; do \
	    if "$$python" -c '$(IS_SUITABLE)' 2>/dev/null; then \
	        echo "ressort: making .venv with $$("$$python" --version)" >&2; \
	        "$$python" -m venv --clear .venv && pwd -P > $@ && exit; \
	    fi; \
	done; \
	echo "ressort: needs Python 3.11 to 3.14 with venv and pip; set PYTHON to one" >&2; \
	exit 1

.venv/.installed: .venv/.place pyproject.toml constraints.txt
	@echo "ressort: installing what it needs, a minute or two" >&2
	@$(PIP_INSTALL) -e .
	@touch $@

.venv/.installed-dev: .venv/.place pyproject.toml constraints.txt
	@echo "ressort: installing what it and its tests need, a minute or two" >&2
	@$(PIP_INSTALL) -e '.[dev]'
	@touch .venv/.installed $@
