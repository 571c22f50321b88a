"""Rules of the source tree that no compiler checks: which folder may include which, sizes, first comments, documented options, tested passes.

Every check takes the tree's root and returns one line per violation, none when the rule holds. Run as a program it prints them all, and the
files that are longer than a pass should be.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

SOURCES = {".cpp", ".h", ".c", ".py", ".td"}
TEXTS = SOURCES | {".md", ".txt", ".cmake", ".mlir", ".test", ".in", ".toml", ".sh", ""}
LINE_LIMIT = 600
FUNCTION_LIMIT = 60
GOAL_OF_A_PASS = 300

# Folders of compiler/ that any stage may use, and the ones that may use any stage.
SHARED = {"Weights", "Codegen", "Rewrite"}
SEES_ALL = {"Pipelines", "Driver"}
# The generated operator classes are slow to compile: the only folders that name operators.
OPERATOR_CLASSES = "dialects/Onnx/OnnxOps.h"
NAMES_OPERATORS = {"dialects/Onnx", "compiler/Import", "compiler/Simplify", "compiler/Linalg"}

# Spelled in pieces, so that this file keeps its own rule.
FORBIDDEN = [re.compile(r"(?<![\w.}])/(?:wo" r"rk|ro" r"ot|ho" r"me)/"), re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")]

INCLUDE = re.compile(r'^\s*#?\s*include\s+"([^"]+)"', re.MULTILINE)
PASS = re.compile(r'\bdef\s+(\w+)\s*:\s*Pass<\s*"([\w-]+)"')


def files(root: Path, *suffixes: str) -> Iterator[Path]:
    """The tree's own files, with one of the suffixes if any is given; build folders, environments and hidden folders left out."""
    for path in sorted(root.iterdir()):
        if path.name.startswith((".", "build", "venv", "__pycache__")) or path.is_symlink():
            continue
        if path.is_dir():
            yield from files(path, *suffixes)
        elif not suffixes or path.suffix in suffixes:
            yield path


def text(path: Path) -> str:
    """The file's text; bytes that are no UTF-8 are kept as escapes."""
    return path.read_text(encoding="utf-8", errors="backslashreplace")


def check_includes(root: Path) -> list[str]:
    """dialects/ and runtime/ never include compiler/; a stage includes itself, the shared folders and the dialects."""
    found = []
    for path in files(root, ".cpp", ".h", ".c", ".td"):
        name = path.relative_to(root)
        for included in INCLUDE.findall(text(path)):
            target = included.split("/")
            if target[0] == "compiler":
                if name.parts[0] in ("dialects", "runtime"):
                    found.append(f"{name}: includes {included}; {name.parts[0]}/ is below compiler/")
                elif name.parts[0] == "compiler" and name.parts[1] not in SEES_ALL | {target[1]} and target[1] not in SHARED:
                    found.append(f"{name}: includes {included}; a stage knows no other stage")
            if included == OPERATOR_CLASSES and "/".join(name.parts[:2]) not in NAMES_OPERATORS:
                found.append(f"{name}: includes {included}; only {', '.join(sorted(NAMES_OPERATORS))} name operators")
            if included.startswith("../"):
                found.append(f"{name}: includes {included}; includes start at the repository root")
    return found


def check_sizes(root: Path) -> list[str]:
    """No source file is longer than the limit."""
    return [f"{path.relative_to(root)}: {lines} lines, the limit is {LINE_LIMIT}" for path in files(root, *SOURCES)
            if (lines := len(text(path).splitlines())) > LINE_LIMIT]


def functions(path: Path) -> Iterator[tuple[int, int]]:
    """(first line, number of lines) of every function. Python's by its syntax; those of C and C++ by layout: a line that ends a parameter list
    and opens a block, until the brace in the same column."""
    content = text(path)
    if path.suffix == ".py":
        for node in ast.walk(ast.parse(content)):
            if isinstance(node, ast.FunctionDef):
                yield node.lineno, node.end_lineno - node.lineno + 1
        return
    # Text in raw strings is no code of this language.
    lines = re.sub(r'R"(\w*)\(.*?\)\1"', lambda match: "\n" * match[0].count("\n"), content, flags=re.DOTALL).split("\n")
    for index, line in enumerate(lines):
        if not re.search(r"\).*\{$", line):
            continue
        start = index
        while start > 0 and (part := "\n".join(lines[start:index + 1])).count("(") < part.count(")"):
            start -= 1
        match = re.match(r"( {0,4})(?!(?:if|for|while|switch|else|do|case|namespace|struct|class|enum|extern)\b)[A-Za-z_~].*\(", lines[start])
        if match:
            end = next((i for i in range(index + 1, len(lines)) if lines[i].startswith(match[1] + "}")), index)
            yield start + 1, end - start + 1


def check_function_lengths(root: Path) -> list[str]:
    """No function is longer than the limit."""
    return [f"{path.relative_to(root)}:{line}: a function of {length} lines, the limit is {FUNCTION_LIMIT}"
            for path in files(root, ".cpp", ".h", ".c", ".py") for line, length in functions(path) if length > FUNCTION_LIMIT]


def check_first_lines(root: Path) -> list[str]:
    """The first line of every source file is a comment that says what the file is for."""
    comment = re.compile(r'// ?[\w.]|/\* ?\w|# ?[A-Z]|r?"""\w')
    return [f"{path.relative_to(root)}: the first line is no comment" for path in files(root, *SOURCES)
            if text(path) and not comment.match(re.sub(r"\A#!.*\n", "", text(path)))]


def check_whitespace(root: Path) -> list[str]:
    """No tabs (but in a Makefile), no blanks at line ends, one line end at the end of the file."""
    found = []
    for path in files(root, *TEXTS):
        name, content = path.relative_to(root), text(path)
        for number, line in enumerate(content.split("\n"), 1):
            if "\t" in line and path.name != "Makefile":
                found.append(f"{name}:{number}: tab")
            if line != line.rstrip(" \t\r"):
                found.append(f"{name}:{number}: blank at the end of the line")
        if content and (not content.endswith("\n") or content.endswith("\n\n")):
            found.append(f"{name}: expected one line end at the end of the file")
    return found


def check_words(root: Path) -> list[str]:
    """No paths of somebody's machine, no notes about work left to do."""
    return [f"{path.relative_to(root)}:{number}: {match.group(0)}" for path in files(root, *TEXTS)
            for number, line in enumerate(text(path).splitlines(), 1) for pattern in FORBIDDEN if (match := pattern.search(line))]


def passes(root: Path) -> Iterator[tuple[Path, str, str]]:
    """Every pass as (its Passes.td, class, flag without dashes)."""
    for path in files(root / "compiler", ".td"):
        for class_name, flag in PASS.findall(text(path)):
            yield path, class_name, flag


def check_passes_tested(root: Path) -> list[str]:
    """A RUN line of a lit test names every pass."""
    runs = "\n".join(line for path in files(root / "test", ".mlir", ".test") for line in text(path).splitlines() if "RUN:" in line)
    return [f"{path.relative_to(root)}: no RUN line of a test names --{flag}" for path, _, flag in passes(root)
            if not re.search(rf"\b{flag}(?![\w-])", runs)]


def check_pass_names(root: Path) -> list[str]:
    """One name, three spellings: FuseElementwisePass, FuseElementwise.cpp, motion-fuse-elementwise."""
    found = []
    for path, class_name, flag in passes(root):
        stem = class_name.removesuffix("Pass")
        spelled = "motion-" + re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "-", stem).lower()
        if not class_name.endswith("Pass"):
            found.append(f"{path.relative_to(root)}: {class_name} does not end in Pass")
        elif spelled != flag:
            found.append(f"{path.relative_to(root)}: {class_name} is called {flag}, expected {spelled}")
        if not (path.parent / f"{stem}.cpp").exists():
            found.append(f"{path.relative_to(root)}: expected {class_name} in {stem}.cpp")
    return found


def options(root: Path) -> Iterator[tuple[Path, str]]:
    """Options of the tools that users meet: those of llvm::cl in the driver, and those in motion-run's tables."""
    for path in files(root / "compiler" / "Driver", ".cpp"):
        content = text(path)
        for name in re.findall(r'cl::(?:opt|list|bits)<.*>\s+\w+\s*[{(]\s*"([\w-]+)"', content):
            yield path, name
        if path.parent.name == "MotionRun":
            for name in re.findall(r'\{"--([\w-]+)",', content):
                yield path, name


def check_options_documented(root: Path) -> list[str]:
    """README.md names every option of motionc and motion-run."""
    readme = text(root / "README.md")
    return [f"{path.relative_to(root)}: README.md does not mention -{name}" for path, name in options(root)
            if not re.search(rf"(?<![\w-])--?{name}(?![\w-])", readme)]


def check_binding_flags(root: Path) -> list[str]:
    """The CMake module and the Python package give motionc only options that it has."""
    known = {name for path, name in options(root) if path.parent.name == "Driver"}
    return [f"{path.relative_to(root)}: motionc has no --{flag}" for folder in ("cmake", "python") if (root / "runtime" / folder).exists()
            for path in files(root / "runtime" / folder, ".cmake", ".py") for flag in re.findall(r"(?<![\w-])--([a-z][\w-]*)", text(path))
            if flag not in known]


def declarations(content: str) -> Iterator[tuple[int, str]]:
    """Classes and functions at namespace level, as (line index, name). By layout: clang-format puts them in the first column."""
    for index, line in enumerate(content.splitlines()):
        if match := re.match(r"(?:class|struct|enum(?: class)?) (\w+)\b(?!;)", line):
            yield index, match.group(1)
        elif match := re.match(r"(?!namespace|using|typedef|return|#|//|\s|}|template|static_assert)[\w:<>,&*\s\[\]]+?[\s&*](\w+)\(", line):
            yield index, match.group(1)


def check_docstrings(root: Path) -> list[str]:
    """Classes and functions that a header of compiler/ offers to others have a /// comment; so has every header of runtime/loader."""
    found = []
    for folder in (root / "compiler", root / "runtime" / "loader"):
        for path in files(folder, ".h") if folder.exists() else ():
            lines = text(path).splitlines()
            for index, name in declarations(text(path)):
                above = index - 1
                # One comment may stand above a group of declarations without blank lines.
                while above >= 0 and (lines[above].startswith("template") or (lines[index].endswith(";") and lines[above].endswith(";"))):
                    above -= 1
                if above < 0 or not lines[above].startswith("///"):
                    found.append(f"{path.relative_to(root)}:{index + 1}: {name} has no /// comment")
    return found


def check_links(root: Path) -> list[str]:
    """Relative links of the documentation lead to files that exist."""
    found = []
    for path in files(root, ".md"):
        for target in re.findall(r"\]\(([^)#\s]+)", re.sub(r"(?s)```.*?```|`[^`\n]*`", "", text(path))):
            if "://" not in target and not (path.parent / target).exists():
                found.append(f"{path.relative_to(root)}: {target} does not exist")
    return found


def check_quotes(root: Path) -> list[str]:
    """C++ that README.md quotes stands like that in the sources."""
    lines = {line.strip() for path in files(root, ".cpp", ".h") for line in text(path).splitlines()}
    quoted = re.findall(r"^```cpp\n(.*?)^```$", text(root / "README.md"), re.MULTILINE | re.DOTALL)
    return [f"README.md: no source has the line: {line.strip()}" for block in quoted for line in block.splitlines()
            if line.strip() and line.strip() not in lines]


CHECKS: list[Callable[[Path], list[str]]] = [
    check_includes, check_sizes, check_function_lengths, check_first_lines, check_whitespace, check_words, check_passes_tested,
    check_pass_names, check_options_documented, check_binding_flags, check_docstrings, check_links, check_quotes]


def main() -> int:
    """Prints violations of the tree that this file stands in; 1 if there are any."""
    root = Path(__file__).resolve().parents[2]
    found = [line for check in CHECKS for line in check(root)]
    for path in files(root / "compiler", ".cpp"):
        if (lines := len(text(path).splitlines())) > GOAL_OF_A_PASS:
            print(f"note: {path.relative_to(root)} has {lines} lines, a pass should have at most {GOAL_OF_A_PASS}")
    print("\n".join(found))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
