"""A full disk: motionc ends with code 1, says so, and leaves nothing half-written. Needs the right to mount in a namespace of its own, and onnx.

Environment: MOTIONC is the compiler.
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MOUNT = ["unshare", "--mount", "--map-root-user", "sh", "-c"]
BYTES = 65536


def can_mount() -> bool:
    """Whether a small file system may be mounted."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return subprocess.run([*MOUNT, "mount -t tmpfs none \"$0\"", folder], capture_output=True).returncode == 0
        except FileNotFoundError:
            return False


@unittest.skipUnless("MOTIONC" in os.environ, "MOTIONC is not set")
@unittest.skipUnless(can_mount(), "no right to mount")
class FullDiskTest(unittest.TestCase):
    """Every kind of output is larger than the disk."""

    def test_nothing_is_left(self) -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            subprocess.run([sys.executable, "-B", ROOT / "test/Models/generate.py", folder, "deephase"], check=True, capture_output=True)
            (folder / "disk").mkdir()
            for suffix in ("so", "a", "o", "s", "ll", "mlir"):
                with self.subTest(suffix):
                    script = f"mount -t tmpfs -o size={BYTES} none disk && \"$0\" deephase.onnx -o disk/x.{suffix}; echo $?; ls disk"
                    done = subprocess.run([*MOUNT, script, os.environ["MOTIONC"]], cwd=folder, capture_output=True, text=True, timeout=60)
                    self.assertEqual(done.stdout, "1\n", done.stderr)
                    self.assertRegex(done.stderr, rf"error: .*cannot write '?disk/x.{suffix}'?: No space left on device")


if __name__ == "__main__":
    unittest.main()
