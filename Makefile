# Each target makes and updates .venv itself; `make demo` needs nothing but Python 3.11 or newer.
PYTHON ?= python3
PORT ?= 8000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed
export PORT

.PHONY: demo test check format bench soak opt-in wheel wheel-test messages styles pictures lock clean

demo: $(READY)
	$(BIN)/durchwahl demo

test: $(READY)
	$(BIN)/pytest -n 2 --dist loadfile

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python tools/messages.py --check
	$(BIN)/python tools/docs.py --check
	$(BIN)/reuse lint --quiet

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m bench $(BENCH)

soak: $(READY)
	$(BIN)/pytest -m soak

opt-in: $(READY)
	$(BIN)/pytest -m opt_in

wheel: $(READY)
	rm -rf dist build
	$(BIN)/python -m build --wheel --no-isolation

wheel-test: wheel
	$(BIN)/python tools/wheel_test.py dist/*.whl

messages: $(READY)
	$(BIN)/python tools/messages.py
	$(BIN)/python tools/docs.py

styles: $(READY)
	$(BIN)/python tools/styles.py

pictures: $(READY)
	$(BIN)/python tools/pictures.py

lock: $(READY)
	$(BIN)/pip-compile --generate-hashes --allow-unsafe --strip-extras --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links --no-emit-trusted-host \
	  --all-extras -o requirements.lock pyproject.toml

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(READY): requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $(READY)
