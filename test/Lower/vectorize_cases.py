"""Cases of motion-vectorize-linalg: every form of access, reduction, tail and element type against NumPy."""
from __future__ import annotations

import sys

import numpy as np

from execute import Case, main

RNG = np.random.default_rng(7)


def reals(*shape: int) -> np.ndarray:
    """Floats of both signs."""
    return RNG.standard_normal(shape).astype(np.float32)


def pointwise(ins: str, types: str, out: str, maps: str, rank: int, body: str, arguments: str) -> str:
    """A parallel linalg.generic."""
    kinds = ", ".join(['"parallel"'] * rank)
    return (f"linalg.generic {{indexing_maps = [{maps}], iterator_types = [{kinds}]}} ins({ins} : {types}) outs(%{out} : ${out}) {{\n"
            f"  ^bb0({arguments}):\n{body}\n  }}")


def relu_cases() -> list[Case]:
    """Rows of many lengths: whole vectors, tails, collapsed rows, symbolic rows."""
    cases = []
    body = "    %z = arith.constant 0.0 : f32\n    %r = arith.maximumf %a, %z : f32\n    linalg.yield %r : f32"
    maps = "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>"
    for rows, columns in [(1, 7), (15, 17), (8, 16), (3, 1), (1, 1), (5, 64), (4, 33)]:
        x = reals(rows, columns)
        x[0, 0] = np.nan
        for dynamic in [(), (0,), (0, 1)]:
            text = pointwise("%x", "$x", "y", maps, 2, body, "%a: f32, %o: f32")
            name = f"relu_{rows}_{columns}_" + "".join(map(str, dynamic))
            cases.append(Case(name, {"x": x, "y": np.zeros_like(x)}, text, {"y": np.where(np.isnan(x), x, np.maximum(x, 0))},
                              dynamic={"x": dynamic, "y": dynamic}))
    return cases


def broadcast_cases() -> list[Case]:
    """Row and column broadcasts, strided subviews, a constant result in a map."""
    cases = []
    for rows, columns in [(7, 10), (9, 37)]:
        x, bias, scale = reals(rows, columns), reals(columns), reals(rows)
        maps = "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>"
        body = "    %m = arith.mulf %a, %s : f32\n    %r = arith.addf %m, %b : f32\n    linalg.yield %r : f32"
        text = pointwise("%x, %b, %s", "$x, $b, $s", "y", maps, 2, body, "%a: f32, %b0: f32, %s0: f32, %o: f32").replace("%a, %s", "%a, %s0").replace("%m, %b", "%m, %b0")
        for dynamic in [(), (0, 1)]:
            cases.append(Case(f"broadcast_{rows}_{columns}_{len(dynamic)}", {"x": x, "b": bias, "s": scale, "y": np.zeros_like(x)}, text,
                              {"y": x * scale[:, None] + bias}, 1e-6,
                              dynamic={"x": dynamic, "b": dynamic[:1], "s": dynamic[:1], "y": dynamic}))
    x = reals(12, 40)
    expected = np.zeros((12, 40), np.float32)
    expected[1:10:2, 3:36] = -x[2:7, 5:38]
    text = """
    %v = memref.subview %x[2, 5][5, 33][1, 1] : $x to memref<5x33xf32, strided<[40, 1], offset: 85>>
    %w = memref.subview %y[1, 3][5, 33][2, 1] : $y to memref<5x33xf32, strided<[80, 1], offset: 43>>
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%v : memref<5x33xf32, strided<[40, 1], offset: 85>>) outs(%w : memref<5x33xf32, strided<[80, 1], offset: 43>>) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.negf %a : f32
      linalg.yield %r : f32
    }"""
    cases.append(Case("subview", {"x": x, "y": np.zeros_like(x)}, text, {"y": expected}))
    text = """
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, 3)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : $x) outs(%y : $y) {
    ^bb0(%a: f32, %o: f32):
      %r = arith.addf %a, %o : f32
      linalg.yield %r : f32
    }"""
    y = reals(12, 40)
    cases.append(Case("column_of_constant", {"x": x, "y": y}, text, {"y": y + x[:, 3:4]}))
    return cases


def reduction(text_maps: str, kinds: str, op: str, element: str = "f32") -> str:
    """A linalg.generic that combines x into y."""
    return (f"linalg.generic {{indexing_maps = [{text_maps}], iterator_types = [{kinds}]}} ins(%x : $x) outs(%y : $y) {{\n"
            f"  ^bb0(%a: {element}, %o: {element}):\n    %r = {op} %o, %a : {element}\n    linalg.yield %r : {element}\n  }}")


def reduction_cases() -> list[Case]:
    """Row, column and full reductions, static and symbolic, sums and maxima."""
    cases = []
    identity = "affine_map<(i, j) -> (i, j)>"
    forms = {"rows": ("affine_map<(i, j) -> (i)>", '"parallel", "reduction"', 1), "columns": ("affine_map<(i, j) -> (j)>", '"reduction", "parallel"', 0),
             "full": ("affine_map<(i, j) -> ()>", '"reduction", "reduction"', (0, 1))}
    for rows, columns in [(3, 5), (17, 16), (9, 100), (33, 211), (4, 64)]:
        x = reals(rows, columns)
        for form, (out, kinds, axis) in forms.items():
            for dynamic in [(), (0, 1)]:
                init = reals(*np.sum(x, axis=axis).shape)
                outer = tuple(range(init.ndim)) if dynamic else ()
                name = f"{form}_{rows}_{columns}_{len(dynamic)}"
                maps = f"{identity}, {out}"
                cases.append(Case(f"sum_{name}", {"x": x, "y": init}, reduction(maps, kinds, "arith.addf"),
                                  {"y": init + x.astype(np.float64).sum(axis=axis)}, 1e-5, dynamic={"x": dynamic, "y": outer}))
                cases.append(Case(f"max_{name}", {"x": x, "y": init}, reduction(maps, kinds, "arith.maximumf"),
                                  {"y": np.maximum(init, x.max(axis=axis))}, dynamic={"x": dynamic, "y": outer}))
    # A second input that varies along the lanes and not along the reduction: it must not be taken for a scalar.
    x, m = reals(9, 37), reals(37)
    text = (f"linalg.generic {{indexing_maps = [{identity}, {forms['columns'][0]}, {forms['columns'][0]}], iterator_types = [{forms['columns'][1]}]}} "
            "ins(%x, %m : $x, $m) outs(%y : $y) {\n  ^bb0(%a: f32, %b: f32, %o: f32):\n    %d = arith.subf %a, %b : f32\n"
            "    %r = arith.addf %o, %d : f32\n    linalg.yield %r : f32\n  }")
    cases.append(Case("sum_columns_shifted", {"x": x, "m": m, "y": np.zeros(37, np.float32)}, text, {"y": (x.astype(np.float64) - m).sum(axis=0)}, 1e-5))
    x = reals(6, 50)
    x[2, 45] = np.nan
    x[3, 3] = np.nan
    init = np.full(6, -np.inf, np.float32)
    cases.append(Case("max_nan", {"x": x, "y": init}, reduction(f"{identity}, {forms['rows'][0]}", forms["rows"][1], "arith.maximumf"), {"y": x.max(axis=1)}))
    x = RNG.integers(-100, 100, (5, 77), dtype=np.int64)
    init = np.zeros(5, np.int64)
    cases.append(Case("sum_int", {"x": x, "y": init}, reduction(f"{identity}, {forms['rows'][0]}", forms["rows"][1], "arith.addi", "i64"), {"y": x.sum(axis=1)}))
    x = RNG.integers(-100, 100, (5, 77), dtype=np.int8)
    init = np.zeros(5, np.int8)
    cases.append(Case("min_bytes", {"x": x, "y": init}, reduction(f"{identity}, {forms['rows'][0]}", forms["rows"][1], "arith.minsi", "i8"),
                      {"y": np.minimum(x.min(axis=1), 0)}, dynamic={"x": (1,)}))
    return cases


def window_cases() -> list[Case]:
    """Pooling windows with strides in the maps, channels last and channels first."""
    cases = []
    x = reals(2, 13, 9, 20)
    expected = np.full((2, 6, 4, 20), -np.inf, np.float32)
    for kh in range(3):
        for kw in range(2):
            expected = np.maximum(expected, x[:, kh:kh + 11:2, kw:kw + 7:2, :])
    for name, order in {"last": "n, h * 2 + kh, w * 2 + kw, c", "first": "n, c, h * 2 + kh, w * 2 + kw"}.items():
        out = "n, h, w, c" if name == "last" else "n, c, h, w"
        xs = x if name == "last" else x.transpose(0, 3, 1, 2).copy()
        ys = expected if name == "last" else expected.transpose(0, 3, 1, 2).copy()
        loops = "(n, h, w, c, kh, kw)"
        text = f"""
    %k = memref.alloca() : memref<3x2xf32>
    linalg.generic {{indexing_maps = [affine_map<{loops} -> ({order})>, affine_map<{loops} -> (kh, kw)>, affine_map<{loops} -> ({out})>],
      iterator_types = ["parallel", "parallel", "parallel", "parallel", "reduction", "reduction"]}}
      ins(%x, %k : $x, memref<3x2xf32>) outs(%y : $y) {{
    ^bb0(%a: f32, %unused: f32, %o: f32):
      %r = arith.maximumf %a, %o : f32
      linalg.yield %r : f32
    }}"""
        cases.append(Case(f"pool_{name}", {"x": xs, "y": np.full(ys.shape, -np.inf, np.float32)}, text, {"y": ys}))
    return cases


def movement_cases() -> list[Case]:
    """Copies, fills, transposes."""
    cases = []
    x = reals(30, 7, 19)
    cases.append(Case("copy", {"x": x, "y": np.zeros_like(x)}, "memref.copy %x, %y : $x to $y", {"y": x}, dynamic={"x": (0, 1), "y": (0, 1)}))
    cases.append(Case("fill", {"y": np.zeros_like(x)}, "%c = arith.constant 2.5 : f32\n linalg.fill ins(%c : f32) outs(%y : $y)", {"y": np.full_like(x, 2.5)}))
    for shape, order in [((40, 33), (1, 0)), ((64, 32), (1, 0)), ((5, 17, 20), (0, 2, 1)), ((6, 18, 35), (2, 1, 0)), ((6, 18, 35), (1, 2, 0)), ((3, 4), (1, 0))]:
        x = reals(*shape)
        y = np.ascontiguousarray(x.transpose(order))
        for dynamic in [(), tuple(range(len(shape)))]:
            cases.append(Case(f"transpose_{'x'.join(map(str, shape))}_{''.join(map(str, order))}_{len(dynamic)}", {"x": x, "y": np.zeros_like(y)},
                              f"linalg.transpose ins(%x : $x) outs(%y : $y) permutation = [{', '.join(map(str, order))}]", {"y": y},
                              dynamic={"x": dynamic, "y": dynamic}))
    # Interleaved channels: every s-th element, the last one at the end of the buffer.
    for channels in (2, 3, 4, 5):
        for frames in (1, 15, 16, 50):
            x = reals(frames, channels)
            y = x[:, channels - 1] * x[:, 0]
            maps = f"affine_map<(i) -> (i, {channels - 1})>, affine_map<(i) -> (i, 0)>, affine_map<(i) -> (i)>"
            text = pointwise("%x, %x", "$x, $x", "y", maps, 1, "    %r = arith.mulf %a, %b : f32\n    linalg.yield %r : f32", "%a: f32, %b: f32, %o: f32")
            for dynamic in [(), (0,)]:
                cases.append(Case(f"interleaved_{channels}_{frames}_{len(dynamic)}", {"x": x, "y": np.zeros_like(y)}, text, {"y": y},
                                  dynamic={"x": dynamic, "y": dynamic}))
    # One operand turned, one as it is, one per column, in elements of 8 and 4 and 2 bytes.
    maps = "affine_map<(i, j) -> (j, i)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>"
    for name, kind in [("f64", np.float64), ("f32", np.float32), ("i16", np.int16)]:
        turned, straight, column = (RNG.integers(-90, 90, shape).astype(kind) for shape in [(37, 50), (50, 37), (37,)])
        add = "addi" if kind is np.int16 else "addf"
        body = f"    %m = arith.{add} %a, %b : {name}\n    %r = arith.{add} %m, %c : {name}\n    linalg.yield %r : {name}"
        text = pointwise("%t, %s, %v", "$t, $s, $v", "y", maps, 2, body, f"%a: {name}, %b: {name}, %c: {name}, %o: {name}")
        y = turned.T + straight + column
        for dynamic in [(), (0, 1)]:
            cases.append(Case(f"turned_{name}_{len(dynamic)}", {"t": turned, "s": straight, "v": column, "y": np.zeros_like(y)}, text, {"y": y},
                              dynamic={"t": dynamic, "s": dynamic, "v": dynamic[:1], "y": dynamic}))
    return cases


def index_cases() -> list[Case]:
    """Gathers by index, linalg.index, division and modulus in maps."""
    cases = []
    table, ids = reals(11, 37), RNG.integers(-11, 11, 6)
    text = """
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : $ids) outs(%y : $y) {
    ^bb0(%id: i64, %o: f32):
      %zero = arith.constant 0 : i64
      %n = arith.constant 11 : i64
      %low = arith.cmpi slt, %id, %zero : i64
      %up = arith.addi %id, %n : i64
      %at = arith.select %low, %up, %id : i64
      %row = arith.index_cast %at : i64 to index
      %column = linalg.index 1 : index
      %r = memref.load %table[%row, %column] : $table
      linalg.yield %r : f32
    }"""
    cases.append(Case("gather_rows", {"table": table, "ids": ids, "y": np.zeros((6, 37), np.float32)}, text, {"y": table[ids]}))
    columns = RNG.integers(0, 37, 29)
    text = """
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (j)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%ids : $ids) outs(%y : $y) {
    ^bb0(%id: i64, %o: f32):
      %at = arith.index_cast %id : i64 to index
      %row = linalg.index 0 : index
      %r = memref.load %table[%row, %at] : $table
      linalg.yield %r : f32
    }"""
    cases.append(Case("gather_columns", {"table": table, "ids": columns, "y": np.zeros((11, 29), np.float32)}, text, {"y": table[:, columns]}))
    text = """
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]} outs(%y : $y) {
    ^bb0(%o: f32):
      %i = linalg.index 0 : index
      %j = linalg.index 1 : index
      %s = affine.apply affine_map<(i, j) -> (i * 100 + j)>(%i, %j)
      %n = arith.index_cast %s : index to i32
      %r = arith.sitofp %n : i32 to f32
      linalg.yield %r : f32
    }"""
    grid = (np.arange(9)[:, None] * 100 + np.arange(45)).astype(np.float32)
    cases.append(Case("index", {"y": np.zeros_like(grid)}, text, {"y": grid}))
    x = reals(4, 6)
    text = """
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i floordiv 2, j mod 6)>, affine_map<(i, j) -> (i, j)>], iterator_types = ["parallel", "parallel"]}
      ins(%x : $x) outs(%y : $y) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    }"""
    cases.append(Case("floordiv", {"x": x, "y": np.zeros((8, 12), np.float32)}, text, {"y": np.tile(np.repeat(x, 2, 0), (1, 2))}))
    text = """
    linalg.generic {indexing_maps = [affine_map<(i) -> (50 - i)>, affine_map<(i) -> (i)>], iterator_types = ["parallel"]}
      ins(%x : $x) outs(%y : $y) {
    ^bb0(%a: f32, %o: f32):
      linalg.yield %a : f32
    }"""
    x = reals(51)
    cases.append(Case("reverse", {"x": x, "y": np.zeros_like(x)}, text, {"y": x[::-1]}))
    return cases


def type_cases() -> list[Case]:
    """Element types: bool as bytes, half, bfloat, mixed widths, doubles, conversions that saturate."""
    cases = []
    maps = "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>"
    x, y = reals(5, 37), reals(5, 37)
    text = pointwise("%x, %y", "$x, $y", "z", maps, 2, "    %r = arith.cmpf olt, %a, %b : f32\n    linalg.yield %r : i1", "%a: f32, %b: f32, %o: i1")
    for dynamic in [(), (0, 1)]:
        cases.append(Case(f"less_{len(dynamic)}", {"x": x, "y": y, "z": np.zeros(x.shape, bool)}, text, {"z": x < y}, dynamic={n: dynamic for n in "xyz"}))
    p, q = x > 0, y > 0
    text = pointwise("%p, %q", "$p, $q", "z", maps, 2, "    %r = arith.xori %a, %b : i1\n    linalg.yield %r : i1", "%a: i1, %b: i1, %o: i1")
    cases.append(Case("xor", {"p": p, "q": q, "z": np.zeros(x.shape, bool)}, text, {"z": p ^ q}, dynamic={"p": (1,), "q": (1,), "z": (1,)}))
    text = pointwise("%p, %x", "$p, $x", "z", maps, 2, "    %n = arith.negf %b : f32\n    %r = arith.select %a, %b, %n : f32\n    linalg.yield %r : f32", "%a: i1, %b: f32, %o: f32")
    cases.append(Case("where", {"p": p, "x": x, "z": np.zeros_like(x)}, text, {"z": np.where(p, x, -x)}))
    maps2 = "affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i, j)>"
    half = x.astype(np.float16)
    body = "    %e = arith.extf %a : f16 to f32\n    %s = arith.addf %e, %e : f32\n    %r = arith.truncf %s : f32 to f16\n    linalg.yield %r : f16"
    cases.append(Case("half", {"x": half, "z": np.zeros_like(half)}, pointwise("%x", "$x", "z", maps2, 2, body, "%a: f16, %o: f16"), {"z": half + half},
                      dynamic={"x": (1,), "z": (1,)}))
    brain = (x.view(np.uint32) >> 16).astype(np.uint16)
    body = body.replace("f16", "bf16")
    doubled = ((brain.astype(np.uint32) << 16).view(np.float32) * 2).view(np.uint32) >> 16
    cases.append(Case("brain", {"x": brain, "z": np.zeros_like(brain)}, pointwise("%x", "$x", "z", maps2, 2, body, "%a: bf16, %o: bf16"),
                      {"z": doubled.astype(np.uint16)}, elements={"x": "bf16", "z": "bf16"}))
    integers = RNG.integers(-128, 128, (5, 37), dtype=np.int8)
    body = "    %e = arith.sitofp %a : i8 to f64\n    %r = arith.addf %e, %e : f64\n    linalg.yield %r : f64"
    cases.append(Case("bytes_to_double", {"x": integers, "z": np.zeros((5, 37))}, pointwise("%x", "$x", "z", maps2, 2, body, "%a: i8, %o: f64"), {"z": integers * 2.0}))
    wild = np.array([[0.5, -0.5, 1e30, -1e30, np.nan, np.inf, -np.inf, 127.9, -128.9, 300, 5, -7, 2147483520, 2147483648, -2147483648, 0, 1]], np.float32)
    saturated = np.clip(np.nan_to_num(np.trunc(wild.astype(np.float64)), nan=0, posinf=2**31 - 1, neginf=-2**31), -2**31, 2**31 - 1).astype(np.int32)
    body = "    %r = arith.fptosi %a : f32 to i32\n    linalg.yield %r : i32"
    cases.append(Case("saturate", {"x": wild, "z": np.zeros(wild.shape, np.int32)}, pointwise("%x", "$x", "z", maps2, 2, body, "%a: f32, %o: i32"), {"z": saturated}))
    return cases


def several_cases() -> list[Case]:
    """Several results, and reductions that are no associative operation."""
    x = reals(9, 70)
    text = """
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : $x) outs(%m, %k : $m, $k) {
    ^bb0(%a: f32, %best: f32, %at: i64):
      %j = linalg.index 1 : index
      %n = arith.index_cast %j : index to i64
      %more = arith.cmpf ogt, %a, %best : f32
      %r = arith.select %more, %a, %best : f32
      %s = arith.select %more, %n, %at : i64
      linalg.yield %r, %s : f32, i64
    }"""
    cases = [Case("argmax_rows", {"x": x, "m": np.full(9, -np.inf, np.float32), "k": np.zeros(9, np.int64)}, text, {"m": x.max(1), "k": x.argmax(1)})]
    text = text.replace("-> (i)>", "-> (j)>").replace('"parallel", "reduction"', '"reduction", "parallel"').replace("linalg.index 1", "linalg.index 0")
    cases.append(Case("argmax_columns", {"x": x, "m": np.full(70, -np.inf, np.float32), "k": np.zeros(70, np.int64)}, text, {"m": x.max(0), "k": x.argmax(0)}))
    text = """
    linalg.generic {indexing_maps = [affine_map<(i, j) -> (i, j)>, affine_map<(i, j) -> (i)>, affine_map<(i, j) -> (i)>], iterator_types = ["parallel", "reduction"]}
      ins(%x : $x) outs(%s, %q : $s, $q) {
    ^bb0(%a: f32, %sum: f32, %squares: f32):
      %r = arith.addf %sum, %a : f32
      %t = math.fma %a, %a, %squares : f32
      linalg.yield %r, %t : f32, f32
    }"""
    wide = x.astype(np.float64)
    cases.append(Case("moments", {"x": x, "s": np.zeros(9, np.float32), "q": np.zeros(9, np.float32)}, text, {"s": wide.sum(1), "q": (wide**2).sum(1)}, 1e-5))
    a, b = reals(7, 30), reals(30, 21)
    cases.append(Case("matmul", {"a": a, "b": b, "c": np.zeros((7, 21), np.float32)}, "linalg.matmul ins(%a, %b : $a, $b) outs(%c : $c)", {"c": a.astype(np.float64) @ b}, 1e-5))
    return cases


def all_cases() -> list[Case]:
    """Every case of this file."""
    return relu_cases() + broadcast_cases() + reduction_cases() + window_cases() + movement_cases() + index_cases() + type_cases() + several_cases()


if __name__ == "__main__":
    sys.exit(main(all_cases))
