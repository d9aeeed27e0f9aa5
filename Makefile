# Short doors to the command line. `make demo` and `make test` need only Python 3.11 or newer and make.

PORT ?= 8000
WORKERS ?= $(shell n=$$(nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2); [ "$$n" -gt 8 ] && n=8; echo $$n)
PY = .venv/bin/python

.PHONY: demo test check bench translations lock

demo:  ## the portal with demonstration data; make demo PORT=8001 ARGS="--contracts 100000 --reset"
	@tools/venv requirements.lock
	@exec $(PY) app.py demo --port $(PORT) $(ARGS)

test:  ## every test, those in a browser too; make test ARGS="-k contracts"
	@tools/venv requirements-dev.lock
	@tools/chromium
	@tools/dovecot
	@tools/clamd
	@PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -q -n $(WORKERS) --dist worksteal $(ARGS)

check:  ## how the code reads
	@tools/venv requirements-dev.lock
	@$(PY) -m ruff check .

bench:  ## what is measured, beside its bar; make bench ARGS=--lists-only
	@tools/venv requirements-dev.lock
	@$(PY) -m bench $(ARGS)

translations:  ## bring translations/ up to date with the code, and compile it
	@tools/venv requirements.lock
	@$(PY) app.py translations --update

lock:  ## after changing requirements*.txt: every package they stand on, with its hashes, for every platform
	@tools/venv requirements-dev.lock
	@$(PY) -m pip install --quiet --disable-pip-version-check uv==0.13.9
	@for name in requirements requirements-dev; do $(PY) -m uv pip compile $$name.txt --universal \
	    --python-version 3.11 --generate-hashes --no-annotate --no-header --quiet --output-file $$name.lock; done
