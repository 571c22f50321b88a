"""motion-run on hand-written libraries: what it prints, its exit codes, its refusals. Needs numpy.

Environment: MOTION_RUN, MOTION_TINY and MOTION_TINY_SHAPES are the paths of the program and of the libraries."""

import json
import os
import random
import struct
import subprocess
import tempfile
import unittest
from pathlib import Path

import numpy as np

RUN, TINY, SHAPES = (os.environ[name] for name in ("MOTION_RUN", "MOTION_TINY", "MOTION_TINY_SHAPES"))
MAGIC = b"\x7fMOTION\0"


class MotionRunTest(unittest.TestCase):
    """Every test works in a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_tool(self, *arguments: object, code: int = 0) -> subprocess.CompletedProcess:
        """Runs motion-run and checks its exit code; errors must be one line that starts with the program's name."""
        done = subprocess.run([RUN, *map(str, arguments)], capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, code, f"{arguments}: {done.stdout}{done.stderr}")
        if code in (1, 2):
            self.assertRegex(done.stderr, r"\Amotion-run: error: [^\n]+\n\Z")
        return done

    def save(self, name: str, compressed: bool = False, **arrays: np.ndarray) -> Path:
        path = self.folder / name
        (np.savez_compressed if compressed else np.savez)(path, **arrays)
        return path

    def damaged(self, offset: int, content: bytes, source: str = TINY) -> Path:
        """A copy of the library with bytes of its description replaced, `offset` counted from the magic."""
        data = bytearray(Path(source).read_bytes())
        start = data.index(MAGIC) + offset
        data[start : start + len(content)] = content
        path = self.folder / "damaged.so"
        path.write_bytes(data)
        return path

    def test_runs_and_writes_outputs(self) -> None:
        x = np.arange(12, dtype=np.float32).reshape(3, 4)
        for compressed in (False, True):
            inputs = self.save("in.npz", compressed, **{"x:0": x})
            out = self.folder / "out.npz"
            done = self.run_tool(TINY, "--inputs", inputs, f"--outputs={out}")
            self.assertIn('output "y/out": dtype <f4, shape [3, 4]', done.stdout)
            with np.load(out) as arrays:
                self.assertEqual(arrays.files, ["y/out"])
                np.testing.assert_array_equal(arrays["y/out"], 2 * x + 1)
        self.assertEqual([path.name for path in self.folder.glob("out*")], ["out.npz"])

    def test_other_layouts_of_npy(self) -> None:
        x = np.asfortranarray(np.arange(12, dtype=">f4").reshape(3, 4))
        expect = self.save("ref.npz", **{"y/out": (2 * x + 1).astype(np.float64)})
        self.run_tool(TINY, "--inputs", self.save("in.npz", **{"x:0": x}), "--expect", expect)

    def test_expect(self) -> None:
        x = np.ones((2, 4), np.float32)
        inputs = self.save("in.npz", **{"x:0": x})
        wrong = np.full((2, 4), 3, np.float32)
        wrong[1, 2] = 3.5
        wrong[1, 3] = np.nan
        reference = self.save("ref.npz", **{"y/out": wrong})
        done = self.run_tool(TINY, "--inputs", inputs, "--expect", reference, code=3)
        self.assertIn('output "y/out" [1, 2]: expected 3.5, found 3; 2 of 8 values differ, at most by inf at [1, 3]', done.stderr)
        wrong[1, 3] = 3
        reference = self.save("ref.npz", **{"y/out": wrong})
        self.run_tool(TINY, "--inputs", inputs, "--expect", reference, "--atol", 0.5)
        self.run_tool(TINY, "--inputs", inputs, "--expect", reference, "--rtol", 0.1, code=3)
        shape = self.save("ref.npz", **{"y/out": wrong[:1]})
        self.assertIn("expected shape [1, 4], found [2, 4]", self.run_tool(TINY, "--inputs", inputs, "--expect", shape, code=3).stderr)
        other = self.save("ref.npz", other=wrong)
        self.assertIn('"other"', self.run_tool(TINY, "--inputs", inputs, "--expect", other, code=3).stderr)
        self.run_tool(TINY, "--inputs", inputs, "--expect", self.save("ref.npz"), code=3)

    def test_random_inputs_follow_the_seed(self) -> None:
        def outputs(*arguments: object) -> np.ndarray:
            out = self.folder / "out.npz"
            self.run_tool(TINY, "--outputs", out, *arguments)
            with np.load(out) as arrays:
                return arrays["y/out"]

        self.assertEqual(outputs().shape, (1, 4))
        first = outputs("--dim", "batch=64")
        self.assertEqual(first.shape, (64, 4))
        self.assertTrue((np.abs(first - 1) <= 2).all() and first.std() > 0.5)
        np.testing.assert_array_equal(first, outputs("--dim=batch=64"))
        self.assertFalse((first == outputs("--dim", "batch=64", "--seed", 1)).any())

    def test_every_class_of_shape(self) -> None:
        x = np.array([[1, -2, 3, -4], [5, 6, -7, 0]], np.float32)
        inputs = self.save("in.npz", x=x, repeats=np.array([3]))
        tiled = np.tile(x + x.sum(0), (3, 1))
        reference = self.save("ref.npz", tiled=tiled, positive=x[x > 0])
        for threads in (1, 2, 3, 5, 8):
            self.run_tool(SHAPES, "--inputs", inputs, "--expect", reference, "--threads", threads)
        empty = self.save("in.npz", x=-np.abs(x) - 1, repeats=np.array([0]))
        done = self.run_tool(SHAPES, "--inputs", empty)
        self.assertIn("shape [0, 4]", done.stdout)
        self.assertIn("shape [0]\n", done.stdout)
        self.assertIn("must be given", self.run_tool(SHAPES, code=1).stderr)
        bad = self.save("in.npz", x=x, repeats=np.array([9]))
        self.assertIn('plan: input "repeats" has a value', self.run_tool(SHAPES, "--inputs", bad, code=1).stderr)

    def test_wrong_inputs(self) -> None:
        cases = {
            "expected dtype": {"x:0": np.ones((2, 4))},
            "found shape [2, 5]": {"x:0": np.ones((2, 5), np.float32)},
            "found shape [4]": {"x:0": np.ones(4, np.float32)},
            "expected 1 .. 1024, found 0": {"x:0": np.ones((0, 4), np.float32)},
            'no input "z"': {"z": np.ones(4, np.float32)},
        }
        for message, arrays in cases.items():
            self.assertIn(message, self.run_tool(TINY, "--inputs", self.save("in.npz", **arrays), code=1).stderr)
        inputs = self.save("in.npz", **{"x:0": np.ones((2, 4), np.float32)})
        self.run_tool(TINY, "--inputs", inputs, "--dim", "batch=2")
        self.assertIn("is 3 from the caller but 2 from input", self.run_tool(TINY, "--inputs", inputs, "--dim", "batch=3", code=1).stderr)

    def test_wrong_usage(self) -> None:
        for arguments in ([], [TINY, TINY], [TINY, "--what"], [TINY, "--dim", "batch"], [TINY, "--dim", "batch=x"], [TINY, "--dim=batch=0"],
                          [TINY, "--dim=rows=1"], [TINY, "--inputs"], [TINY, "--json"], [TINY, "--rtol=1"], [TINY, "--threads=0"],
                          [TINY, "--expect=x", "--rtol=-1"], [TINY, "--expect=x", "--atol=nan"], [TINY, "--model=other"], [TINY, "--seed=-1"],
                          ["--helpp"], [TINY, "--describe", "--bench"], [TINY, "--describe", "--outputs=x"]):
            self.run_tool(*arguments, code=2)
        self.assertIn("--expect", self.run_tool("--help").stdout)

    def test_bench(self) -> None:
        done = self.run_tool(TINY, "--bench", "--json", "--dim", "batch=2")
        timing = json.loads(done.stdout)
        self.assertEqual(timing["dims"], {"batch": 2})
        self.assertLessEqual(timing["min_ns"], timing["median_ns"])
        self.assertLessEqual(timing["median_ns"], timing["p99_ns"])
        self.assertLess(0, timing["min_ns"])

    def test_describe(self) -> None:
        text = self.run_tool(TINY, "--describe").stdout
        for line in ('input "x:0" (x_0): float [batch, 4], at most 16384 bytes', 'dimension "batch" (batch): free, 1 .. 1024',
                     'metadata "author" = "Müller \\"und\\" Sohn"', 'kernel 0 "scale": 2 nodes'):
            self.assertIn(line, text)
        self.assertNotRegex(text, r"\b0 (flops|bytes)", "0 means unknown, or none")
        text = self.run_tool(SHAPES, "--describe").stdout
        self.assertIn('dimension "rows" (rows): derived, 0 .. 512, batch * repeats[0]', text)
        self.assertIn('state "h_in" from "h_out"', text)

    def test_damaged_descriptions(self) -> None:
        cases = {
            "no description": (0, b"X"),
            "version 1 of the binary interface, found 2": (8, struct.pack("<H", 2)),
            "big-endian": (8, struct.pack("<H", 256)),
            "sizes": (12, struct.pack("<I", 100)),
            "ends inside": (16, struct.pack("<I", 1 << 30)),
            "requires abilities": (20, struct.pack("<I", 128)),
            "no C identifier": (68, struct.pack("<I", 0)),
            "string is outside": (72, struct.pack("<I", 0xFFFFFFFF)),
            "table of inputs": (92, struct.pack("<III", 216, 0xFFFFFFFF, 0xFFFFFFFF)),
            "table of dims": (128, struct.pack("<III", 216, 1, 4)),
        }
        for message, (offset, content) in cases.items():
            for option in ("--describe", "--bench"):
                self.assertIn(message, self.run_tool(self.damaged(offset, content), option, code=1).stderr)
        self.assertIn("weights", self.run_tool(self.damaged(20, struct.pack("<I", 1)), code=1).stderr)
        self.run_tool(self.damaged(20, struct.pack("<I", 1)), "--describe")

    def test_damaged_files(self) -> None:
        whole = Path(TINY).read_bytes()
        cut = self.folder / "cut.so"
        for size in sorted(random.Random(1).sample(range(len(whole)), 60)):
            cut.write_bytes(whole[:size])
            done = subprocess.run([RUN, cut], capture_output=True, text=True, timeout=60)
            self.assertIn(done.returncode, (0, 1), f"{size}: {done.stderr}")
            self.assertTrue(done.returncode == 0 or done.stderr.startswith("motion-run: error: "), done.stderr)
        cut.write_bytes(b"")
        self.run_tool(cut, code=1)
        self.run_tool(self.folder / "missing.so", code=1)
        self.run_tool(self.folder, code=1)
        self.run_tool("/dev/zero", code=1)

    def test_random_bytes_in_descriptions(self) -> None:
        generator = random.Random(2)
        start = Path(SHAPES).read_bytes().index(MAGIC)
        size = struct.unpack_from("<I", Path(SHAPES).read_bytes(), start + 16)[0]
        for _ in range(200):
            path = self.damaged(generator.randrange(8, size), bytes([generator.randrange(256)]), SHAPES)
            done = subprocess.run([RUN, path, "--describe"], capture_output=True, timeout=60)
            self.assertIn(done.returncode, (0, 1), done.stderr)

    def test_damaged_npz(self) -> None:
        whole = self.save("in.npz", compressed=True, **{"x:0": np.ones((2, 4), np.float32)}).read_bytes()
        path = self.folder / "cut.npz"
        for size in range(0, len(whole), 7):
            path.write_bytes(whole[:size])
            self.run_tool(TINY, "--inputs", path, code=1)
        generator = random.Random(3)
        for _ in range(200):
            data = bytearray(whole)
            data[generator.randrange(len(data))] ^= 1 << generator.randrange(8)
            path.write_bytes(data)
            done = subprocess.run([RUN, TINY, "--inputs", path], capture_output=True, timeout=60)
            self.assertIn(done.returncode, (0, 1), done.stderr)


if __name__ == "__main__":
    unittest.main()
