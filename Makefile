# Short names for the scripts: make help.
.DEFAULT_GOAL := help
.PHONY: help run test unit e2e check bench simulate cluster cluster-down endurance

help: ## list these commands
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

run: ## build the release, and run it on the embedded store with tokens and an example
	scripts/run

test: ## build, and run all tests
	scripts/test

unit: ## run the unit tests
	scripts/test unit

e2e: ## run the end-to-end tests
	scripts/test e2e

check: ## check the format, the shell scripts and the architecture
	scripts/check

bench: ## measure requests a second against references
	scripts/bench

simulate: ## run the simulator as CI does
	scripts/simulate

cluster: ## start PostgreSQL, Redis, three replicas and nginx on port 3000
	scripts/cluster up

cluster-down: ## stop the cluster and remove its data
	scripts/cluster down

endurance: ## fifteen minutes of load with faults, with memory and descriptors watched
	scripts/endurance
