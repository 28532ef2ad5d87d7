"""The house: files stay small, are named after what they own, and have a test that mirrors them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import josie_bench

PACKAGE = Path(josie_bench.__file__).parent
TESTS = Path(__file__).parent
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))
FAMILIES = {  # one file is one member, so one contract test can cover them all
    *("backends", "cli", "metrics", "probes", "reports", "scenarios", "streams", "model/components", "model/layers"),
    *("model/published", "exports", "claims", "corpora", "evaluators", "tasks"),
    *("training/lessons", "training/sections"),
}
MOST_LINES = 400
VAGUE = {"utils", "util", "helpers", "helper", "common", "base", "core", "manager", "misc", "tools", "shared"}
NAMED_BY_OTHERS = {Path("evaluators/whisper_base.py")}  # the size's name


def words(module: Path) -> set[str]:
    """Return the words of which a module's path is made."""
    return {word for part in module.with_suffix("").parts for word in part.split("_") if word}


def mirrors(module: Path) -> list[Path]:
    """Return the tests that would cover `module`: its mirror, or the contract of its family."""
    name = module.stem.strip("_")
    found = [TESTS / module.parent / f"test_{name}.py"]
    if module.parent.as_posix() in FAMILIES:
        found.append(TESTS / module.parent / "test_contract.py")
    return found


def has_statements(module: Path) -> bool:
    """Return whether a module defines anything."""
    return (
        re.search(r"^(def|class|async def) ", (PACKAGE / module).read_text(encoding="utf-8"), re.MULTILINE) is not None
    )


def test_the_package_was_found():
    assert Path("errors.py") in MODULES
    assert Path("terms/timebase.py") in MODULES


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_has_fewer_lines_than_one_can_lose_oneself_in(module):
    lines = len((PACKAGE / module).read_text(encoding="utf-8").splitlines())
    assert lines < MOST_LINES, f"{module} has {lines} lines: split it by what it owns"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_is_named_after_what_it_owns(module):
    assert module in NAMED_BY_OTHERS or not words(module) & VAGUE, f"{module}: name what it owns"


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_a_module_says_what_it_owns_in_its_first_line(module):
    assert (PACKAGE / module).read_text(encoding="utf-8").startswith('"""'), f"{module} has no docstring"


@pytest.mark.parametrize("module", [m for m in MODULES if m.name != "__init__.py" and has_statements(m)], ids=str)
def test_a_module_has_its_mirror_or_its_familys_contract_test(module):
    wanted = mirrors(module)
    assert any(path.is_file() for path in wanted), (
        f"write {' or '.join(str(p.relative_to(TESTS.parent)) for p in wanted)}"
    )


def test_no_test_folder_is_a_package():
    assert list(TESTS.rglob("__init__.py")) == []


@pytest.mark.parametrize("path", ["a/utils.py", "engines/cache_helpers.py", "base/thing.py"])
def test_vague_names_are_seen(path):
    assert words(Path(path)) & VAGUE


def test_a_word_that_only_contains_a_vague_one_is_fine():
    assert not words(Path("database/scores.py")) & VAGUE


def test_a_module_outside_a_family_needs_its_own_test():
    assert mirrors(Path("terms/window.py")) == [TESTS / "terms" / "test_window.py"]
    assert mirrors(Path("probes/_control_group.py"))[0] == TESTS / "probes" / "test_control_group.py"
