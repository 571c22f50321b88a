"""Cases of contractions that may skip zeros: one row and several, lists of every length, parts of long sums, NaN, sums in place."""
from __future__ import annotations

import itertools
import sys

import numpy as np

from execute import ELEMENTS, Case, main

RNG = np.random.default_rng(11)
PANEL = 64


def product(name: str, x: np.ndarray, columns: int, dynamic: bool, residual: bool = False) -> Case:
    """y = x w + bias, or, with `residual`, y += x w in place; w in panels of 64 columns."""
    rows, steps = x.shape
    w = RNG.standard_normal((steps, columns)).astype(x.dtype)
    panels = -(-columns // PANEL)
    packed = np.zeros((panels, steps, PANEL), x.dtype)
    for column in range(columns):
        packed[column // PANEL, :, column % PANEL] = w[:, column]
    y, bias = RNG.standard_normal((rows, columns)).astype(x.dtype), RNG.standard_normal(columns).astype(x.dtype)
    element = ELEMENTS[x.dtype.str[1:]]
    extra, extra_map = ("y", "(m, n)") if residual else ("b", "(n)")
    body = f"""
    kernel.contract ins(%x, %w : $x, $w) extra(%{extra} : ${extra}) outs(%y : $y)
        attributes {{indexing_maps = [affine_map<(m, n, k) -> (m, k)>, affine_map<(m, n, k) -> (n floordiv {PANEL}, k, n mod {PANEL})>,
                                     affine_map<(m, n, k) -> {extra_map}>, affine_map<(m, n, k) -> (m, n)>], skip_zeros}} {{
    ^bb0(%acc: {element}, %e: {element}):
      %s = arith.addf %acc, %e : {element}
      kernel.yield %s : {element}
    }}"""
    with np.errstate(invalid="ignore"):
        expected = x.astype(np.float64) @ w.astype(np.float64) + (y if residual else bias)
    return Case(name, {"x": x, "w": packed, "b": bias, "y": y}, body, {"y": expected}, 2e-6, dynamic={"x": (0,), "y": (0,)} if dynamic else {})


def sparse(rows: int, steps: int, zeros: float) -> np.ndarray:
    """Numbers of both signs, a share of them 0 or -0."""
    x = RNG.standard_normal((rows, steps)).astype(np.float32)
    x[RNG.random(x.shape) < zeros] = 0.0
    x[(x == 0) & (RNG.random(x.shape) < 0.5)] = -0.0
    return x


def all_cases() -> list[Case]:
    """Lengths with and without a tail and of one part and several; from no zeros to nothing else; one to three rows, known and not."""
    cases = [product(f"s{rows}_{steps}_{columns}_{int(100 * zeros)}_{dynamic:d}", sparse(rows, steps, zeros), columns, dynamic)
             for (rows, dynamic), (steps, columns), zeros in itertools.product(
                 [(1, False), (1, True), (3, True)], [(64, 32), (100, 36), (515, 200), (1024, 64), (1536, 130), (2060, 64), (9216, 40)], [0.0, 0.1, 0.5, 0.97, 1.0])]
    cases += [product(f"residual_{steps}", sparse(1, steps, 0.5), 128, False, residual=True) for steps in (512, 1536, 8192)]
    x = sparse(1, 300, 0.5)
    x[0, 77] = np.nan
    return [*cases, product("nan", x, 64, True), product("double", sparse(1, 150, 0.6).astype(np.float64), 100, True)]


if __name__ == "__main__":
    sys.exit(main(all_cases))
