"""Suites become cases, and so do their locks."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from josie_bench.errors import SuiteError
from josie_bench.model.presets import QUANTIZERS
from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite
from josie_bench.suites.lock_file import lock, write_lock
from josie_bench.terms.admission import Admission
from josie_bench.terms.capacity import Search
from josie_bench.terms.conversation import SILENCE, TURN_TAKING
from josie_bench.terms.eviction import Eviction
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.turns import Turns
from tests.suites.writing import cases_of, cases_of_lock, weights_file


def test_units_become_what_the_case_holds(tmp_path):
    body = "    window: 0.3 s\n    timeout: 2 min\n    warm_up: {duration: 500 ms}\n"
    (case,) = cases_of(tmp_path, body)
    assert (case.window_ms, case.hop_ms, case.timeout_s, case.warm_up.seconds) == (300.0, 300.0, 120.0, 0.5)


def test_a_trial_is_waited_for_as_long_as_its_windows_take_to_come(tmp_path):
    """20 windows of warm-up and 36,000 measured ones of 50 ms come in 5 s and 1,801 s: half again, and five minutes."""
    assert cases_of(tmp_path, "    window: 300 ms\n")[0].timeout_s == 900.0
    long = "    window: 50 ms\n    windows: 36000\n    warm_up: {windows: 20, duration: 5 s}\n"
    assert cases_of(tmp_path, long)[0].timeout_s == pytest.approx(300.0 + 1.5 * 1805.0)
    assert cases_of(tmp_path, long + "    scenario: compute\n")[0].timeout_s == 900.0


def test_a_timeout_that_is_over_before_the_windows_have_come_is_refused(tmp_path):
    body = "    window: 300 ms\n    windows: 100\n    warm_up: {windows: 1, duration: 5 s}\n"
    assert cases_of(tmp_path, body + "    timeout: 36 s\n")[0].timeout_s == 36.0
    with pytest.raises(SuiteError, match=r"timeout: 35 s are over before the 35 s that windows and warm-up take"):
        cases_of(tmp_path, body + "    timeout: 35 s\n")


BUDGETS = ("response_latency.p95.ci.high < {} ms", "deadline_miss_ratio.budget <= {}", "jitter.rfc3550 >= {} us")
# How a conversation is held; in mode turn, turns are marked and silence is gated.
CONVERSATIONS = [
    f"{{mode: realtime, turn_taking: {turns}, silence: {silence}}}" for turns in TURN_TAKING for silence in SILENCE
] + ["{mode: turn}", "{mode: turn, silence: gated}"]


DROPOUTS = (
    "{of: MODALITY, present: 3, absent: 2}",
    "{of: MODALITY, lost: 0.25, burst: 3.0}",
    "{of: MODALITY, late: 90 ms}",
)


@settings(max_examples=40)
@given(
    frames=st.integers(1, 40),
    hop=st.integers(1, 40),
    windows=st.integers(1, 10_000),
    limit=st.floats(1e-9, 1e9),
    budget=st.sampled_from(BUDGETS),
    severity=st.sampled_from(["gate", "warn", "info"]),
    modalities=st.sampled_from(["[audio]", "[audio, vision]", "[vision]", "text", "[text, audio]"]),
    words=st.sampled_from(["words.txt", "hi", "a: b # c", "é \t 'x' \U0001f600"]),
    conversation=st.sampled_from(CONVERSATIONS),
    weights=st.lists(st.sampled_from(["a.safetensors", "b.safetensors"]), unique=True),
    ablate=st.lists(st.sampled_from(["m_rope", "temporal", "rms_norm"]), unique=True),
    quantizer=st.sampled_from(["null", *QUANTIZERS]),
    dropout=st.sampled_from(["{}", *DROPOUTS]),
)
def test_a_lock_file_gives_the_same_cases_again(tmp_path_factory, frames, windows, limit, budget, severity, **more):
    folder = tmp_path_factory.mktemp("lock")
    (folder / "words.txt").write_text("hello there")
    for value, name in enumerate("ab"):
        weights_file(folder / f"{name}.safetensors", float(value))
    body = f"""    <<: {more["conversation"]}
    window: {50 * frames} ms
    hop: {50 * min(more["hop"], frames)} ms
    windows: {windows}
    modalities: {more["modalities"]}
    stream: {{text: {json.dumps(more["words"], ensure_ascii=False)}}}
    weights: {json.dumps(more["weights"])}
    ablate: {json.dumps(more["ablate"])}
    quantizer: {more["quantizer"]}
    dropout: {more["dropout"].replace("MODALITY", more["modalities"])}
    budgets: [{{assert: '{budget.format(repr(limit))}', severity: {severity}}}]
"""
    assert cases_of_lock(folder, body) == cases_of(folder, body)


def test_the_lock_of_many_cases_can_be_read_again(tmp_path):
    seeds = ", ".join(map(str, range(140)))
    body = f"    modalities: [audio]\n    matrix: {{grid: {{seed: [{seeds}]}}}}\n"
    assert cases_of_lock(tmp_path, body) == cases_of(tmp_path, body)


def test_turns_with_instants_of_their_own_survive_the_lock_and_change_the_hash(tmp_path):
    typed = "    mode: turn\n    modalities: [text]\n    stream: {text: hello}\n"
    (usual,) = cases_of(tmp_path, typed)
    (case,) = cases_of(tmp_path, typed + "    turns: {every: 4 s, variation: 2}\n")
    assert (usual.turns, case.turns) == (None, Turns(every_ms=4000.0, variation=2.0))
    assert usual.sha != case.sha
    assert cases_of_lock(tmp_path, typed + "    turns: {every: 4 s, variation: 2}\n") == (case,)


@pytest.mark.parametrize("name", ["realtime", "smoke", "capacity"])
def test_bundled_suites_survive_their_lock(name, tmp_path):
    suite = load_suite(find_suite(name))
    cases = expand(suite)
    write_lock(lock(suite, cases, tmp_path), tmp_path / "suite.lock.yaml")
    assert expand(load_suite(tmp_path / "suite.lock.yaml")) == cases


def test_several_sessions_and_what_is_looked_for_survive_the_lock(tmp_path):
    sessions = "    sessions: 3\n    phase: lockstep\n    shedding: late\n    batching: continuous\n    stay: 1500 ms\n"
    sessions += "    away: 2 s\n    grace: 500 ms\n    admit: 2\n    variation: 0.5\n"
    (case,) = cases_of(tmp_path, sessions)
    coming = {"stay_ms": 1500.0, "away_ms": 2000.0, "grace_ms": 500.0, "admit": 2, "variation": 0.5}
    assert case.sessions == Sessions(count=3, phase="lockstep", shedding="late", batching="continuous", **coming)
    assert cases_of_lock(tmp_path, sessions) == (case,)
    admission = "    sessions: 3\n    stay: 1 s\n    admission: {busy: 0.8, over: 2 s}\n"
    (case,) = cases_of(tmp_path, admission)
    assert case.sessions.admission == Admission(busy=0.8, over_ms=2000.0)
    assert cases_of_lock(tmp_path, admission) == (case,)
    eviction = "    sessions: 3\n    eviction: {missed: 0, over: 2 s}\n"
    (case,) = cases_of(tmp_path, eviction)
    assert case.sessions.eviction == Eviction(missed=0.0, over_ms=2000.0)
    assert cases_of_lock(tmp_path, eviction) == (case,)
    search = (
        "    scenario: capacity\n    phase: lockstep\n    windows: 59\n    capacity: {target: 0.1, most: 9, least: 2}\n"
    )
    (case,) = cases_of(tmp_path, search)
    assert case.capacity == Search(target=0.1, most=9, least=2)
    assert cases_of_lock(tmp_path, search) == (case,)


def test_a_search_takes_no_budgets_and_one_session_gives_no_ratio_of_sessions(tmp_path):
    budget = "    budgets: [{assert: 'METRIC < 0.5'}]\n"
    search = "    scenario: capacity\n    windows: 600\n" + budget.replace("METRIC", "deadline_miss_ratio.budget")
    with pytest.raises(SuiteError, match=r"scenario capacity has one gate, capacity.least: leave budgets out"):
        cases_of(tmp_path, search)
    with pytest.raises(SuiteError, match=r"a case of one session gives no shed_ratio: set sessions"):
        cases_of(tmp_path, budget.replace("METRIC", "shed_ratio.of_windows"))


def test_realtime_has_windows_enough_for_its_percentiles():
    """A p95 needs 72 independent windows, a p99 368 and a p99.9 3688 for both bounds of its interval."""
    cases = {case.id: case for case in expand(load_suite(find_suite("realtime")))}
    assert all(case.windows > 1.3 * 72 for case in cases.values())
    at_300 = [case for case in cases.values() if case.window_ms == 300.0 and case.id.startswith("realtime-300")]
    assert len(at_300) == 2
    assert all(case.windows > 1.05 * 368 for case in at_300)
    assert next(iter(cases.values())).backend == "null"
    assert next(iter(cases.values())).windows > 1.05 * 3688
    assert {case.window_ms for case in cases.values() if case.scenario == "realtime"} >= {200.0, 300.0, 400.0}
    paced_s = sum(case.windows * case.hop_ms for case in cases.values() if case.scenario == "realtime") / 1000.0
    assert paced_s < 10 * 60


def test_a_lock_is_plain_yaml(tmp_path):
    suite = load_suite(find_suite("smoke"))
    stream = StringIO()
    YAML().dump(lock(suite, expand(suite), tmp_path), stream)
    assert "&" not in stream.getvalue()
    assert "!!" not in stream.getvalue()


def test_rounds_stand_in_the_case_its_hash_its_lock_and_where_they_vary_its_id(tmp_path):
    body = "    scenario: compute\n    matrix: {grid: {rounds: [1, 6]}}\n"
    once, often = cases_of(tmp_path, body)
    assert (once.rounds, often.rounds) == (1, 6)
    assert often.id == "a/eager-fp32/w300/rounds=6"
    assert once.sha != often.sha
    assert cases_of_lock(tmp_path, body) == (once, often)


GATED = "    early_stop: true\n    rounds: 8\n    budgets: [{{assert: '{}', severity: {}}}]\n"


def test_a_case_that_may_end_early_survives_its_lock(tmp_path):
    body = GATED.format("response_latency.p99.ci.high < 300 ms", "gate")
    (case,) = cases_of(tmp_path, body)
    assert case.early_stop
    assert cases_of_lock(tmp_path, body) == (case,)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (GATED.format("response_latency.max < 1 s", "gate"), "response_latency.max is no bound on a share of windows"),
        (GATED.format("response_latency.p99 < 1 s", "warn"), "there is no gate to settle"),
        ("    early_stop: true\n", "looks lie between rounds, and there is one: set rounds"),
    ],
)
def test_what_no_look_could_settle_is_refused_at_its_line(body, words, tmp_path):
    with pytest.raises(SuiteError, match=rf"t\.yaml:6: early_stop: .*{words}"):
        cases_of(tmp_path, body)


def test_the_audits_share_stands_in_the_case_and_not_in_its_hash(tmp_path):
    (usual,) = cases_of(tmp_path, "    seed: 1\n")
    (off,) = cases_of(tmp_path, "    seed: 1\n    audit: 0\n")
    assert (usual.audit, off.audit) == (0.01, 0.0)
    assert usual.sha == off.sha
    with pytest.raises(SuiteError, match="audit"):
        cases_of(tmp_path, "    audit: 1.5\n")


@pytest.mark.parametrize("name", ["savings", "claims"])
def test_what_the_paper_s_savings_are_measured_by_can_be_told_a_backend_on_a_gpu(name):
    """What that has not is skipped when it is run."""
    cases = expand(load_suite(find_suite(name), ["backend=cuda_graph"]))
    assert {case.backend for case in cases} == {"cuda_graph"}
    assert {case.allocation for case in cases} == {"static", "dynamic"}
