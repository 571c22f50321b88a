"""Writes what motion-bench reads: a manifest with the inputs and the expected outputs of one model at one batch size.

The format is described in Workload.h. Expected outputs are the float64 evaluation of the same graph, rounded to float32.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from generate import make_inputs
from oracle import cached


def symbolic_dims(model: onnx.ModelProto) -> list[str]:
    """Names of the symbolic dimensions of the inputs, in order of appearance."""
    initialized = {tensor.name for tensor in model.graph.initializer}
    names = [dim.dim_param for value in model.graph.input if value.name not in initialized
             for dim in value.type.tensor_type.shape.dim if dim.dim_param]
    return list(dict.fromkeys(names))


def write_workload(model: onnx.ModelProto, batch: int, folder: Path) -> Path:
    """Writes manifest and arrays for every symbolic dimension set to `batch`; returns the manifest's path."""
    folder.mkdir(parents=True, exist_ok=True)
    inputs = make_inputs(model, batch)
    expected = cached(model, inputs, folder.parent / "oracle")
    dims = {name: batch for name in symbolic_dims(model)}
    return write_manifest(folder, dims, inputs, {value.name: expected[value.name] for value in model.graph.output})


def write_manifest(folder: Path, dims: dict[str, int], inputs: dict[str, np.ndarray],
                   outputs: dict[str, np.ndarray]) -> Path:
    """Writes a manifest; float64 outputs are taken as float32."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [f"dim\t{name}\t{size}" for name, size in dims.items()]
    for kind, arrays in (("input", inputs), ("output", outputs)):
        for index, (name, array) in enumerate(arrays.items()):
            if array.dtype == np.float64:
                array = array.astype(np.float32)
            file = f"{kind}{index}.bin"
            (folder / file).write_bytes(np.ascontiguousarray(array).tobytes())
            dtype = helper.np_dtype_to_tensor_dtype(array.dtype)
            lines.append(f"{kind}\t{name}\t{dtype}\t{','.join(map(str, array.shape))}\t{file}")
    manifest = folder / "manifest"
    manifest.write_text("\n".join(lines) + "\n")
    return manifest


def write_known_model(folder: Path) -> tuple[Path, Path]:
    """A model whose result is known beforehand: y = x W + b with small whole numbers, exact in float32.

    Returns the paths of the model and of the manifest. It verifies a peer before anything is timed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = np.arange(12, dtype=np.float32).reshape(3, 4) - 5
    bias = np.array([1, -2, 3, -4], np.float32)
    x = np.array([[1, 2, -3], [-4, 5, 6]], np.float32)
    y = np.array([[-15, -18, -13, -20], [34, 38, 50, 50]], np.float32)
    graph = helper.make_graph(
        [helper.make_node("Gemm", ["x", "weights", "bias"], ["y"], name="product")], "known",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["batch", 3])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["batch", 4])],
        [onnx.numpy_helper.from_array(weights, "weights"), onnx.numpy_helper.from_array(bias, "bias")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    path = folder / "known.onnx"
    onnx.save(model, path)
    return path, write_manifest(folder / "known", {"batch": 2}, {"x": x}, {"y": y})


def read_manifest(manifest: Path) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """The inputs and the expected outputs that a manifest names."""
    arrays: dict[str, dict[str, np.ndarray]] = {"input": {}, "output": {}}
    for line in manifest.read_text().splitlines():
        kind, name, *fields = line.split("\t")
        if kind in arrays:
            dtype = helper.tensor_dtype_to_np_dtype(int(fields[0]))
            shape = [int(size) for size in fields[1].split(",") if size]
            arrays[kind][name] = np.fromfile(manifest.parent / fields[2], dtype).reshape(shape)
    return arrays["input"], arrays["output"]
