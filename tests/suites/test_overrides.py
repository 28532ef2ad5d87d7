"""Overrides of the command line."""

from __future__ import annotations

import re

import pytest

from josie_bench.errors import UsageError
from josie_bench.suites.load import load_suite
from josie_bench.terms.gpu_reserve import GpuReserve
from tests.suites.writing import cases_of, ids

SUITE = "schema: josie-bench/suite.v1\nname: t\ncases:\n  - name: a\n  - name: b\n"


@pytest.fixture
def suite(tmp_path):
    file = tmp_path / "t.yaml"
    file.write_text(SUITE)
    return file


@pytest.mark.parametrize("key", ["windows", "defaults.windows"])
def test_an_override_is_for_all_cases(suite, key):
    assert [case.overrides["windows"].value for case in load_suite(suite, [f"{key}=3"]).cases] == [3, 3]


def test_an_override_can_be_for_one_case(suite):
    first, second = load_suite(suite, ["cases.b.windows=3"]).cases
    assert not first.overrides
    assert second.overrides["windows"].value == 3


@pytest.mark.parametrize(
    ("override", "words"),
    [
        ("windows", "write --set KEY=VALUE"),
        ("=3", "write --set KEY=VALUE"),
        ("windws=3", "did you mean 'windows'"),
        ("cases.c.windows=3", "unknown case 'c'"),
        ("windows=[", "cannot be read as YAML"),
        ("stream=3", "unknown setting 'stream'"),
        ("layers=3", "did you mean 'layers.depth_transformer' or 'layers.temporal_transformer'?"),
        ("seed=2020-99-99", "cannot be read as YAML"),
        ("seed=" + 3000 * "[", "is nested over 20 deep"),
        ('name="\\0"', "unknown setting 'name'"),
        ('stream.text="a\\0b"', "holds NUL or half a surrogate pair"),
        (f"seed={'9' * 5000}", "9…: a number has over 400 digits: write a smaller one"),
        ('stream.text="\\uDC80"', "holds NUL or half a surrogate pair"),
        ("stream.text=\udc80", "cannot be read as YAML"),
    ],
)
def test_a_wrong_override_is_one_line_that_quotes_it(suite, override, words):
    with pytest.raises(UsageError, match=re.escape(words)) as caught:
        load_suite(suite, [override])
    assert str(caught.value).startswith(f"--set {override[:200]}")
    assert "\n" not in str(caught.value)


def test_a_wrong_value_names_the_override_as_its_place(suite):
    from josie_bench.suites.expand import expand

    with pytest.raises(UsageError, match=r"^--set windows=many: windows: 'many' is no whole number"):
        expand(load_suite(suite, ["windows=many"]))


def test_a_case_whose_name_holds_dots_and_equals_signs_can_be_named(tmp_path):
    (tmp_path / "t.yaml").write_text(SUITE.replace("name: b", "name: b/w300/warm_up.windows=3"))
    suite = load_suite(tmp_path / "t.yaml", ["cases.b/w300/warm_up.windows=3.seed=7"])
    assert [dict(case.overrides.items()).keys() for case in suite.cases] == [set(), {"seed"}]


def test_they_win_over_cases_and_matrices_and_the_last_wins(tmp_path):
    body = "    windows: 9\n    matrix: {grid: {window: [200 ms, 300 ms]}}\n"
    assert [case.windows for case in cases_of(tmp_path, body, ["windows=3"])] == [3, 3]
    assert ids(cases_of(tmp_path, body, ["window=400 ms"])) == ["a/eager-fp32/w400"]
    assert [case.windows for case in cases_of(tmp_path, body, ["cases.a.windows=4"])] == [4, 4]
    assert [case.windows for case in cases_of(tmp_path, body, ["windows=4", "windows=5"])] == [5, 5]


def test_their_paths_begin_where_the_user_is(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "words.txt").write_text("hello")
    monkeypatch.chdir(tmp_path / "here")
    (case,) = cases_of(tmp_path, "    modalities: [text]\n", ["stream.text=words.txt"])
    assert case.stream.text == str(tmp_path / "here" / "words.txt")


@pytest.mark.parametrize("size", ["300 MiB", '"300 MiB"', "314572800 B"])
def test_a_key_of_a_mapping_is_overridden_by_its_dotted_name(tmp_path, size):
    (case,) = cases_of(tmp_path, "    gpu_memory: {context: 1 GiB, fragments: 0.05}\n", [f"gpu_memory.context={size}"])
    assert case.gpu_memory == GpuReserve(context=314_572_800, fragments=0.05)
