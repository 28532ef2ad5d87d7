"""Matrices: their combinations, what is left out of them, and what the command line makes of them."""

from __future__ import annotations

import time

import pytest

from josie_bench.errors import SuiteError
from tests.suites.writing import cases_of, ids


def test_a_grid_is_every_combination_in_order(tmp_path):
    body = "    matrix: {grid: {window: [200 ms, 300 ms], backend: [eager, 'null']}}\n"
    assert ids(cases_of(tmp_path, body)) == [
        "a/eager-fp32/w200", "a/null-fp32/w200", "a/eager-fp32/w300", "a/null-fp32/w300",
    ]  # fmt: skip


def test_zip_include_and_exclude(tmp_path):
    body = """    matrix:
      grid: {seed: [1, 2]}
      zip: {window: [200 ms, 300 ms], hop: [100 ms, 300 ms]}
      exclude: [{window: 0.2 s, seed: 2}]
      include: [{window: 400 ms}]
"""
    assert ids(cases_of(tmp_path, body)) == [
        "a/eager-fp32/w200/h100/seed=1",
        "a/eager-fp32/w300/seed=1",
        "a/eager-fp32/w300/seed=2",
        "a/eager-fp32/w400",
    ]


def test_settings_of_nested_keys_can_vary(tmp_path):
    body = "    matrix: {grid: {warm_up.windows: [3, 4]}}\n"
    assert [case.warm_up.windows for case in cases_of(tmp_path, body)] == [3, 4]


@pytest.mark.parametrize("value", ["null", "'null'", "~"])
def test_an_exclusion_knows_the_backend_null_with_and_without_quotes(tmp_path, value):
    body = f"    matrix: {{grid: {{backend: [null, eager]}}, exclude: [{{backend: {value}}}]}}\n"
    assert ids(cases_of(tmp_path, body)) == ["a/eager-fp32/w300"]


def test_an_exclusion_compares_what_values_mean(tmp_path):
    body = "    matrix: {grid: {ablate: [m_rope, [temporal]]}, exclude: [{ablate: [m_rope]}, {ablate: rms_norm}]}\n"
    assert [case.model.ablate for case in cases_of(tmp_path, body)] == [("temporal",)]


def test_include_alone_is_all_there_is(tmp_path):
    body = "    matrix: {include: [{window: 200 ms}, {seed: 1}]}\n"
    assert ids(cases_of(tmp_path, body)) == ["a/eager-fp32/w200", "a/eager-fp32/w300/seed=1"]


def test_a_flood_is_refused_before_it_is_made(tmp_path):
    many = ", ".join(str(k) for k in range(900))
    body = f"    matrix: {{grid: {{seed: [{many}]}}, zip: {{windows: [{many.replace('0,', '901,', 1)}]}}}}\n"
    begun = time.process_time()
    with pytest.raises(SuiteError, match="810000 combinations: at most 1000"):
        cases_of(tmp_path, body)
    assert time.process_time() - begun < 2.0


TWO = "    matrix: {grid: {window: [200 ms, 300 ms], seed: [1, 2]}, exclude: [EXCLUDE]}\n"


@pytest.mark.parametrize(
    ("exclude", "fixed", "windows"),
    [
        # What is left of the four: 200/2, 300/1, 300/2. Each gets seed 1; the last two become one.
        ("{window: 200 ms, seed: 1}", "seed=1", [200, 300]),
        # 300/1 and 300/2 are left: that 200 ms was left out whatever the seed is not forgotten.
        ("{window: 200 ms, seed: 1}, {window: 200 ms, seed: 2}", "seed=3", [300]),
        # An exclusion of another setting holds as before.
        ("{window: 200 ms}", "seed=1", [300]),
        # The value that was left out is what the user asks for.
        ("{window: 200 ms}", "window=200 ms", [200, 200]),
        ("{seed: 1}", "seed=1", [200, 300]),
    ],
)
def test_an_override_is_set_in_the_cases_that_the_exclusions_leave(tmp_path, exclude, fixed, windows):
    cases = cases_of(tmp_path, TWO.replace("EXCLUDE", exclude), [fixed])
    assert [case.window_ms for case in cases] == windows


def test_cases_that_an_override_makes_the_same_are_one(tmp_path):
    body = "    matrix: {grid: {window: [200 ms, 300 ms]}, include: [{window: 400 ms}, {window: 400 ms, seed: 1}]}\n"
    assert ids(cases_of(tmp_path, body, ["window=250 ms"])) == ["a/eager-fp32/w250", "a/eager-fp32/w250/seed=1"]
