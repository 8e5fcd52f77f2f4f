# Every target sets up what it needs; Python 3.11 or newer, make and git are all that must be there.
PYTHON ?= python3
RUN = .venv/bin/python

.PHONY: help setup demo soak bench pictures test up down clean check build new-connector openapi

help:
	@echo "make demo   play the whole story once, on this computer"
	@echo "make soak   many events, vendors that fail, workers that are killed; SEED=7 EVENTS=10000; docs/soak.md"
	@echo "make up     start the stack and the vendor sandboxes; make down stops them, make clean forgets them"
	@echo "make test   every test;  make check   also format, lint, types and the template"
	@echo "make bench  measurements beside their bounds, kept in .local/bench; FULL=1 up to a million contacts"
	@echo "make pictures  the README's pictures of the portal, taken anew"
	@echo "make build  the artifact that is deployed"
	@echo "make new-connector name=acme [role=platform]   start a connector; docs/adding-a-connector.md goes on from there"

setup:
	@$(PYTHON) -m local.setup

demo: setup
	@$(RUN) -m local.demo

soak: setup
	@$(RUN) -m local.soak --seed $(or $(SEED),7) --events $(or $(EVENTS),10000) $(ARGS)

test: setup
	@$(RUN) -m pytest -n 2 --dist loadfile $(ARGS)

bench: setup
	@PYTHONPATH=.:layers/shared $(RUN) -m local.bench $(ARGS)

pictures: setup
	@mkdir -p docs/pictures
	@PICTURES=1 $(RUN) -m pytest -q tests/browser/test_pictures.py $(ARGS)

up: setup
	@$(RUN) -m local.up up

down: setup
	@$(RUN) -m local.up down

clean:
	@if [ -x $(RUN) ]; then $(RUN) -m local.up down; fi
	@rm -rf .local .aws-sam

new-connector: setup
	@$(RUN) -m local.new_connector $(name) --role $(or $(role),crm)

build: setup
	@$(RUN) -m local.build

openapi: setup
	@$(RUN) -m local.openapi

check: setup
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy functions layers/shared/giftbridge local ops tests
	@.venv/bin/cfn-lint template.yaml
	@.venv-aws/bin/sam validate --lint --region us-east-1 --template template.yaml
	@$(RUN) -m pytest -n 2 --dist loadfile $(ARGS)
