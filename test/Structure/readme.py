"""Generated sections of README.md: each stands between the comments <!-- NAME --> and <!-- end of NAME -->."""

import re
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
