# Every target runs with the Node of package.json, whatever the machine has.
SHELL := /bin/bash
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

sources := $(shell find api cmd pkg -name '*.ts' -not -name '*.test.ts' -o -name '*.json' -path 'api/*' -o -name '*.cri') package-lock.json
kubets := node dist/kubets.mjs
# Upstream's words for fields and columns, which are not checked in.
descriptions := pkg/apiserver/openapi/openapi-descriptions.json.gz
UP_FLAGS ?=
# A test, or a file of them, that takes longer hangs; ms.
test_limit := --test-timeout=600000

.PHONY: help up down clean status deps packages build generate generate-check types lint format \
	test unit storage integration e2e kubectl bench bench-scale bench-cluster compare oracle swap clientgo conformance

help: ## what can be done here
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

up: packages build ## start a cluster on this machine (root); UP_FLAGS="--secure-port=7443 …"
	@$(kubets) up $(UP_FLAGS)

down: build ## stop it; its state stays
	@$(kubets) down

clean: build ## stop it and remove everything of it, build output too
	@$(kubets) clean
	@rm -rf dist .cache/kubectl

status: build ## what runs
	@$(kubets) status

deps: $(descriptions) ## install the npm packages, Node 26 among them, and write what is read from them
node_modules/.package-lock.json: package.json package-lock.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

$(descriptions): node_modules/.package-lock.json api/gen/schema.json $(wildcard hack/descriptions/*.ts)
	@node hack/descriptions/main.ts

packages: ## install the Debian packages that are missing
	@bash hack/ensure-deps.sh

build: dist/kubets.mjs ## bundle the binaries into dist/
dist/kubets.mjs: node_modules/.package-lock.json hack/bundle.ts $(descriptions) $(sources)
	@node hack/bundle.ts
	@touch $@

generate: deps ## write what derives from the tables in api/
	npm run --silent generate
	@node hack/descriptions/main.ts

generate-check: deps ## fail when generated files are not what the tables say
	node hack/check-generated.ts

types: deps ## check the types
	tsc -p .

lint: deps ## check style
	biome check .

format: deps ## fix style
	biome check --write .

test: packages deps ## everything: types, lint, generated files, unit, storage, integration, end to end
	@COMPARE_FLAGS=--no-write bash hack/test.sh types lint generate-check unit compare storage integration e2e

unit: deps ## tests that need nothing but Node
	node --test $(test_limit) "api/**/*.test.ts" "pkg/**/*.test.ts" "cmd/**/*.test.ts" "hack/**/*.test.ts" "test/imports/**/*.test.ts" "test/compare/**/*.test.ts" "test/swap/**/*.test.ts" "test/clientgo/**/*.test.ts" "test/conformance/**/*.test.ts" "test/bench/*.test.ts"

storage: packages deps ## the storage contract, on real etcd
	node --test $(test_limit) "test/storage/**/*.test.ts"

integration: packages deps ## the API server and the components on real etcd and containerd
	KUBETS_LOG_LEVEL=$${KUBETS_LOG_LEVEL:-fatal} node --test $(test_limit) --test-concurrency=1 $(wildcard test/apiserver/*.test.ts \
	  test/controller/*.test.ts test/scheduler/*.test.ts test/kubelet/*.test.ts test/streaming/*.test.ts test/proxy/*.test.ts test/integration/*.test.ts)

e2e: packages build ## a whole cluster, real containers, upstream's kubectl
	KUBETS_ENTRY=$(CURDIR)/dist/kubets.mjs node --test $(test_limit) --test-concurrency=1 "test/e2e/**/*.test.ts"

kubectl: .cache/kubectl ## build upstream's kubectl into .cache/ for the end-to-end tests
.cache/kubectl: test/kubectl/go.mod test/kubectl/main.go
	cd test/kubectl && CGO_ENABLED=0 go build -trimpath -ldflags "-s -w" -o $(CURDIR)/.cache/kubectl .

compare: packages deps ## our answers beside those recorded from upstream; LIVE=1: beside a running upstream; CLUSTER=1: kubectl and lifecycles
ifeq ($(CLUSTER),1)
	@node test/compare/cluster/main.ts $(COMPARE_FLAGS)
else ifeq ($(LIVE),1)
	@node test/compare/live/main.ts $(COMPARE_FLAGS)
else
	@node test/compare/main.ts $(COMPARE_FLAGS)
endif

oracle: ## build upstream's binaries, its suite and the load generator (Go; some minutes) into ~/.cache/oracle
	@bash test/oracle/build.sh kube e2e tools

conformance: packages build ## upstream's e2e.test on two nodes (root; after `make oracle`); FOCUS= SKIP= CONFORMANCE_FLAGS="--processes 4 --no-write"
	@command -v debootstrap >/dev/null || apt-get install -y -qq debootstrap
	@KUBETS_ENTRY=$(CURDIR)/dist/kubets.mjs node test/conformance/main.ts --focus='$(FOCUS)' --skip='$(SKIP)' $(CONFORMANCE_FLAGS)

swap: packages deps ## clusters with one component of upstream's, or all but one (root; after `make oracle`); SWAP_FLAGS="--only NAME --no-write"
	@node test/swap/main.ts $(SWAP_FLAGS)

clientgo: packages build ## client-go and controller-runtime against a cluster of ours (root, Go); CLIENTGO_FLAGS="--run TestApply --no-write"
	@KUBETS_ENTRY=$(CURDIR)/dist/kubets.mjs node test/clientgo/main.ts $(CLIENTGO_FLAGS)

bench: packages build ## API servers, control planes and schedulers, ours and upstream's under the same load (after `make oracle`); BENCH_FLAGS="--only apiserver,control-plane,scheduler --rounds 1 --no-write"
	@node test/bench/main.ts $(BENCH_FLAGS)

bench-scale: packages build ## lists and tables of 100,000, 1,000 watches, 1,000 definitions, beside upstream (after `make oracle`); SCALE_FLAGS="--only lists,tables --server ours --no-write"
	@node test/bench/scale/main.ts $(SCALE_FLAGS)

bench-cluster: packages build ## start-up, memory and rollouts of a cluster of its own
	@KUBETS_ENTRY=$(CURDIR)/dist/kubets.mjs node hack/bench.ts
