"""The 2,033 cases of the ONNX backend suite, as the onnx wheel carries them.

Enters: nothing but the installed onnx package. Leaves: Case objects (node cases from the package's generators, the others from its data
folder; the "light" CNNs, whose weights are ConstantOfShape nodes, with the package's dummy inputs and recorded outputs), and `compare`,
the suite's own comparison with its own tolerances.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import numpy_helper

DATA = Path(onnx.__file__).parent / "backend/test/data"
KINDS = ("node", "simple", "pytorch-operator", "pytorch-converted", "light")
DataSet = tuple[list[Any], list[Any]]


@dataclass(frozen=True)
class Case:
    """One case: `key` is KIND/NAME, `operator` groups the summary, `load` gives model and data sets (inputs, outputs)."""

    key: str
    operator: str
    rtol: float
    atol: float
    load: Callable[[], tuple[onnx.ModelProto, list[DataSet]]]


def all_cases() -> list[Case]:
    """Every case, node cases first, sorted by key within a kind. Takes some seconds: the node cases are computed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from onnx.backend.test import loader
        from onnx.backend.test import runner as suite_runner
        node = loader.load_model_tests(kind="node")
        folders = [case for kind in KINDS[1:-1] for case in loader.load_model_tests(kind=kind)]
        light = loader.load_model_tests(kind="real")
    direct = {case.name: case.model.graph.node[0].op_type for case in node if not _EXPANDED.search(case.name)}
    cases = [Case(f"node/{c.name}", direct.get(_EXPANDED.sub("", c.name), "?"), c.rtol, c.atol, _node_loader(c)) for c in node]
    cases += [Case(f"{c.kind}/{c.name}", f"[{c.kind}]", c.rtol, c.atol, _folder_loader(Path(c.model_dir))) for c in folders]
    cases += [Case(f"light/{c.name}", "[light]", c.rtol, c.atol, _light_loader(c.url, suite_runner.Runner)) for c in light]
    return sorted(cases, key=lambda case: (KINDS.index(case.key.split("/")[0]), case.key))


_EXPANDED = re.compile(r"_expanded(_ver\d+)?$")


def _node_loader(case: Any) -> Callable[[], tuple[onnx.ModelProto, list[DataSet]]]:
    def load() -> tuple[onnx.ModelProto, list[DataSet]]:
        return case.model, [([_array(v) for v in inputs], [_array(v) for v in outputs]) for inputs, outputs in case.data_sets]
    return load


def _array(value: Any) -> Any:
    """Tensors and NumPy scalars as arrays; lists item by item; None stays."""
    if isinstance(value, onnx.TensorProto):
        return numpy_helper.to_array(value)
    if isinstance(value, list):
        return [_array(item) for item in value]
    return value if value is None else np.asarray(value)


def _folder_loader(folder: Path) -> Callable[[], tuple[onnx.ModelProto, list[DataSet]]]:
    def load() -> tuple[onnx.ModelProto, list[DataSet]]:
        model = onnx.load(folder / "model.onnx")
        sets = []
        for data in sorted(folder.glob("test_data_set_*")):
            sets.append((_read(data, "input", model.graph.input), _read(data, "output", model.graph.output)))
        if not sets:
            raise FileNotFoundError(f"{folder} has no test data")
        return model, sets
    return load


def _read(folder: Path, stem: str, values: Sequence[onnx.ValueInfoProto]) -> list[Any]:
    """The files STEM_0.pb, STEM_1.pb, ... read by the declared types of `values`."""
    result = []
    for index in range(len(list(folder.glob(f"{stem}_*.pb")))):
        data = (folder / f"{stem}_{index}.pb").read_bytes()
        kind = values[index].type.WhichOneof("value")
        if kind == "tensor_type":
            result.append(numpy_helper.to_array(onnx.TensorProto.FromString(data)))
        elif kind == "sequence_type":
            result.append(numpy_helper.to_list(onnx.SequenceProto.FromString(data)))
        elif kind == "optional_type":
            result.append(numpy_helper.to_optional(onnx.OptionalProto.FromString(data)))
        else:
            raise TypeError(f"{folder}/{stem}_{index}.pb: no reader for {kind}")
    return result


def _light_loader(url: str, suite_runner: Any) -> Callable[[], tuple[onnx.ModelProto, list[DataSet]]]:
    def load() -> tuple[onnx.ModelProto, list[DataSet]]:
        path = DATA / "light" / Path(url).name
        model = onnx.load(path)
        weights = {tensor.name for tensor in model.graph.initializer}
        inputs = [suite_runner.generate_dummy_data(value) for value in model.graph.input if value.name not in weights]
        outputs = []
        for index in range(len(model.graph.output)):
            data = path.with_name(f"{path.stem}_output_{index}.pb").read_bytes()
            outputs.append(numpy_helper.to_array(onnx.TensorProto.FromString(data)))
        return model, [(inputs, outputs)]
    return load


def feeds(model: onnx.ModelProto, inputs: Sequence[Any]) -> dict[str, Any]:
    """Names for positional inputs: the graph's inputs without those that have an initializer, unless all are given."""
    weights = {tensor.name for tensor in model.graph.initializer}
    names = [value.name for value in model.graph.input]
    if len(inputs) < len(names):
        names = [name for name in names if name not in weights]
    if len(inputs) > len(names):
        raise ValueError(f"{len(inputs)} inputs recorded for {len(names)} inputs of the graph")
    return dict(zip(names, inputs))


def compare(expected: Sequence[Any], outputs: Sequence[Any], rtol: float, atol: float) -> str:
    """Empty when every output has the expected count, type, shape and values; otherwise what is wrong."""
    from onnx.backend.test.runner import Runner
    if len(expected) != len(outputs):
        return f"{len(outputs)} outputs, expected {len(expected)}"
    for index, (reference, result) in enumerate(zip(expected, outputs)):
        if (reference is None) != (result is None) or isinstance(reference, list) != isinstance(result, list):
            return f"output {index} is {type(result).__name__}, expected {type(reference).__name__}"
        if isinstance(reference, list):
            inner = compare(reference, result, rtol, atol)
            if inner:
                return f"output {index}: {inner}"
        elif reference is not None:
            try:
                Runner.assert_similar_outputs([np.asarray(reference)], [np.asarray(result)], rtol, atol)
            except (AssertionError, TypeError, ValueError) as error:
                return f"output {index}: {' '.join(str(error).split())[:600]}"
    return ""
