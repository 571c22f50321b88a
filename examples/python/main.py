"""Compiles a model and calls it on numpy arrays.

    PYTHONPATH=<repository>/runtime/python python main.py deephase.onnx"""

import sys

import motion
import numpy as np


def main(path: str) -> None:
    """Compiles `path`, prints what the model takes and gives, runs it on three rows."""
    try:
        model = motion.compile(path, dims={"batch": (1, 64)})
    except motion.CompileError as error:
        sys.exit("\n".join(error.reasons))
    for tensor in model.inputs + model.outputs:
        print(tensor.name, list(tensor.shape))
    pose = np.sin(0.1 * np.arange(3 * 132)).astype(np.float32).reshape(3, 132)
    phase = model(pose)["output"]  # also: model(**{"input": pose}), model.run({"input": pose})
    for row, values in enumerate(phase):
        print(f"row {row}: phase", *(f"{value:.6g}" for value in values))
    out = np.empty((1, 2), np.float32)
    for row in pose:  # one row at a time into the same array
        model(row[None], out={"output": out})


if __name__ == "__main__":
    main(sys.argv[1])
