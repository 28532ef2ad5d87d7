"""Matrices, ids, hashes and the lock file."""

from __future__ import annotations

from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from josie_bench.errors import SuiteError
from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite
from josie_bench.suites.lock_file import lock, write_lock

HEAD = "schema: josie-bench/suite.v1\nname: t\ndefaults: {preset: tiny}\ncases:\n  - name: a\n"


def cases_of(tmp_path, body, overrides=()):
    file = tmp_path / "t.yaml"
    file.write_text(HEAD + body)
    return expand(load_suite(file, overrides))


def ids(cases):
    return [case.id for case in cases]


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


def test_an_override_never_leaves_out_more_than_the_suite_did(tmp_path):
    body = "    matrix: {grid: {window: [200 ms, 300 ms], seed: [1, 2]}, exclude: [{window: 200 ms, seed: 1}]}\n"
    assert len(cases_of(tmp_path, body)) == 3
    assert ids(cases_of(tmp_path, body, ["seed=1"])) == ["a/eager-fp32/w200", "a/eager-fp32/w300"]


def test_a_flood_is_refused_before_it_is_made(tmp_path):
    many = ", ".join(str(k) for k in range(900))
    body = f"    matrix: {{grid: {{seed: [{many}]}}, zip: {{windows: [{many.replace('0,', '901,', 1)}]}}}}\n"
    with pytest.raises(SuiteError, match="810000 combinations: at most 1000"):
        cases_of(tmp_path, body)


def test_a_stream_that_is_not_present_is_no_part_of_what_is_measured(tmp_path):
    (plain,) = cases_of(tmp_path, "    modalities: [audio]\n")
    (other,) = cases_of(tmp_path, "    modalities: [audio]\n    stream: {video: gone.mp4}\n")
    assert plain.sha == other.sha
    assert plain.stream.video is None


def test_ids_of_lists_and_texts_can_be_read_again_from_the_lock(tmp_path):
    body = "    matrix: {grid: {modalities: [[audio], [audio, text]], stream.text: ['hi, you?', '../up']}}\n"
    (tmp_path / "t.yaml").write_text(HEAD + body)
    suite = load_suite(tmp_path / "t.yaml")
    cases = expand(suite)
    assert cases[2].id == "a/eager-fp32/w300/modalities=audio+text/stream.text=hi, you_"
    write_lock(lock(suite, cases), tmp_path / "suite.lock.yaml")
    assert expand(load_suite(tmp_path / "suite.lock.yaml")) == cases


def test_units_become_what_the_case_holds(tmp_path):
    body = "    window: 0.3 s\n    timeout: 2 min\n    warm_up: {duration: 500 ms}\n"
    (case,) = cases_of(tmp_path, body)
    assert (case.window_ms, case.hop_ms, case.timeout_s, case.warm_up.seconds) == (300.0, 300.0, 120.0, 0.5)


def test_the_hash_follows_what_is_measured_and_nothing_else(tmp_path):
    (base,) = cases_of(tmp_path, "")
    (budgeted,) = cases_of(tmp_path, "    budgets: [{assert: response_latency.p95 < 3 ms}]\n    timeout: 1 h\n")
    assert budgeted.sha == base.sha
    for change in ("window: 200 ms", "seed: 1", "threads: 2", "backend: null", "token_budget: 3", "windows: 7"):
        assert cases_of(tmp_path, f"    {change}\n")[0].sha != base.sha, change


def test_media_count_by_content_wherever_they_lie(tmp_path):
    from josie_bench.streams import BUNDLED_FOLDER

    clip = next((BUNDLED_FOLDER / "speech").glob("cards-*.wav"))
    shas = []
    for folder in ("one", "two"):
        place = tmp_path / folder
        place.mkdir()
        (place / "clip.wav").write_bytes(clip.read_bytes())
        shas.append(cases_of(place, "    stream: {speech: clip.wav}\n")[0])
    assert shas[0].sha == shas[1].sha
    assert shas[0].stream.speech != shas[1].stream.speech


def test_overrides_win_over_cases_and_matrices(tmp_path):
    body = "    windows: 9\n    matrix: {grid: {window: [200 ms, 300 ms]}}\n"
    assert [case.windows for case in cases_of(tmp_path, body, ["windows=3"])] == [3, 3]
    assert ids(cases_of(tmp_path, body, ["window=400 ms"])) == ["a/eager-fp32/w400"]
    assert [case.windows for case in cases_of(tmp_path, body, ["cases.a.windows=4"])] == [4, 4]


BUDGETS = ("response_latency.p95.ci.high < {} ms", "deadline_miss_ratio.budget <= {}", "jitter.rfc3550 >= {} us")


@settings(max_examples=40, deadline=None)
@given(
    frames=st.integers(1, 40),
    windows=st.integers(1, 10_000),
    limit=st.floats(1e-9, 1e9),
    budget=st.sampled_from(BUDGETS),
    severity=st.sampled_from(["gate", "warn", "info"]),
    modalities=st.sampled_from(["[audio]", "[audio, vision]", "[vision]"]),
)
def test_a_lock_file_gives_the_same_cases_again(tmp_path_factory, frames, windows, limit, budget, severity, modalities):
    folder = tmp_path_factory.mktemp("lock")
    body = f"    window: {50 * frames} ms\n    windows: {windows}\n    modalities: {modalities}\n"
    body += f"    budgets: [{{assert: '{budget.format(repr(limit))}', severity: {severity}}}]\n"
    (folder / "t.yaml").write_text(HEAD + body)
    suite = load_suite(folder / "t.yaml")
    cases = expand(suite)
    write_lock(lock(suite, cases), folder / "suite.lock.yaml")
    assert expand(load_suite(folder / "suite.lock.yaml")) == cases


@pytest.mark.parametrize("name", ["realtime", "smoke"])
def test_bundled_suites_survive_their_lock(name, tmp_path):
    suite = load_suite(find_suite(name))
    cases = expand(suite)
    write_lock(lock(suite, cases), tmp_path / "suite.lock.yaml")
    assert expand(load_suite(tmp_path / "suite.lock.yaml")) == cases


def test_realtime_has_windows_enough_for_its_percentiles():
    """A p95 needs 72 windows, a p99 368 and a p99.9 3688 for both bounds of its interval."""
    cases = {case.id: case for case in expand(load_suite(find_suite("realtime")))}
    assert all(case.windows >= 72 for case in cases.values())
    at_300 = [case for case in cases.values() if case.window_ms == 300.0 and case.id.startswith("realtime-300")]
    assert len(at_300) == 2
    assert all(case.windows >= 368 for case in at_300)
    assert next(iter(cases.values())).backend == "null"
    assert next(iter(cases.values())).windows >= 3688
    assert {case.window_ms for case in cases.values() if case.scenario == "realtime"} >= {200.0, 300.0, 400.0}
    paced_s = sum(case.windows * case.hop_ms for case in cases.values() if case.scenario == "realtime") / 1000.0
    assert paced_s < 10 * 60


def test_a_lock_is_plain_yaml(tmp_path):
    suite = load_suite(find_suite("smoke"))
    stream = StringIO()
    YAML().dump(lock(suite, expand(suite)), stream)
    assert "&" not in stream.getvalue()
    assert "!!" not in stream.getvalue()
