"""Compiles textual IR with the lower stage and runs it on NumPy arrays.

A case is the body of one function: every array becomes a memref argument (static shape, or symbolic where the case says so), the body
reads and writes them under their names. The harness returns the arrays after the call, for comparison with a reference.
"""
from __future__ import annotations

import ctypes
import dataclasses
import pathlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Sequence

import numpy as np

ELEMENTS = {"f4": "f32", "f8": "f64", "f2": "f16", "b1": "i1", "i1": "i8", "i2": "i16", "i4": "i32", "i8": "i64",
            "u1": "i8", "u2": "i16", "u4": "i32", "u8": "i64"}


@dataclasses.dataclass
class Case:
    """One function: `arrays` by name, `body` in MLIR, `expected` arrays by name. `dynamic`: axes with symbolic size, per array."""
    name: str
    arrays: dict[str, np.ndarray]
    body: str
    expected: dict[str, np.ndarray]
    tolerance: float = 0.0
    dynamic: dict[str, Sequence[int]] = dataclasses.field(default_factory=dict)
    elements: dict[str, str] = dataclasses.field(default_factory=dict)
    maps: str = ""

    def element(self, name: str) -> str:
        """The MLIR element type of array `name`."""
        return self.elements.get(name) or ELEMENTS[self.arrays[name].dtype.str[1:]]

    def type(self, name: str) -> str:
        """The memref type of array `name`."""
        dynamic = self.dynamic.get(name, ())
        sizes = ["?" if i in dynamic else str(n) for i, n in enumerate(self.arrays[name].shape)]
        return f"memref<{'x'.join([*sizes, self.element(name)])}>"

    def function(self) -> str:
        """The whole function in MLIR: pointers, one index per distinct symbolic size, then the body."""
        sizes = sorted({self.arrays[n].shape[i] for n, axes in self.dynamic.items() for i in axes})
        arguments = [f"%{n}_p: memref<{self.element(n)}> {{llvm.noalias}}" if self.dynamic.get(n) else f"%{n}: {self.type(n)} {{llvm.noalias}}"
                     for n in self.arrays] + [f"%d{size}: index" for size in sizes]
        lines = [f"func.func @{self.name}({', '.join(arguments)}) {{"]
        for name, axes in self.dynamic.items():
            if not axes:
                continue
            shape = self.arrays[name].shape
            size = [f"%d{n}" if i in axes else str(n) for i, n in enumerate(shape)]
            strides, product = [], "1"
            for i in reversed(range(len(shape))):
                strides.insert(0, product)
                if i in axes or product.startswith("%"):
                    factor = size[i] if i in axes else f"%{name}_c{i}"
                    if i not in axes:
                        lines.append(f"  {factor} = arith.constant {shape[i]} : index")
                    if not product.startswith("%"):
                        lines.append(f"  %{name}_k{i} = arith.constant {product} : index")
                        product = f"%{name}_k{i}"
                    lines.append(f"  %{name}_s{i} = arith.muli {factor}, {product} : index")
                    product = f"%{name}_s{i}"
                else:
                    product = str(int(product) * shape[i])
            layout = ", ".join("?" if s.startswith("%") else s for s in strides)
            strided = self.type(name).replace(">", f", strided<[{layout}]>>")
            lines.append(f"  %{name}_r = memref.reinterpret_cast %{name}_p to offset: [0], sizes: [{', '.join(size)}], "
                         f"strides: [{', '.join(strides)}] : memref<{self.element(name)}> to {strided}")
            lines.append(f"  %{name} = memref.cast %{name}_r : {strided} to {self.type(name)}")
        body = re.sub(r"\$(\w+)", lambda match: self.type(match.group(1)), self.body)
        return "\n".join([*lines, body, "  return", "}"])


def tool(name: str) -> str:
    """Path of an LLVM or project tool; an error that names it when it is missing."""
    path = shutil.which(name)
    if path is None:
        raise FileNotFoundError(f"{name} is not in PATH")
    return path


def compile_module(text: str, folder: pathlib.Path, vector_bits: int, prepare: Sequence[str] = ()) -> ctypes.CDLL:
    """Lowers `text` and links a shared library that may have no undefined symbols, optimised as the product is."""
    source, llvm, library = folder / "m.mlir", folder / "m.ll", folder / f"m{vector_bits}.so"
    source.write_text(text)
    lowered = subprocess.run([tool("motionc-opt"), *prepare, f"--pass-pipeline=builtin.module(motion-lower{{vector-bits={vector_bits}}})", str(source)],
                             check=True, capture_output=True, text=True).stdout
    llvm.write_text(subprocess.run([tool("mlir-translate"), "--mlir-to-llvmir"], input=lowered, check=True, capture_output=True, text=True).stdout)
    optimised, assembly = folder / "opt.bc", folder / "m.o"
    level = "x86-64-v4" if vector_bits == 512 else "x86-64-v3"
    subprocess.run([tool("opt"), "-passes=function(sroa,early-cse<memssa>,loop-mssa(loop-rotate,licm),gvn,instsimplify,simplifycfg)",
                    str(llvm), "-o", str(optimised)], check=True)
    subprocess.run([tool("llc"), "-O2", f"-mcpu={level}", "--relocation-model=pic", "--filetype=obj",
                    str(optimised), "-o", str(assembly)], check=True)
    subprocess.run([tool("ld.lld"), "-shared", "--no-undefined", str(assembly), "-o", str(library)], check=True)
    return ctypes.CDLL(str(library))


def call(library: ctypes.CDLL, case: Case) -> dict[str, np.ndarray]:
    """Runs the case on copies of its arrays, each between guard bytes that must stay."""
    pointers, copies, guards = [], {}, []
    for name, array in case.arrays.items():
        raw = np.full(array.nbytes + 256, 0x5A, dtype=np.uint8)
        view = raw[128:128 + array.nbytes]
        view[:] = np.ascontiguousarray(array).reshape(-1).view(np.uint8)
        copies[name] = view.view(array.dtype).reshape(array.shape)
        guards.append((name, raw, array.nbytes))
        pointers.append(ctypes.c_void_p(view.ctypes.data))
    sizes = sorted({case.arrays[n].shape[i] for n, axes in case.dynamic.items() for i in axes})
    getattr(library, case.name)(*pointers, *(ctypes.c_int64(size) for size in sizes))
    for name, raw, count in guards:
        assert (raw[:128] == 0x5A).all() and (raw[128 + count:] == 0x5A).all(), f"{case.name}: written outside of {name}"
    return copies


def compare(case: Case, results: dict[str, np.ndarray]) -> str | None:
    """A line that says what differs, or None."""
    for name, expected in case.expected.items():
        found = results[name]
        if case.tolerance == 0.0:
            same = np.array_equal(found, expected, equal_nan=found.dtype.kind == "f")
            worst = "values"
        else:
            scale = max(1e-30, float(np.nanmax(np.abs(expected.astype(np.float64)))))
            error = np.abs(found.astype(np.float64) - expected.astype(np.float64)) / scale
            same = bool((np.isnan(found) == np.isnan(expected)).all() and np.nanmax(error, initial=0.0) <= case.tolerance)
            worst = f"error {np.nanmax(error, initial=0.0):.3g}"
        if not same:
            return f"{case.name}: {name} differs ({worst})"
    return None


def run_cases(cases: Sequence[Case], vector_bits: int, prepare: Sequence[str] = ()) -> list[str]:
    """Compiles all cases as one module, runs each; returns the lines of those that differ."""
    maps = "\n".join(dict.fromkeys(case.maps for case in cases if case.maps))
    with tempfile.TemporaryDirectory() as folder:
        library = compile_module(maps + "\n" + "\n".join(case.function() for case in cases), pathlib.Path(folder), vector_bits, prepare)
        return [line for case in cases if (line := compare(case, call(library, case)))]


def main(cases: Callable[[], Sequence[Case]]) -> int:
    """Runs the cases for both vector widths; the exit code says whether all agree."""
    failures: list[str] = []
    levels = [256, 512] if "avx512vl" in pathlib.Path("/proc/cpuinfo").read_text() else [256]
    for bits in levels:
        failures += [f"{bits} bits: {line}" for line in run_cases(cases(), bits)]
    print("\n".join(failures) or f"{len(cases())} cases agree at {levels} bits")
    return 1 if failures else 0
