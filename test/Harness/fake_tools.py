"""Stand-ins for motionc and the package `motion`, so that the test programs themselves can be tested.

Enters: a folder. Leaves: FOLDER/motionc, a script that "compiles" by copying the model, and FOLDER/motion, a package that evaluates
the copy with `onnx.reference`. The variable FAKE_FAULTS, "KIND=REGEX ...", makes the stand-ins misbehave on models whose graph name
matches: refuse, mute (exit 1, no message), usage (exit 2), crash, hang, empty (exit 0, no library), litter (refuses and leaves a file),
wrong (values off by 1e-3), type, shape, count, run_crash, run_hang, raise.
"""

from __future__ import annotations

import sys
from pathlib import Path

FAULTS = '''
def faults(name):
    """The kinds of fault that FAKE_FAULTS asks for on a graph of this name."""
    pairs = (item.split("=", 1) for item in os.environ.get("FAKE_FAULTS", "").split())
    return {kind for kind, pattern in pairs if re.search(pattern, name)}
'''

COMPILER = f'''#!{sys.executable}
import os, re, shutil, signal, sys, time
import onnx
{FAULTS}
model, output = sys.argv[1], sys.argv[sys.argv.index("-o") + 1]
try:
    proto = onnx.load(model)
    onnx.checker.check_model(proto)
except Exception as error:
    sys.exit(f"error: {{error}}")
wanted = faults(proto.graph.name)
if "crash" in wanted:
    os.kill(os.getpid(), signal.SIGSEGV)
if "hang" in wanted:
    time.sleep(1000)
if "usage" in wanted:
    sys.exit(2)
if "mute" in wanted:
    sys.exit(1)
if "refuse" in wanted:
    sys.exit("error: refused as asked")
if "empty" not in wanted:
    shutil.copy(model, output)
if "litter" in wanted:
    sys.exit("error: refused as asked")
'''

PACKAGE = f'''
import os, re, signal, time
import numpy as np
import onnx
from onnx.reference import ReferenceEvaluator
{FAULTS}
class Model:
    def __init__(self, path, threads):
        self.proto = onnx.load(path)
        self.threads = threads
        self.evaluator = ReferenceEvaluator(self.proto)

    def run(self, inputs):
        wanted = faults(self.proto.graph.name)
        if "run_crash" in wanted:
            os.kill(os.getpid(), signal.SIGSEGV)
        if "run_hang" in wanted:
            time.sleep(1000)
        if "raise" in wanted:
            raise RuntimeError("MOTION_E_DIM")
        outputs = self.evaluator.run(None, inputs)
        if "wrong" in wanted or "bits" in wanted and self.threads == 5:
            outputs = [value * type(value.flat[0])(1.01) if value.dtype.kind == "f" else value for value in outputs]
        if "type" in wanted:
            outputs = [value.astype(np.float64) for value in outputs]
        if "shape" in wanted:
            outputs = [np.expand_dims(value, 0) for value in outputs]
        names = [value.name for value in self.proto.graph.output]
        if "count" in wanted:
            names = names[:-1]
        return dict(zip(names, outputs))


def load(path, *, threads=1):
    return Model(path, threads)
'''


def install(folder: Path) -> list[str]:
    """Writes both into `folder`; returns the arguments that point a test program at them."""
    compiler = folder / "motionc"
    compiler.write_text(COMPILER, encoding="utf-8")
    compiler.chmod(0o755)
    (folder / "motion").mkdir()
    (folder / "motion" / "__init__.py").write_text(PACKAGE, encoding="utf-8")
    return ["--motionc", str(compiler), "--python-package", str(folder)]
