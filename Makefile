# `make` lists what there is.

.DEFAULT_GOAL := help
.PHONY: help test race check lint generate matrix faults bench bench-app demo

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

test: ## run all tests
	go test ./...

race: ## run all tests with the race detector
	go test -race ./...

check: lint test ## vet, lint and test

lint: ## run go vet and golangci-lint
	go vet ./...
	golangci-lint run ./...

generate: ## rewrite what is generated inside this repository
	go generate ./...
	AEGIS_UPDATE=1 go test ./...

matrix: ## generate, vet and build every selection of components, and test a covering set
	go test ./generators/assemble -run TestMatrix -matrix -timeout 60m -v

faults: ## kill, restart, lock and fill what is generated, and count what gets lost; needs DATABASE_URL and redis-server
	go run ./testscripts/faults

bench: ## measure the tool against its references
	go run ./testscripts/bench

bench-app: ## measure what is generated against a bare server
	go run ./testscripts/bench/app

demo: ## generate the project of aegis.cue into bin/demo and start it
	go run ./cmd/aegis run --output-dir bin/demo
