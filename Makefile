# All there is to do with a clone. `make` alone lists it. Paths are relative: a space in the clone's own does no harm.

# A machine that forbids bytecode would compile every library again for every process that is started.
unexport PYTHONDONTWRITEBYTECODE

MAKEFLAGS += --no-print-directory --no-builtin-rules
.SUFFIXES:
.DEFAULT_GOAL := help

python = .venv/bin/python
code = shop config bench tests wsgi.py
debian_packages = chromium poppler-utils fonts-wqy-microhei nginx pgbouncer wrk
bench_packages = wrk
# While packages are installed it says that none of their services is to start.
policy = /usr/sbin/policy-rc.d
pip_install = $(python) -m pip install --require-hashes --no-compile --disable-pip-version-check -q -r

.PHONY: help
help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo '  PORT=8010 make run          another port; any setting of docs/settings.md the same way'
	@echo '  make test ARGS="-k seats"   some of the tests'

# ---- Using it

.PHONY: run
run: .venv/run.stamp ## The whole shop at http://127.0.0.1:8000, with its own PostgreSQL and a simulated WeChat
	@exec $(python) -m shop.development.stack

.PHONY: test
test: .venv/dev.stamp ## The test suite, on a PostgreSQL of its own
	@exec $(python) -m pytest $(ARGS)

.PHONY: check
check: lint types imports coverage system-test ## All that continuous integration checks

# ---- The parts of `check`

.PHONY: lint
lint: .venv/dev.stamp ## Style, as ruff sees it
	@$(python) -m ruff check $(code)
	@$(python) -m ruff format --check $(code)

.PHONY: types
types: .venv/dev.stamp ## Types, as mypy sees them (strictly)
	@$(python) -m mypy

.PHONY: imports
imports: .venv/dev.stamp ## Who may import whom
	@.venv/bin/lint-imports

.PHONY: coverage
coverage: .venv/dev.stamp ## The test suite, with at least 95 % of the branches covered; not what repeats itself
	@$(python) -m pytest -m "not system and not repetitive" \
		--cov=shop --cov-branch --cov-report=term:skip-covered --cov-fail-under=95 $(ARGS)

.PHONY: system-test
system-test: .venv/dev.stamp debian-packages ## What needs Debian packages or the whole of `make run`, and what repeats itself
	@$(python) -m pytest -m "system or repetitive" $(ARGS)

.PHONY: staff-guide
staff-guide: .venv/dev.stamp debian-packages ## The pictures of docs/staff-guide.*.md, made anew
	@STAFF_GUIDE="$(CURDIR)/docs/staff-guide" $(python) -m pytest -m system --numprocesses=0 tests/system/test_staff_guide.py $(ARGS)

.PHONY: histories
histories: .venv/dev.stamp ## Random histories of the shop: N=20000 of them, from seed FIRST=0 on
	@$(python) -m pytest tests/payments/test_histories.py::test_random_histories -q -rP --numprocesses=auto --dist=load \
		--histories=$(or $(N),1000) --first-seed=$(or $(FIRST),0) -p no:logging $(ARGS)

.PHONY: interleavings
interleavings: .venv/dev.stamp ## Where two transactions meet: one stopped before each of its statements, the other run
	@$(python) -m pytest tests/payments/test_interleavings.py -q -rP --numprocesses=auto --dist=load --every-statement \
		-p no:logging $(ARGS)

.PHONY: fuzz
fuzz: .venv/dev.stamp ## The API fuzzed by its OpenAPI document: N=200 random cases of each kind for each operation
	@FUZZ_CASES=$(or $(N),200) $(python) -m pytest tests/hostile/test_openapi_fuzz.py --numprocesses=0 $(ARGS)

.PHONY: mutants
mutants: .venv/dev.stamp ## Each guard of the shop removed in turn, to see that a test notices: N="3 17 flows" some of them
	@$(python) -m tests.mutants $(N)

.PHONY: bench
bench: .venv/dev.stamp ## The shop measured against yardsticks: QUICK=1 in two minutes; docs/performance.md
	@$(MAKE) debian-packages debian_packages="$(bench_packages)"
	@QUICK="$(QUICK)" $(python) -m bench

.PHONY: soak
soak: .venv/dev.stamp ## MINUTES=20 at half load: memory, latency, connections and jobs stay as they are
	@$(MAKE) debian-packages debian_packages="$(bench_packages)"
	@$(python) -m bench.soak $(or $(MINUTES),20)

.PHONY: kills
kills: .venv/dev.stamp ## N purchases (200) while web, worker and PostgreSQL are killed; SEED chooses the moments
	@KILLS_PURCHASES=$(N) KILLS_SEED=$(SEED) exec $(python) -m pytest -m system --numprocesses=0 \
		tests/resilience/test_kills.py $(ARGS)

.PHONY: cluster
cluster: .venv/dev.stamp debian-packages ## Three web nodes, two workers, nginx, PgBouncer: a rush, and two of them lost (ARGS="--buyers 500")
	@exec $(python) -m bench.cluster $(ARGS)

.PHONY: debian-packages
debian-packages: ## Install the Debian packages of `system-test` where they are missing (as root)
	@missing=; \
	for package in $(debian_packages); do \
		dpkg-query -W -f '$${db:Status-Status}' "$$package" 2>/dev/null | grep -qx installed \
			|| missing="$$missing $$package"; \
	done; \
	if [ -z "$$missing" ]; then exit 0; fi; \
	if ! command -v apt-get >/dev/null || [ "$$(id -u)" != 0 ]; then \
		echo "Needed, and only root on a Debian can install them from here:$$missing" >&2; exit 1; \
	fi; \
	echo "Installing$$missing"; \
	export DEBIAN_FRONTEND=noninteractive; \
	if [ ! -e $(policy) ]; then trap 'rm -f $(policy)' EXIT; printf '#!/bin/sh\nexit 101\n' >$(policy); chmod +x $(policy); fi; \
	apt-get update -qq && apt-get install -y -qq --no-install-recommends $$missing >/dev/null || exit 1; \
	for service in nginx pgbouncer; do \
		case "$$missing " in *" $$service "*) \
			! command -v systemctl >/dev/null || systemctl disable -q "$$service" 2>/dev/null || true;; \
		esac; \
	done

# ---- Keeping it

.PHONY: format
format: .venv/dev.stamp ## Let ruff rewrite what it can
	@$(python) -m ruff check --fix $(code)
	@$(python) -m ruff format $(code)

# Extras stay: pip 23 takes the newest `coverage` for `coverage[toml]` unless the extra itself is pinned, and then misses its hash.
compile = .venv-lock/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-header --no-annotate

.PHONY: lock
lock: .venv-lock/bin/uv ## Choose the pinned requirements anew, from the ranges in setup.cfg
	@$(compile) setup.cfg -o requirements/production.txt
	@$(compile) --extra run -c requirements/production.txt setup.cfg -o requirements/run.txt
	@$(compile) --extra dev -c requirements/run.txt setup.cfg -o requirements/dev.txt
	@rm -rf insolite.egg-info

.PHONY: clean
clean: ## Remove what was built; the data in instance/ stays
	@rm -rf .venv .venv-lock .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage* htmlcov
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# ---- The virtual environment, made again when the pinned requirements change

find_python = for one in "$$PYTHON" python3 python3.14 python3.13 python3.12 python3.11; do \
		[ -n "$$one" ] && "$$one" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && break; \
		one=; \
		[ -z "$$PYTHON" ] || break; \
	done; \
	if [ -z "$$one" ]; then \
		echo "Python 3.11 or newer is needed; $${PYTHON:-python3} is $$("$${PYTHON:-python3}" --version 2>&1 | head -n 1)." >&2; \
		echo "Name it: make PYTHON=/path/to/python3.12 …" >&2; exit 1; \
	fi

.venv/venv.stamp:
	@$(find_python); echo "Preparing .venv with $$("$$one" --version)…"; "$$one" -m venv .venv
	@touch $@

.venv/run.stamp: .venv/venv.stamp requirements/run.txt
	@echo "Installing requirements/run.txt…"
	@$(pip_install) requirements/run.txt
	@touch $@

.venv/dev.stamp: .venv/venv.stamp requirements/dev.txt
	@echo "Installing requirements/dev.txt…"
	@$(pip_install) requirements/dev.txt
	@touch $@ .venv/run.stamp

.venv-lock/bin/uv:
	@$(find_python); "$$one" -m venv .venv-lock
	@.venv-lock/bin/python -m pip install --disable-pip-version-check -q uv
