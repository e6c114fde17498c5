"""The house: a floor imports only floors below it, and the top level holds what was agreed."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FLOORS = {
    "schema": set[str](),
    "inference": {"schema", "models"},
    "models": set[str](),
    "ingest": {"schema", "inference"},
    "api": {"schema", "inference", "ingest"},
    "webui": set[str](),
}
OURS = set(FLOORS)
TOP = OURS | {"tests", "deploy", "pyproject.toml", "package.json", "package-lock.json", "requirements.lock"}
TOP |= {"README.md", "CHANGELOG.md", "LICENSE", "NOTICE"}


def tracked() -> list[str]:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listing.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listing.stdout.decode().split("\0") if name]


def imported(file: Path) -> set[str]:
    """Top-level names of every module a file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module.partition(".")[0])
    return names


@pytest.mark.parametrize("floor", FLOORS)
def test_a_floor_imports_only_floors_below(floor: str) -> None:
    climbing = {
        f"{file.relative_to(ROOT)} imports {', '.join(sorted(wrong))}"
        for file in (ROOT / floor).rglob("*.py")
        if (wrong := (imported(file) & OURS) - FLOORS[floor] - {floor})
    }
    assert not climbing


def test_the_top_level_holds_what_was_agreed() -> None:
    assert {name.partition("/")[0] for name in tracked() if not name.startswith(".")} <= TOP


def test_rooms_are_named_for_what_is_in_them() -> None:
    nameless = re.compile(r"(^|/)(utils?|helpers?|common|misc|core|base)\.(py|js)$")
    assert not [name for name in tracked() if nameless.search(name)]
