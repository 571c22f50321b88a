"""Writes the project's models, and seeded inputs for them.

Enters: names of models (all when none is given). Leaves: OUTDIR/NAME.onnx, byte for byte the same in every run, and with
`--batch B` also OUTDIR/NAME.bB.npz with inputs keyed by the ONNX names.

    generate.py OUTDIR [NAME ...] [--batch B ...]
    generate.py OUTDIR gemm_chain_100       a chain of 100 Gemm nodes, for the scaling of compile time
"""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto

import deepobs_models
import motion_models
from graph import BATCH, RELU_GAIN, GraphBuilder

MODELS: dict[str, Callable[[], onnx.ModelProto]] = {**motion_models.MODELS, **deepobs_models.MODELS}
CHAIN = re.compile(r"gemm_chain_([1-9][0-9]*)")


def gemm_chain(count: int, width: int = 32) -> onnx.ModelProto:
    """`count` Gemm nodes of `width` x `width`, each but the last followed by ReLU."""
    g = GraphBuilder(f"gemm_chain_{count}", 17, 1300)
    x = g.input("input", [BATCH, width])
    g.output("output", [BATCH, width])
    for index in range(count - 1):
        x = g.node("Relu", [g.linear(x, f"layer{index}", width, width, RELU_GAIN)])
    g.linear(x, f"layer{count - 1}", width, width, 1.0, "output")
    return g.build()


def build(name: str) -> onnx.ModelProto:
    """The model called `name`; KeyError with the known names otherwise."""
    chain = CHAIN.fullmatch(name)
    if chain:
        return gemm_chain(int(chain.group(1)))
    if name not in MODELS:
        raise KeyError(f"no model '{name}'; known: {', '.join(MODELS)}, gemm_chain_N")
    return MODELS[name]()


def make_inputs(model: onnx.ModelProto, batch: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Inputs for `model` with every symbolic dimension set to `batch`.

    Floats are normal with both signs; integers are class labels, so they stay below the last size of the first float output.
    The draw depends on the names of model and input, on `batch` and on `seed`, and on nothing else.
    """
    initialized = {tensor.name for tensor in model.graph.initializer}
    inputs: dict[str, np.ndarray] = {}
    for value in model.graph.input:
        if value.name in initialized:
            continue
        tensor = value.type.tensor_type
        shape = [d.dim_value if d.HasField("dim_value") else batch for d in tensor.shape.dim]
        rng = np.random.default_rng([zlib.crc32(f"{model.graph.name}/{value.name}".encode()), batch, seed])
        if tensor.elem_type == TensorProto.FLOAT:
            inputs[value.name] = rng.standard_normal(shape).astype(np.float32)
        elif tensor.elem_type == TensorProto.INT64:
            inputs[value.name] = rng.integers(0, _class_count(model), shape, np.int64)
        else:
            raise TypeError(f"input '{value.name}' of {model.graph.name}: no draw for element type {tensor.elem_type}")
    return inputs


def _class_count(model: onnx.ModelProto) -> int:
    """The size of the last dimension of the first output: the number of classes."""
    return model.graph.output[0].type.tensor_type.shape.dim[-1].dim_value


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write the project's ONNX models.")
    parser.add_argument("outdir", type=Path)
    parser.add_argument("names", nargs="*", default=[], metavar="NAME")
    parser.add_argument("--batch", type=int, action="append", default=[], help="also write inputs for this batch size")
    parser.add_argument("--list", action="store_true", help="print the names and write nothing")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(MODELS))
        return 0
    options.outdir.mkdir(parents=True, exist_ok=True)
    for name in options.names or MODELS:
        try:
            model = build(name)
        except KeyError as error:
            print(f"error: {error.args[0]}", file=sys.stderr)
            return 2
        path = options.outdir / f"{name}.onnx"
        path.write_bytes(model.SerializeToString(deterministic=True))
        for batch in options.batch:
            np.savez(options.outdir / f"{name}.b{batch}.npz", **make_inputs(model, batch))
        print(f"{path} {path.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
