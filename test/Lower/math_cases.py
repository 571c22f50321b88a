"""Errors of motion-expand-math over sampled bit patterns, in units in the last place of the exact result, against the bounds that README.md states
(test/Structure/errors_table.py). Ten times as many samples of other seeds stay within them too."""
from __future__ import annotations

import ctypes
import math
import pathlib
import sys
import tempfile
from collections.abc import Callable

import numpy as np

from execute import compile_module

np.seterr(all="ignore")
WIDE = np.longdouble
SCALARS = 5000
ERF = np.vectorize(lambda v: math.erf(v), otypes=[np.float64])

# name: (bound in ulp for f32, for f64, reference in higher precision, range of extra samples)
UNARY: dict[str, tuple[float, float, Callable, tuple[float, float]]] = {
    "exp": (1.1, 1.1, np.exp, (-104, 89)),
    "expm1": (1.5, 2.0, np.expm1, (-20, 89)),
    "cosh": (1.6, 1.6, np.cosh, (-90, 90)),
    "sinh": (1.6, 1.6, np.sinh, (-90, 90)),
    "tanh": (1.4, 2.7, np.tanh, (-10, 10)),
    "log": (1.0, 1.0, np.log, (0.4, 3)),
    "log1p": (1.6, 1.5, np.log1p, (-0.99, 3)),
    "asinh": (2.0, 2.0, np.arcsinh, (-3, 3)),
    "acosh": (0.6, 2.2, np.arccosh, (1, 3)),
    "atanh": (2.0, 2.0, np.arctanh, (-1, 1)),
    "sin": (1.6, 1.6, np.sin, (-100, 100)),
    "cos": (1.6, 1.6, np.cos, (-100, 100)),
    "tan": (0.6, 3.3, np.tan, (-100, 100)),
    "asin": (1.9, 2.2, np.arcsin, (-1, 1)),
    "acos": (1.2, 1.3, np.arccos, (-1, 1)),
    "atan": (1.7, 1.7, np.arctan, (-5, 5)),
    "erf": (1.1, 1.2, ERF, (-6, 6)),
}

BINARY: dict[str, tuple[float, float, Callable]] = {
    "powf": (0.6, 1.7, np.power),
}
SPECIAL = [0.0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, np.inf, -np.inf, np.nan, 1e30, -1e30, 4, 5, 1e-30]


def pairs(op: str, dtype: type) -> list[np.ndarray]:
    """All pairs of special values, random patterns, and pairs with results in range."""
    rng = np.random.default_rng(5)
    bits = np.uint32 if dtype == np.float32 else np.uint64
    special = np.array(SPECIAL, dtype)
    patterns = rng.integers(0, np.iinfo(bits).max, (2, 20000), dtype=bits, endpoint=True).view(dtype)
    x = (10.0 ** rng.uniform(-5, 5, 100000)).astype(dtype)
    y = rng.uniform(-8, 8, 100000).astype(dtype)
    whole = rng.integers(-20, 20, 20000).astype(dtype)
    base = rng.uniform(-3, 3, 20000).astype(dtype)
    close = (1 + rng.standard_normal(20000) * 1e-4).astype(dtype)
    large = (rng.standard_normal(20000) * 1e5).astype(dtype)
    first = np.concatenate([np.repeat(special, len(special)), patterns[0], x, base, close])
    second = np.concatenate([np.tile(special, len(special)), patterns[1], y, whole, large])
    return [first, second]


def samples(dtype: type, low: float, high: float) -> np.ndarray:
    """Bit patterns over the whole type, special values and a dense range."""
    rng = np.random.default_rng(11)
    bits = np.uint32 if dtype == np.float32 else np.uint64
    info = np.finfo(dtype)
    patterns = rng.integers(0, np.iinfo(bits).max, 120000, dtype=bits, endpoint=True).view(dtype)
    special = np.array([0.0, -0.0, 1, -1, 2, 0.5, -0.5, np.inf, -np.inf, np.nan, info.max, -info.max, info.tiny, -info.tiny, info.smallest_subnormal,
                        info.tiny / 3, 88.72283, 88.8, -87.4, -103.9, -104.1, 709.78, 709.8, -745.2, -708.4, 89.4, 710.4], dtype)
    near = (1 + rng.standard_normal(20000) * 1e-3).astype(dtype)
    tiny = (rng.standard_normal(20000) * 10.0 ** rng.uniform(-9, 0, 20000)).astype(dtype)
    return np.concatenate([patterns, special, near, tiny, rng.uniform(low, high, 200000).astype(dtype)])


def ulps(found: np.ndarray, exact: np.ndarray) -> np.ndarray:
    """Distance in units in the last place of the exact result; infinite where one is NaN or infinite and the other is not."""
    dtype = found.dtype.type
    rounded = exact.astype(dtype)
    unit = np.spacing(np.minimum(np.abs(rounded), np.finfo(dtype).max)).astype(WIDE)
    error = np.abs(found.astype(WIDE) - exact.astype(WIDE)) / unit
    same = (found == rounded) | (np.isnan(found) & np.isnan(rounded))
    error = np.where(same & ~np.isfinite(found), 0, error)
    # a result at the border of overflow may round either way
    border = np.isinf(found) != np.isinf(rounded)
    near = np.abs(exact.astype(WIDE)) > WIDE(np.finfo(dtype).max) * (1 - 4 * WIDE(np.finfo(dtype).eps))
    error = np.where(border & near & (np.abs(exact.astype(WIDE)) < WIDE(np.finfo(dtype).max) * (1 + 4 * WIDE(np.finfo(dtype).eps))), 0, error)
    return np.where(np.isnan(error), np.inf, error)


def vector_function(op: str, element: str, count: int, arity: int) -> str:
    """A function over arrays; the vectoriser makes vectors of it."""
    maps = ", ".join(["affine_map<(i) -> (i)>"] * (arity + 1))
    ins = ", ".join(f"%x{i}" for i in range(arity))
    types = ", ".join([f"memref<{count}x{element}>"] * arity)
    arguments = ", ".join(f"%x{i}: memref<{count}x{element}>" for i in range(arity))
    block = ", ".join(f"%a{i}: {element}" for i in range(arity))
    names = ", ".join(f"%a{i}" for i in range(arity))
    return f"""func.func @{op}_{element}({arguments}, %y: memref<{count}x{element}>) {{
  linalg.generic {{indexing_maps = [{maps}], iterator_types = ["parallel"]}} ins({ins} : {types}) outs(%y : memref<{count}x{element}>) {{
  ^bb0({block}, %o: {element}):
    %r = math.{op} {names} : {element}
    linalg.yield %r : {element}
  }}
  return
}}"""


def scalar_function(op: str, element: str, count: int, arity: int) -> str:
    """The same, one scalar at a time."""
    arguments = ", ".join(f"%x{i}: memref<{count}x{element}>" for i in range(arity))
    loads = "\n".join(f"    %a{i} = memref.load %x{i}[%i] : memref<{count}x{element}>" for i in range(arity))
    names = ", ".join(f"%a{i}" for i in range(arity))
    return f"""func.func @{op}_{element}_scalar({arguments}, %y: memref<{count}x{element}>) {{
  %zero = arith.constant 0 : index
  %one = arith.constant 1 : index
  %n = arith.constant {count} : index
  scf.for %i = %zero to %n step %one {{
{loads}
    %r = math.{op} {names} : {element}
    memref.store %r, %y[%i] : memref<{count}x{element}>
  }}
  return
}}"""


def run(function: ctypes._CFuncPtr, inputs: list[np.ndarray]) -> np.ndarray:
    """Calls a compiled function."""
    result = np.empty_like(inputs[0])
    function(*(ctypes.c_void_p(array.ctypes.data) for array in [*inputs, result]))
    return result


def measure(library: ctypes.CDLL, op: str, dtype: type, inputs: list[np.ndarray], exact: np.ndarray) -> tuple[float, str]:
    """The largest error of the vector and of the scalar form, and where it is."""
    element = "f32" if dtype == np.float32 else "f64"
    error = ulps(run(getattr(library, f"{op}_{element}"), inputs), exact)
    tails = [x[-SCALARS:].copy() for x in inputs]
    scalar = ulps(run(getattr(library, f"{op}_{element}_scalar"), tails), exact[-SCALARS:])
    at = ", ".join(repr(x[error.argmax()]) for x in inputs)
    return float(max(error.max(), scalar.max())), at


def main() -> int:
    """Measures every function for both types and vector widths, and the scalar forms."""
    levels = [256, 512] if "avx512dq" in pathlib.Path("/proc/cpuinfo").read_text() else [256]
    wrong, functions, work = [], [], []
    for dtype, element, exact_type in ((np.float32, "f32", np.float64), (np.float64, "f64", WIDE)):
        for op, entry in {**UNARY, **BINARY}.items():
            inputs = pairs(op, dtype) if op in BINARY else [samples(dtype, *entry[3])]
            exact = entry[2](*(x.astype(exact_type) for x in inputs))
            functions += [vector_function(op, element, len(inputs[0]), len(inputs)), scalar_function(op, element, SCALARS, len(inputs))]
            work.append((op, dtype, inputs, exact, entry[0 if dtype == np.float32 else 1]))
    for bits in levels:
        with tempfile.TemporaryDirectory() as folder:
            library = compile_module("\n".join(functions), pathlib.Path(folder), bits)
            for op, dtype, inputs, exact, bound in work:
                worst, at = measure(library, op, dtype, inputs, exact)
                print(f"{bits} {op:6} {dtype.__name__}: {worst:6.2f} ulp at {at}, bound {bound}")
                if not worst <= bound:
                    wrong.append(f"{op} {dtype.__name__} at {bits} bits: {worst:.2f} ulp, bound {bound}")
    print("\n".join(wrong) or "all within their bounds")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
