# Every target works as root and as an ordinary user; `make help` lists them.
SHELL := /bin/bash
.DEFAULT_GOAL := help

VERSION ?= $(shell git describe --always --dirty 2>/dev/null || echo development)
LDFLAGS := -s -w -X main.version=$(VERSION)
WEB_SOURCES := $(shell find web/src web/public web/index.html web/package.json web/vite.config.ts -type f 2>/dev/null)
GO_SOURCES := $(shell find cmd internal migrations web/embed.go go.mod go.sum -type f -not -path '*/node_modules/*' 2>/dev/null)
PG := go run ./cmd/demo pg --

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: tools bin/callshu bin/demo ## everything on this machine: an employer calls its people (Ctrl-C ends it)
	@exec bin/demo run

.PHONY: smoke
smoke: tools bin/callshu bin/demo ## the main job without a screen, on a fresh database; figures as JSON last
	@bin/demo smoke

.PHONY: chaos
chaos: tools bin/callshu bin/demo ## a campaign of 5,000 while everything fails, replicas and PostgreSQL by kill -9; figures as JSON last (SEED=n)
	@bin/demo chaos $(if $(SEED),--seed $(SEED))

.PHONY: test
test: tools bin/callshu bin/demo ## all tests, the browser included; one summary
	@.ci/test

.PHONY: check
check: web/node_modules ## format, vet, static analysis, generated files current
	@.ci/check

.PHONY: build
build: bin/callshu ## the product as one static binary, bin/callshu

bin/callshu: web/dist/index.html $(GO_SOURCES)
	CGO_ENABLED=0 go build -trimpath -ldflags '$(LDFLAGS)' -o $@ ./cmd/callshu

bin/demo: $(GO_SOURCES)
	CGO_ENABLED=0 go build -trimpath -o $@ ./cmd/demo

web/dist/index.html: web/node_modules $(WEB_SOURCES)
	@echo "building the pages ..." && cd web && out=$$(npm run --silent build 2>&1) || { printf '%s\n' "$$out"; exit 1; }
	@touch $@

web/node_modules: web/package-lock.json
	cd web && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

.PHONY: tools
tools:
	@.ci/tools

.PHONY: generate
generate: ## write what is generated: OpenAPI, its TypeScript types, .env.example
	go run ./cmd/callshu openapi > docs/openapi.json
	cd web && npm run --silent api
	go run ./cmd/demo env-example > .env.example

.PHONY: sbom
sbom: bin/callshu bin/demo ## what the product is made of, each with version and hash: bin/callshu.cdx.json (CycloneDX)
	@bin/demo sbom --version '$(VERSION)' > bin/callshu.cdx.json.part && mv bin/callshu.cdx.json.part bin/callshu.cdx.json
	@echo bin/callshu.cdx.json

.PHONY: zones
zones: ## rebuild our calling-hours zone data from the system's (needs tzdata >= 2026f)
	go generate ./internal/callhours

.PHONY: fidelity
fidelity: ## drive and validate the simulator with the official Node client
	cd internal/carriersim/fidelity/npm && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error && npm test

.PHONY: bench
bench: tools bin/callshu bin/demo ## measure what the design promises a figure for; one JSON line each
	@bin/demo bench

.PHONY: fuzz
fuzz: ## fuzz every parser for 20 s each
	@.ci/fuzz

.PHONY: screenshots
screenshots: tools bin/callshu bin/demo ## every page in light and dark, on a desk, a phone and paper, into .dev/screenshots
	@bin/demo exec -- npm --prefix web run --silent screenshots

.PHONY: clean
clean: ## remove what was built and the demo's data
	rm -rf bin .dev web/dist/assets web/dist/index.html
