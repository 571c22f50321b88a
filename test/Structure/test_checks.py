"""Every check of checks.py reports a violation planted in a small tree, and accepts the tree without it."""

import tempfile
import unittest
from collections import Counter
from pathlib import Path

import checks
import operators_table
import readme

CLEAN = {
    "README.md": "Options: `--cpu`, `--inputs`. See [the stages](compiler/README.md).\n```cpp\nint size();\n```\n",
    "Makefile": "all:\n\ttrue\n",
    "compiler/README.md": "Stages.\n",
    "compiler/Fuse/Passes.td": '// Passes.\ndef MergePadsPass : Pass<"motion-merge-pads"> {}\n',
    "compiler/Fuse/MergePads.cpp": '// Merges.\n#include "compiler/Fuse/Pads.h"\n#include "compiler/Weights/Store.h"\n#include "dialects/Kernel/K.h"\n',
    "compiler/Fuse/Pads.h": "// Pads.\n#ifndef PADS_H\nnamespace motion {\nclass Later;\n/// A pad.\nstruct Pad {\n  int size();\n};\n"
                            "/// Adds.\ntemplate <typename T>\nT add(T x);\nvoid more(int x);\n} // namespace motion\n#endif\n",
    "compiler/Pipelines/All.cpp": '// All.\n#include "compiler/Fuse/Pads.h"\n',
    "compiler/Driver/Main.cpp": '// Main.\ncl::opt<std::string> cpu{"cpu", cl::desc("processor")};\n',
    "compiler/Driver/MotionRun/Options.cpp": '// Options.\n{"--inputs", handler}\n',
    "dialects/Onnx/Onnx.cpp": '// The dialect.\n#include "dialects/Onnx/OnnxOps.h"\n',
    "runtime/loader/File.h": "// A file.\n",
    "test/Fuse/merge-pads.mlir": "// RUN: motionc-opt %s --motion-merge-pads | FileCheck %s\n",
    "test/run.py": '#!/usr/bin/env python3\n"""Runs."""\n',
}

# check, file to write, its contents, part of the expected message
VIOLATIONS = [
    (checks.check_includes, "dialects/Onnx/Bad.cpp", '// Bad.\n#include "compiler/Fuse/Pads.h"\n', "below compiler/"),
    (checks.check_includes, "runtime/loader/Bad.cpp", '// Bad.\n#include "compiler/Fuse/Pads.h"\n', "below compiler/"),
    (checks.check_includes, "compiler/Tile/Bad.cpp", '// Bad.\n#include "compiler/Fuse/Pads.h"\n', "no other stage"),
    (checks.check_includes, "compiler/Weights/Bad.cpp", '// Bad.\n#include "compiler/Fuse/Pads.h"\n', "no other stage"),
    (checks.check_includes, "compiler/Fuse/Bad.cpp", '// Bad.\n#include "dialects/Onnx/OnnxOps.h"\n', "name operators"),
    (checks.check_includes, "compiler/Fuse/Bad.cpp", '// Bad.\n#include "../Fuse/Pads.h"\n', "repository root"),
    (checks.check_sizes, "compiler/Fuse/Long.cpp", "// Long.\n" * 601, "601 lines"),
    (checks.check_function_lengths, "compiler/Fuse/Bad.cpp", "// Bad.\nstatic int f(int x,\n             int y) {\n" + "  ++x;\n" * 58 + "}\n", "61 lines"),
    (checks.check_function_lengths, "compiler/Fuse/Bad.h", "// Bad.\nclass C {\n  void f() const {\n" + "    g();\n" * 59 + "  }\n};\n", ":3:"),
    (checks.check_function_lengths, "test/bad.py", '"""Bad."""\ndef f():\n' + "    g()\n" * 60, "61 lines"),
    (checks.check_first_lines, "compiler/Fuse/Bad.cpp", "#include <vector>\n", "no comment"),
    (checks.check_first_lines, "test/bad.py", "import sys\n", "no comment"),
    (checks.check_first_lines, "compiler/Fuse/Bad.td", "#ifndef BAD\n", "no comment"),
    (checks.check_whitespace, "compiler/Fuse/Bad.cpp", "// Bad.\n\tint x;\n", ":2: tab"),
    (checks.check_whitespace, "test/bad.mlir", "// Bad. \n", ":1: blank"),
    (checks.check_whitespace, "README.md", "--cpu --inputs", "one line end"),
    (checks.check_words, "compiler/Fuse/Bad.cpp", "// See /ho" "me/someone/notes.\n", "/ho" "me/"),
    (checks.check_words, "bootstrap", "# TO" "DO later\n", "TO" "DO"),
    (checks.check_passes_tested, "test/Fuse/merge-pads.mlir", "// RUN: motionc-opt %s --motion-merge-pads-twice\n", "--motion-merge-pads"),
    (checks.check_passes_tested, "test/Fuse/merge-pads.mlir", "// motionc-opt %s --motion-merge-pads\n", "--motion-merge-pads"),
    (checks.check_pass_names, "compiler/Fuse/Passes.td", '// P.\ndef MergePadsPass : Pass<"motion-pads"> {}\n', "expected motion-merge-pads"),
    (checks.check_pass_names, "compiler/Fuse/Passes.td", '// P.\ndef MergePads : Pass<"motion-merge-pads"> {}\n', "does not end in Pass"),
    (checks.check_pass_names, "compiler/Fuse/Passes.td", '// P.\ndef DropPadsPass : Pass<"motion-drop-pads"> {}\n', "in DropPads.cpp"),
    (checks.check_options_documented, "compiler/Driver/Main.cpp", '// Main.\ncl::list<std::string> d{"dim", cl::desc("x")};\n', "mention -dim"),
    (checks.check_options_documented, "compiler/Driver/MotionRun/Options.cpp", '// O.\n{"--bench", &x}\n', "mention -bench"),
    (checks.check_binding_flags, "runtime/cmake/Add.cmake", '# Add.\nlist(APPEND flags "--state=${pair}")\n', "has no --state"),
    (checks.check_docstrings, "compiler/Fuse/Bad.h", "// Bad.\nnamespace motion {\nvoid f(int x);\n}\n", "f has no"),
    (checks.check_docstrings, "compiler/Fuse/Bad.h", "// Bad.\nstruct Pad {\n};\n", "Pad has no"),
    (checks.check_docstrings, "runtime/loader/Bad.h", "// Bad.\n\nenum class Kind { A };\n", "Kind has no"),
    (checks.check_quotes, "README.md", "--cpu --inputs\n```cpp\n  int size(int);\n```\n", "int size(int);"),
    (checks.check_links, "README.md", "--cpu --inputs [stages](compiler/STAGES.md)\n", "does not exist"),
]


def write(root: Path, name: str, content: str) -> None:
    """Writes one file of a tree, with its folders."""
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


class ChecksTest(unittest.TestCase):
    """The rules on a tree of their own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)
        for name, content in CLEAN.items():
            write(self.root, name, content)

    def test_clean_tree_is_accepted(self) -> None:
        for check in checks.CHECKS:
            self.assertEqual(check(self.root), [], check.__name__)

    def test_build_folders_are_no_part_of_the_tree(self) -> None:
        write(self.root, "build-x/Bad.cpp", "\t")
        write(self.root, ".hidden/Bad.cpp", "\t")
        self.assertEqual(checks.check_whitespace(self.root), [])

    def test_raw_strings_are_no_functions(self) -> None:
        write(self.root, "compiler/Fuse/Text.cpp", "// Text.\nauto text = R\"ir(\nfunc @f(%x: f32) {\n" + "  x\n" * 99 + "}\n)ir\";\n")
        self.assertEqual(checks.check_function_lengths(self.root), [])

    def test_every_check_has_a_violation(self) -> None:
        self.assertEqual({check for check, *_ in VIOLATIONS}, set(checks.CHECKS))


class ReadmeTest(unittest.TestCase):
    """Generated sections are found and replaced, and missed when they are not there once."""

    def test_replace(self) -> None:
        text = "a\n<!-- sizes -->\nold\n<!-- end of sizes -->\nb\n"
        self.assertEqual(readme.section(text, "sizes"), "old\n")
        self.assertEqual(readme.replace(text, "sizes", "1\\n2\n"), text.replace("old", "1\\n2"))
        for wrong in ("nothing\n", text + text, "<!-- sizes -->\nold\n"):
            with self.assertRaises(SystemExit):
                readme.replace(wrong, "sizes", "new\n")


class OperatorsTest(unittest.TestCase):
    """Every operator stands in one row, with its counts."""

    def test_lowered(self) -> None:
        found = operators_table.lowered_operators(checks.Path(__file__).resolve().parents[2] / "compiler/Linalg")
        self.assertLess({"Gemm", "Relu", "Softsign", "Add", "Conv"}, found)
        self.assertNotIn("NonMaxSuppression", found)

    def test_rows(self) -> None:
        cases = Counter({"Relu": 2, "Cast": 44, "Celu": 3, "NonMaxSuppression": 9})
        text = operators_table.section({"Relu", "Cast", "Scaler"}, Counter({"Relu": 2, "Cast": 20, "Celu": 1}), cases)
        self.assertIn("| lowered, every case passes | `Relu` 2 |", text)
        self.assertIn("| lowered, some cases are refused | `Cast` 20 of 44 |", text)
        self.assertIn("| lowered, without a case in the suite | `Scaler` |", text)
        self.assertIn("definition in other operators | `Celu` 1 of 3 |", text)
        self.assertIn("23 of the 58 operator cases", text)
        self.assertNotIn("NonMax", text)


def add_violation_tests() -> None:
    """One test case per planted violation."""
    for number, (check, name, content, message) in enumerate(VIOLATIONS):
        def test(self: ChecksTest, check=check, name=name, content=content, message=message) -> None:
            write(self.root, name, content)
            found = check(self.root)
            self.assertEqual(len(found), 1, found)
            self.assertIn(message, found[0])
        setattr(ChecksTest, f"test_violation_{number:02}_{check.__name__}", test)


add_violation_tests()

if __name__ == "__main__":
    unittest.main()
