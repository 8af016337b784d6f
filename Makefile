# Every target runs with the Node of package.json, whatever the machine has.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

.PHONY: deps generate types lint format unit

deps: node_modules/.package-lock.json
node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund
	@touch $@

generate: deps
	node hack/generate.ts

types: deps
	tsc -p .

lint: deps
	biome check .

format: deps
	biome check --write .

unit: deps
	node --test "api/**/*.test.ts" "pkg/**/*.test.ts" "cmd/**/*.test.ts"
