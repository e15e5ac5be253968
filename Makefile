# What is done with this project, each by one command. `make help` lists them.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.NOTPARALLEL:
.PHONY: help serve test check fmt-check lint doc unit e2e dist size fmt clean oracles setup-page setup-test

CACHE := $(or $(XDG_CACHE_HOME),$(HOME)/.cache)/lima-doctor
export PATH := $(CACHE)/tools/bin:$(CACHE)/npm/node_modules/.bin:$(PATH):$(HOME)/.cargo/bin
# Trunk takes any value but true and false for an error.
unexport NO_COLOR

TRUNK := RUST_BACKTRACE=0 TRUNK_SKIP_VERSION_CHECK=true trunk
PAGE := --no-default-features --features web --target wasm32-unknown-unknown
PORT := 8080
# With Go, the tests compare with limactl and Docker Compose, and a missing one is a failure.
ORACLES = $(if $(shell tools/oracles usable && echo yes),LIMA_DOCTOR_REQUIRE_ORACLES=1)
# The whole page, compressed with brotli, in bytes.
SIZE_BUDGET := 660000

help: ## lists the targets
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 20

serve: setup-page ## builds the page and serves it on http://127.0.0.1:8080 (PORT=… for another port)
	@! (: >/dev/tcp/127.0.0.1/$(PORT)) 2>/dev/null || { echo "port $(PORT) is taken; try make serve PORT=8081"; exit 1; }
	@echo "lima-doctor: building; then at http://127.0.0.1:$(PORT), until Ctrl-C"
	$(TRUNK) serve --release --offline --address 127.0.0.1 --port $(PORT) --disable-address-lookup --dist target/serve \
		$(if $(DISPLAY)$(WAYLAND_DISPLAY)$(filter Darwin,$(shell uname)),--open)

test: setup-test fmt-check lint doc unit dist size e2e ## runs every check and test, the browser's included
	@echo "lima-doctor: all checks and tests passed"

check: setup-page fmt-check ## the quick part: format, lints and tests without a browser
	cargo clippy --locked --all-targets -- -D warnings
	cargo test --locked --quiet

dist: setup-page ## builds the page into dist/
	$(TRUNK) build --release --offline --locked

size: ## shows the size of each file in dist/, and holds the whole against the budget
	tools/size dist $(SIZE_BUDGET)

e2e: ## drives the page in dist/ in a browser; the command line says what is right
	cargo build --locked
	npm test --prefix e2e

oracles: ## builds limactl and Docker Compose to compare with, where Go is at hand
	@tools/oracles

fmt: ## formats the Rust code
	cargo fmt

clean: ## removes all that was built here; tools in the cache stay
	cargo clean
	rm -rf dist e2e/node_modules e2e/test-results e2e/playwright-report

setup-page:
	@tools/setup page

setup-test:
	@tools/setup test

fmt-check:
	cargo fmt --check

# Our scripts; the library alone, the command-line program, the page.
lint:
	shellcheck tools/oracles tools/setup tools/size .ci/run
	cargo check --locked --no-default-features
	cargo clippy --locked --no-default-features --all-targets -- -D warnings
	cargo clippy --locked --all-targets -- -D warnings
	cargo clippy --locked $(PAGE) -- -D warnings

doc:
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --locked --no-deps --document-private-items

unit:
	LIMA_DOCTOR_REQUIRE_TOOLS=1 $(ORACLES) cargo test --locked
