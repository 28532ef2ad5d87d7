"""Overrides of the command line."""

from __future__ import annotations

import pytest

from josie_bench.errors import UsageError
from josie_bench.suites.load import load_suite
from josie_bench.suites.settings import setting_names

SUITE = "schema: josie-bench/suite.v1\nname: t\ncases:\n  - name: a\n  - name: b\n"


@pytest.fixture
def suite(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(SUITE)
    return file


def test_nested_settings_have_dotted_names():
    assert {"window", "stream.speech", "warm_up.cap"} <= set(setting_names())
    assert "stream" not in setting_names()


@pytest.mark.parametrize("key", ["windows", "defaults.windows"])
def test_an_override_is_for_all_cases(suite, key):
    assert [case.settings["windows"].value for case in load_suite(suite, [f"{key}=3"]).cases] == [3, 3]


def test_an_override_can_be_for_one_case(suite):
    first, second = load_suite(suite, ["cases.b.windows=3"]).cases
    assert "windows" not in first.settings
    assert second.settings["windows"].value == 3


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("windows", "write --set KEY=VALUE"),
        ("=3", "write --set KEY=VALUE"),
        ("windws=3", "did you mean 'windows'"),
        ("cases.c.windows=3", "unknown case 'c'"),
        ("windows=[", "cannot be read as YAML"),
        ("stream=3", "unknown setting 'stream'"),
    ],
)
def test_a_wrong_override_is_one_line_that_quotes_it(suite, override, words):
    with pytest.raises(UsageError, match=words.replace("[", r"\[")) as caught:
        load_suite(suite, [override])
    assert str(caught.value).startswith(f"--set {override}")
    assert "\n" not in str(caught.value)


def test_a_wrong_value_names_the_override_as_its_place(suite):
    from josie_bench.suites.expand import expand

    with pytest.raises(UsageError, match=r"^--set windows=many: windows: 'many' is no whole number"):
        expand(load_suite(suite, ["windows=many"]))
