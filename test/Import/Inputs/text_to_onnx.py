"""From ONNX's text form to a model file: text_to_onnx.py TEXT OUT.onnx [--external FILE]

With `--external` the initialisers' bytes go to FILE beside the model. Weights of tests: an initialiser that is written without a value
(`float[8,16] w`) is not possible in the text form, so `fill_NAME` metadata, a shape such as "f32[8,16]", adds one with values 0, 1, 2 ...
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper, parser

TYPES = {"f32": np.float32, "f64": np.float64, "i64": np.int64, "i32": np.int32, "u8": np.uint8, "bool": np.bool_}


def add_filled(model: onnx.ModelProto) -> None:
    """Turns `fill_NAME` metadata into initialisers."""
    kept = []
    for entry in model.metadata_props:
        if not entry.key.startswith("fill_"):
            kept.append(entry)
            continue
        match = re.fullmatch(r"(\w+)\[([\d,]*)\]", entry.value)
        assert match, f"{entry.key}: expected a shape such as f32[2,3], found {entry.value}"
        shape = [int(dim) for dim in match[2].split(",") if dim]
        values = np.arange(np.prod(shape)).reshape(shape).astype(TYPES[match[1]])
        model.graph.initializer.append(numpy_helper.from_array(values, entry.key[len("fill_"):]))
    del model.metadata_props[:]
    model.metadata_props.extend(kept)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("text", type=Path)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("--external")
    options = arguments.parse_args()
    model = parser.parse_model(options.text.read_text())
    add_filled(model)
    options.model.parent.mkdir(parents=True, exist_ok=True)
    if options.external:
        (options.model.parent / options.external).unlink(missing_ok=True)
        onnx.save(model, options.model, save_as_external_data=True, location=options.external, size_threshold=0)
    else:
        onnx.save(model, options.model)


if __name__ == "__main__":
    main()
