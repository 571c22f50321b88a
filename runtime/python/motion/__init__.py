"""Compile ONNX models with motionc, load the libraries it makes, call them on numpy arrays.

    model = motion.compile("deephase.onnx", "libdeephase.so", dims={"batch": (1, 64)})
    model = motion.load("libdeephase.so")
    result = model(pose)["output"]          # or model(**{"input": pose}), model.run({"input": pose})

Needs numpy, and for compile() the program motionc. Nothing here needs a C compiler.
"""

from motion.compiler import CompileError, compile
from motion.description import Dim, Info, MotionError, Tensor
from motion.model import Model, State, load

__all__ = ["CompileError", "Dim", "Info", "Model", "MotionError", "State", "Tensor", "compile", "load"]
