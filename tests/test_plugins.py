"""Tests of finding a family's members by file name and by entry point."""

import importlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.errors import UsageError
from josie_bench.plugins import find_member, member_names, unknown_name

NAMES = st.text("abcdefgh_", min_size=1, max_size=8)


@pytest.fixture
def guest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Install a distribution whose entry point offers the metric `guest_metric`, and return that name."""
    (tmp_path / "their_module.py").write_text("METRIC = 'theirs'\n", encoding="utf-8")
    info = tmp_path / "their_package-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-package\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text("[josie_bench.metrics]\nguest_metric = their_module\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return "guest_metric"


def test_members_are_the_files_that_do_not_begin_with_an_underscore() -> None:
    names = member_names("metrics")
    assert "response_latency" in names
    assert "_reference" not in names
    assert list(names) == sorted(names)


def test_a_folder_of_a_family_is_a_family_of_its_own_and_no_member() -> None:
    assert "meters" not in member_names("probes")
    assert "rapl" in member_names("probes.meters")


def test_member_is_the_module_of_that_name() -> None:
    assert find_member("metrics", "jitter") is importlib.import_module("josie_bench.metrics.jitter")


def test_member_of_another_package_is_found_by_its_entry_point(guest: str) -> None:
    assert guest in member_names("metrics")
    assert find_member("metrics", guest).METRIC == "theirs"


def test_member_of_another_package_is_unknown_where_it_is_not_installed() -> None:
    assert "guest_metric" not in member_names("metrics")


def test_unknown_member_is_refused_with_the_near_name() -> None:
    with pytest.raises(UsageError, match=r"^unknown metric 'jiter': did you mean 'jitter'\?$"):
        find_member("metrics", "jiter")


def test_private_module_is_no_member() -> None:
    with pytest.raises(UsageError, match="unknown metric '_reference'"):
        find_member("metrics", "_reference")


def test_name_without_a_near_one_lists_all() -> None:
    assert unknown_name("backend", "zzz", ["null", "eager"]) == "unknown backend 'zzz': known are eager, null"


def test_of_many_known_names_an_error_lists_a_line_s_worth():
    said = unknown_name("engine", "zzz", [f"audio-{index:02}" for index in range(30)])
    assert said.endswith("audio-10, audio-11 and 18 more")


def test_the_name_of_a_group_leads_to_what_is_in_it() -> None:
    known = ["layers.depth", "layers.temporal", "player"]
    said = "unknown setting 'layers': did you mean 'layers.depth' or 'layers.temporal'?"
    assert unknown_name("setting", "layers", known) == said


def test_whoever_knows_better_what_is_near_says_it():
    said = "unknown GPU 'rtx': did you mean 'RTX 1' or 'RTX 2'?"
    assert unknown_name("GPU", "rtx", ["L4", "RTX 1", "RTX 2"], near=["RTX 1", "RTX 2"]) == said


@given(name=NAMES, known=st.sets(NAMES, min_size=1, max_size=5))
def test_unknown_name_says_the_name_and_at_least_one_known(name: str, known: set[str]) -> None:
    said = unknown_name("thing", name, known)
    assert said.startswith(f"unknown thing {name!r}: ")
    assert any(other in said.partition(": ")[2] for other in known)
