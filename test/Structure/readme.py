"""Generated sections of README.md: each stands between the comments <!-- NAME --> and <!-- end of NAME -->."""

import argparse
import re
import sys
from collections.abc import Callable
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "README.md"


def _pattern(name: str) -> str:
    return rf"(?s)(?<=<!-- {name} -->\n).*?(?=<!-- end of {name} -->)"


def section(readme: str, name: str) -> str:
    """The contents of one section; an error unless the README has it once."""
    found = re.findall(_pattern(name), readme)
    if len(found) != 1:
        raise SystemExit(f"README.md: expected one pair of comments <!-- {name} --> and <!-- end of {name} -->, found {len(found)}")
    return found[0]


def replace(readme: str, name: str, contents: str) -> str:
    """The README with other contents in one section."""
    section(readme, name)
    return re.sub(_pattern(name), lambda _: contents, readme)


def main(arguments: list[str], description: str, name: str, contents: Callable[[], str], old: str) -> int:
    """Command line of a script that makes one section: prints, writes or checks it; `old` says what to tell of one that differs. Returns the exit code."""
    parser = argparse.ArgumentParser(description=description)
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--write", action="store_true", help="put the section into README.md")
    action.add_argument("--check", action="store_true", help="compare with README.md")
    options = parser.parse_args(arguments)
    text, readme = contents(), README.read_text(encoding="utf-8")
    if options.write:
        README.write_text(replace(readme, name, text), encoding="utf-8")
    elif not options.check:
        print(text, end="")
    elif section(readme, name) != text:
        print(f"README.md: {old}; test/Structure/{Path(sys.argv[0]).name} --write makes it anew")
        return 1
    return 0
