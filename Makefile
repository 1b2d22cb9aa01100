PYTHON = .venv/bin/python

.PHONY: setup check test bench docs demo

setup: .venv  ## a virtual environment with everything developers need
.venv: pyproject.toml
	python3 -m venv .venv
	.venv/bin/pip install -e '.[test,dev]'
	touch .venv

check: .venv  ## style and types
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/pyright

test: .venv  ## the fast tests
	$(PYTHON) -m pytest

bench: .venv  ## speed against the tutorial loop, side by side
	$(PYTHON) benchmarks/steps.py

docs: .venv  ## the pages of docs/ that are made from the code
	$(PYTHON) docs/make.py

demo: .venv  ## two minutes of real training
	.venv/bin/ganwright demo
