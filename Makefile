# make demo: from a fresh checkout to a verified workbook and what to do with it. make test: all tests.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The tests compare with transformers, which needs PyTorch; this release has a CPU build.
TORCH ?= torch==2.13.0
WORKBOOK := output/tiny.xlsx
RELEASE := output/xlgpt2-tiny.xlsx

.PHONY: demo verify release test quick lint readme engines clean

# All lines of verify are printed only if something differs: they fill more than a screen.
demo: $(VENV)/demo.done engines
	$(BIN)/xlgpt2 build -o $(WORKBOOK)
	$(BIN)/xlgpt2 run $(WORKBOOK) --top 3
	@echo "$(BIN)/xlgpt2 verify $(WORKBOOK) --engine formulas --no-probe"
	@$(BIN)/xlgpt2 verify $(WORKBOOK) --engine formulas --no-probe > $(VENV)/verify.txt || \
		{ status=$$?; cat $(VENV)/verify.txt; exit $$status; }
	@tail -n 1 $(VENV)/verify.txt
	@echo
	@echo "Open $(WORKBOOK) in LibreOffice: on the tab Prompt, type into the yellow cell B5."
	@echo "The green cell below it shows the next token. README.md has five things to try."

# The same workbook in every installed engine, with inputs that reach rare cases: minutes.
verify: $(VENV)/demo.done engines
	$(BIN)/xlgpt2 build -o $(WORKBOOK)
	$(BIN)/xlgpt2 verify $(WORKBOOK)

# The shipped workbook with cached values, which programs show that compute nothing: half a minute.
release: $(VENV)/demo.done
	$(BIN)/xlgpt2 build -o $(RELEASE)
	$(BIN)/xlgpt2 bake $(RELEASE)

# Two processes; each runs whole files, in the order set by tests/conftest.py.
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test: $(VENV)/test.done engines
	$(PYTEST)

# One engine, no whole models: under two minutes.
quick: $(VENV)/test.done
	$(PYTEST) -m "not slow and not libreoffice and not ironcalc and not cellrune and not formulon and not gnumeric"

lint: $(VENV)/test.done
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# Everything in README.md, docs/ and output/ that is generated.
readme: $(VENV)/test.done engines
	$(BIN)/python -m pip install --quiet --editable ".[pictures]"
	$(BIN)/python -m scripts.pictures
	$(BIN)/python -m scripts.readme

engines:
	@scripts/install_engines.sh

$(VENV)/demo.done: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

$(VENV)/test.done: $(VENV)/demo.done
	$(BIN)/python -m pip install --quiet "$(TORCH)"
	$(BIN)/python -m pip install --quiet --editable ".[test]"
	touch $@

clean:
	rm -rf $(VENV) $(WORKBOOK) $(RELEASE) build dist
