"""Models that are wrong in one named way each; every one of them must be refused.

Enters: a folder for files. Leaves: (name, path) pairs. The kinds: no file, no model, a graph that is no graph (cycles, undefined or doubly
defined names), types and shapes that contradict each other, weights whose bytes do not fit their shape, external data outside
the model's folder, opsets and operators that nobody knows, functions that call themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import onnx
from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper, numpy_helper


def _value(name: str, shape: list[int | str], dtype: int = TensorProto.FLOAT) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, dtype, shape)


def _model(nodes: list[NodeProto], weights: list[TensorProto] | None = None, inputs: list[ValueInfoProto] | None = None,
           outputs: list[ValueInfoProto] | None = None, opset: int = 17, **extra: object) -> ModelProto:
    """A model x [2, 3] -> y [2, 3] unless told otherwise; nothing is checked."""
    graph = helper.make_graph(nodes, "malformed", inputs or [_value("x", [2, 3])], outputs or [_value("y", [2, 3])], weights or [])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8, **extra)


def _node(op: str, inputs: str, output: str = "y", **attributes: object) -> NodeProto:
    return helper.make_node(op, inputs.split(), [output], name=f"the_{op}", **attributes)


def _weight(shape: list[int], bytes_present: int) -> TensorProto:
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=shape)
    tensor.raw_data = bytes(bytes_present)
    return tensor


def cycle() -> ModelProto:
    return _model([_node("Add", "x b", "a"), _node("Relu", "a", "b"), _node("Relu", "b")])


def node_feeds_itself() -> ModelProto:
    return _model([_node("Add", "x y")])


def undefined_input() -> ModelProto:
    return _model([_node("Add", "x nowhere")])


def output_that_no_node_makes() -> ModelProto:
    return _model([_node("Relu", "x", "z")])


def name_defined_twice() -> ModelProto:
    return _model([_node("Relu", "x", "y"), _node("Neg", "x", "y")])


def graph_without_outputs() -> ModelProto:
    model = _model([_node("Relu", "x")])
    del model.graph.output[:]
    return model


def input_without_type() -> ModelProto:
    return _model([_node("Relu", "x")], inputs=[ValueInfoProto(name="x")])


def mixed_element_types() -> ModelProto:
    return _model([_node("Add", "x k")], inputs=[_value("x", [2, 3]), _value("k", [2, 3], TensorProto.INT64)])


def declared_type_differs() -> ModelProto:
    return _model([_node("Relu", "x")], outputs=[_value("y", [2, 3], TensorProto.INT64)])


def declared_shape_differs() -> ModelProto:
    return _model([_node("Relu", "x")], outputs=[_value("y", [2, 4])])


def shapes_do_not_multiply() -> ModelProto:
    return _model([_node("MatMul", "x w")], [numpy_helper.from_array(np.ones((4, 3), np.float32), "w")])


def shapes_do_not_broadcast() -> ModelProto:
    return _model([_node("Add", "x w")], [numpy_helper.from_array(np.ones((4,), np.float32), "w")])


def axis_out_of_range() -> ModelProto:
    return _model([_node("Softmax", "x", axis=7)])


def permutation_with_a_repeat() -> ModelProto:
    return _model([_node("Transpose", "x", perm=[0, 0])], outputs=[_value("y", [2, 2])])


def attribute_of_wrong_type() -> ModelProto:
    return _model([_node("Softmax", "x", axis="one")])


def missing_required_attribute() -> ModelProto:
    return _model([_node("Cast", "x")])


def zero_stride() -> ModelProto:
    return _model([_node("MaxPool", "x", kernel_shape=[2], strides=[0])], inputs=[_value("x", [1, 1, 8])], outputs=[_value("y", [1, 1, 4])])


def negative_kernel() -> ModelProto:
    return _model([_node("MaxPool", "x", kernel_shape=[-2])], inputs=[_value("x", [1, 1, 8])], outputs=[_value("y", [1, 1, "n"])])


def weight_with_too_few_bytes() -> ModelProto:
    return _model([_node("Add", "x w")], [_weight([2, 3], 20)])


def weight_with_too_many_bytes() -> ModelProto:
    return _model([_node("Add", "x w")], [_weight([2, 3], 28)])


def weight_of_negative_size() -> ModelProto:
    return _model([_node("Add", "x w")], [_weight([2, -3], 24)])


def weight_whose_size_overflows() -> ModelProto:
    return _model([_node("Add", "x w")], [_weight([1 << 62, 1 << 62, 3], 24)])


def weight_of_unknown_type() -> ModelProto:
    weight = _weight([2, 3], 24)
    weight.data_type = 77
    return _model([_node("Add", "x w")], [weight])


def input_of_negative_size() -> ModelProto:
    return _model([_node("Relu", "x")], inputs=[_value("x", [2, -3])], outputs=[_value("y", [2, -3])])


def unknown_operator() -> ModelProto:
    return _model([_node("NoSuchOperator", "x")])


def unknown_domain() -> ModelProto:
    return _model([helper.make_node("Relu", ["x"], ["y"], domain="no.such.domain")])


def opset_of_the_future() -> ModelProto:
    return _model([_node("Relu", "x")], opset=9999)


def opset_zero() -> ModelProto:
    return _model([_node("Relu", "x")], opset=0)


def no_opset() -> ModelProto:
    model = _model([_node("Relu", "x")])
    del model.opset_import[:]
    return model


def function_that_calls_itself() -> ModelProto:
    imports = [helper.make_opsetid("", 17), helper.make_opsetid("local", 1)]
    body = [helper.make_node("Loopy", ["a"], ["b"], domain="local")]
    model = _model([helper.make_node("Loopy", ["x"], ["y"], domain="local")],
                   functions=[helper.make_function("local", "Loopy", ["a"], ["b"], body, imports)])
    model.opset_import.append(imports[1])
    return model


def _field(number: int, data: bytes) -> bytes:
    """A length-delimited protobuf field."""
    size, head = len(data), bytearray([number << 3 | 2])
    while size > 127:
        head.append(size & 127 | 128)
        size >>= 7
    return bytes(head) + bytes([size]) + data


def _nested(depth: int) -> bytes:
    """If in If in If, `depth` times: by hand, for no protobuf library builds or reads it."""
    graph = _field(1, _field(1, b"x") + _field(2, b"y") + _field(4, b"Relu"))
    for _ in range(depth):
        attribute = _field(1, b"then_branch") + b"\xa0\x01\x05" + _field(6, graph)
        graph = _field(1, _field(1, b"x") + _field(2, b"y") + _field(4, b"If") + _field(5, attribute))
    return b"\x08\x08" + _field(8, _field(1, b"") + b"\x10\x11") + _field(7, graph)


MODELS: list[Callable[[], ModelProto]] = [
    cycle, node_feeds_itself, undefined_input, output_that_no_node_makes, name_defined_twice, graph_without_outputs, input_without_type,
    mixed_element_types, declared_type_differs, declared_shape_differs, shapes_do_not_multiply, shapes_do_not_broadcast,
    axis_out_of_range, permutation_with_a_repeat, attribute_of_wrong_type, missing_required_attribute, zero_stride, negative_kernel,
    weight_with_too_few_bytes, weight_with_too_many_bytes, weight_of_negative_size, weight_whose_size_overflows,
    weight_of_unknown_type, input_of_negative_size, unknown_operator, unknown_domain, opset_of_the_future, opset_zero, no_opset,
    function_that_calls_itself]


def _external(location: str, offset: int = 0, length: int = 24) -> bytes:
    """A model whose weight lies in `location`."""
    weight = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[2, 3], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", location), ("offset", str(offset)), ("length", str(length))):
        weight.external_data.add(key=key, value=value)
    return _model([_node("Add", "x w")], [weight]).SerializeToString()


def files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Writes every malformed model; the good weights that must not be reached lie beside the models' own folder."""
    inside = folder / "inside"
    inside.mkdir()
    secret = folder / "secret.bin"
    secret.write_bytes(np.ones(6, np.float32).tobytes())
    (inside / "short.bin").write_bytes(bytes(8))
    (inside / "link.bin").symlink_to(secret)
    contents = {build.__name__: build().SerializeToString() for build in MODELS}
    contents |= {
        "empty_file": b"", "one_zero_byte": b"\0", "text": b"this is not a model\n" * 50, "random_bytes": np.random.default_rng(1).bytes(5000),
        "endless_varint": b"\xff" * 5000, "subgraphs_nested_too_deep": _nested(3000),
        "external_data_in_the_parent": _external("../secret.bin"),
        "external_data_by_absolute_path": _external(str(secret)), "external_data_by_detour": _external("./x/../../secret.bin"),
        "external_data_through_a_link": _external("link.bin"), "external_data_missing": _external("absent.bin"),
        "external_data_too_short": _external("short.bin"), "external_data_offset_beyond": _external("short.bin", 1 << 40),
        "external_data_offset_negative": _external("short.bin", -8), "external_data_without_name": _external(""),
        "external_data_is_a_folder": _external("."),
    }
    for name, data in contents.items():
        path = inside / f"{name}.onnx"
        path.write_bytes(data)
        yield name, path
    yield "missing_file", inside / "missing_file.onnx"
    (inside / "folder.onnx").mkdir()
    yield "folder_instead_of_file", inside / "folder.onnx"
