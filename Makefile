# motionc: see `make help`. Everything is made in build/; set MOTION_VENV to use a virtual environment of your own (onnx, numpy, the peers).
BUILD := build
VENV := $(or $(MOTION_VENV),$(BUILD)/venv)
PYTHON := $(VENV)/bin/python -B
JOBS := $(shell nproc 2>/dev/null || echo 2)
export LC_ALL := C.UTF-8
export CCACHE_BASEDIR := $(CURDIR)

help:
	@echo "make build        build/bin/motionc, motionc-opt, motion-run"
	@echo "make demo         deephase.onnx -> library -> C program, beside ONNX Runtime"
	@echo "make check        all tests; ends with a line 'N passed, N failed'"
	@echo "make check-quick  lit and unit tests: under a minute once built"
	@echo "make check-random new random graphs in every run, COUNT=1000 of them"
	@echo "make bench        speed beside ONNX Runtime and OpenVINO: build/bench/"
	@echo "make clean        deletes what was built; keeps the virtual environment"
	@echo "The first call installs what is missing (Debian packages; a virtual environment in build/venv)."

setup:
	@./bootstrap $(if $(MOTION_VENV),-,$(VENV))

setup-peers:
	@./bootstrap $(if $(MOTION_VENV),-,$(VENV)) peers

$(BUILD)/build.ninja:
	cmake -G Ninja -S . -B $(BUILD) -DCMAKE_C_COMPILER=clang-22 -DCMAKE_CXX_COMPILER=clang++-22 -DMOTION_VENV=$(abspath $(VENV))

build: setup
	@$(MAKE) --no-print-directory $(BUILD)/build.ninja
	@ninja -C $(BUILD) -j $(JOBS)

check: setup-peers build
	@$(PYTHON) test/run_checks.py --build $(BUILD)

check-quick: build
	@$(PYTHON) test/run_checks.py --build $(BUILD) --quick

check-random: build
	@$(PYTHON) test/Models/random_graphs.py --jobs $(JOBS) --count $(or $(COUNT),1000)

demo: setup-peers build
	@$(PYTHON) examples/demo.py --build $(BUILD)

bench: setup-peers build
	@$(PYTHON) test/Benchmark/bench.py

clean:
	@if [ -d $(BUILD) ]; then find $(BUILD) -mindepth 1 -maxdepth 1 ! -name venv -exec rm -rf {} +; fi

.PHONY: help setup setup-peers build check check-quick check-random demo bench clean
