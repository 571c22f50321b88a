"""The README's transcript is what happens: its files are written, its commands run, and what they print is compared.

Fenced blocks marked `c` whose first comment names a file (/* build/demo/main.c: ... */) are files. Blocks marked `console` hold commands behind
"$ " and what they print; numbers may differ in the last digits, times in any. All commands run in one shell, which starts in a folder that looks
like the repository after a build. Environment: MOTIONC is the compiler, MOTION_VENV the Python environment.
"""

import os
import re
import subprocess
import tempfile
import unittest
from collections.abc import Iterator
from pathlib import Path

import readme

ROOT = readme.README.parent
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e[-+]?\d+)?")
TIME = re.compile(r"\d (?:ns|ms|microseconds)\b")


def blocks(text: str, language: str) -> list[str]:
    """The contents of the fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def commands(block: str) -> Iterator[tuple[str, str]]:
    """(command, what it prints); a command goes on in the next line after a backslash."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        match = re.match(r"((?:.*\\\n)*.*)\n", part)
        yield match.group(1), part[match.end():]


def same(expected: str, found: str) -> bool:
    """Equal texts, but for the last digits of numbers and for lines with times."""
    lines = [text.strip("\n").split("\n") for text in (expected, found)]
    if len(lines[0]) != len(lines[1]):
        return False
    for one, other in zip(*lines):
        if NUMBER.sub("0", one) != NUMBER.sub("0", other):
            return False
        pairs = zip(NUMBER.findall(one), NUMBER.findall(other))
        if not TIME.search(one) and any(abs(float(a) - float(b)) > 1e-3 * max(abs(float(a)), 1e-3) for a, b in pairs):
            return False
    return True


def run_all(lines: list[str], folder: Path) -> list[tuple[int, str]]:
    """(exit code, output) of each command, run one after the other in one shell."""
    mark = "--- end of command"
    script = "".join(f"{line}\necho \"{mark} $?\"\n" for line in lines)
    done = subprocess.run(["sh", "-c", script], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    return [(int(code), output) for output, code in re.findall(rf"(.*?){mark} (\d+)\n", done.stdout, re.DOTALL)]


class ParserTest(unittest.TestCase):
    """The transcript is read as it is meant."""

    def test_commands(self) -> None:
        text = "x\n```console\n$ one \\\n    more\n$ two\nprints\nmuch\n```\n```c\nint x;\n```\n"
        self.assertEqual(list(commands(blocks(text, "console")[0])), [("one \\\n    more", ""), ("two", "prints\nmuch\n")])
        self.assertEqual(blocks(text, "c"), ["int x;\n"])

    def test_same(self) -> None:
        self.assertTrue(same("phase 0.51231 -2e-05\n", "phase 0.51230 -2.0001e-05\n"))
        self.assertFalse(same("phase 0.5123\n", "phase 0.5223\n"))
        self.assertFalse(same("phase 0.5\n", "phases 0.5\n"))
        self.assertFalse(same("phase 0.5\n", "phase 0.5\nphase 0.5\n"))
        self.assertTrue(same("took 3 microseconds\n", "took 9 microseconds\n"))

    def test_one_shell(self) -> None:
        self.assertEqual(run_all(["x=3", "echo $x", "false"], Path(".")), [(0, ""), (0, "3\n"), (1, "")])


@unittest.skipUnless("MOTIONC" in os.environ, "MOTIONC is not set")
class TranscriptTest(unittest.TestCase):
    """Every command of the README's transcript."""

    def test_transcript(self) -> None:
        text = readme.section(readme.README.read_text(encoding="utf-8"), "transcript")
        wanted = [pair for block in blocks(text, "console") for pair in commands(block)]
        self.assertGreater(len(wanted), 2)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            (folder / "build").mkdir()
            (folder / "build/bin").symlink_to(Path(os.environ["MOTIONC"]).parent)
            (folder / "build/venv").symlink_to(os.environ["MOTION_VENV"])
            for part in ("test", "runtime", "examples"):
                (folder / part).symlink_to(ROOT / part)
            for source in blocks(text, "c"):
                path = folder / re.match(r"/\* (\S+):", source).group(1)
                path.parent.mkdir(exist_ok=True)
                path.write_text(source, encoding="utf-8")
            found = run_all([command for command, _ in wanted], folder)
        self.assertEqual(len(found), len(wanted), found)
        for (command, expected), (code, output) in zip(wanted, found):
            self.assertEqual(code, 0, f"{command}\n{output}")
            self.assertTrue(same(expected, output), f"{command}\nexpected\n{expected}\nfound\n{output}")


if __name__ == "__main__":
    unittest.main()
