"""Verdicts: arithmetic, limits, runs at the paper's scale and at others."""

from __future__ import annotations

import pytest

from josie_bench.claims import counts, flips, ledger
from josie_bench.claims._standing import judge, verdict_of
from josie_bench.terms.claim import (
    AMBIGUOUS,
    BELOW,
    CONFIRMED,
    NOT_TESTABLE,
    PENDING,
    REFUTED,
    REFUTED_ARITHMETIC,
    Claim,
    Measured,
    Reading,
    Scale,
    printed,
)
from tests.claims.paper_runs import LARGE_GPU, SMALL_GPU, case, run, score, tail

OURS = Scale(preset="nano", backend="onnxruntime-fp32", host="a processor", is_papers=False)
PAPERS = Scale(preset="josie-v4o", backend="tensorrt-fp16", host="a card", is_papers=True)
ANY = run()


def measured(value, *, low=None, high=None, scale=PAPERS, is_exact=False):
    return Measured(
        case="a", statistic="x.p99", value=value, unit="ms", scale=scale, n=9, low=low, high=high, is_exact=is_exact
    )


def claim(*readings, kind="system", **more):
    return Claim(
        id="a.b", section="1", statement="x", published="300ms", kind=kind, figure=printed("300", "ms"),
        readings=readings, **more,
    )  # fmt: skip


def by(*numbers, **more):
    return Reading(relation=BELOW, waits_for="a run", measure=lambda _: numbers, **more)


def test_a_number_that_follows_confirms_and_one_that_does_not_refutes():
    assert judge(claim(Reading(formula="x", compute=lambda: 300.4))).verdict == CONFIRMED
    assert judge(claim(Reading(formula="x", compute=lambda: 301.0))).verdict == REFUTED_ARITHMETIC


def test_a_limit_refutes_and_does_not_confirm():
    def limit(least):
        return Reading(formula="x", compute=lambda: least, relation=BELOW, is_limit=True, waits_for="a run")

    assert judge(claim(limit(301.0))).verdict == REFUTED_ARITHMETIC
    entry = judge(claim(limit(20.0)))
    assert (entry.verdict, entry.outcomes[0].reason) == (PENDING, "a run")


@pytest.mark.parametrize(
    ("low", "high", "verdict"), [(250.0, 299.0, CONFIRMED), (300.0, 310.0, REFUTED), (290.0, 310.0, PENDING)]
)
def test_an_interval_decides_where_all_of_it_lies_on_one_side(low, high, verdict):
    assert judge(claim(by(measured(295.0, low=low, high=high))), ANY).verdict == verdict


def test_a_number_without_interval_decides_nothing_unless_it_is_a_count():
    assert judge(claim(by(measured(20.0))), ANY).verdict == PENDING
    assert judge(claim(by(measured(20.0, is_exact=True))), ANY).verdict == CONFIRMED


def test_a_run_of_another_scale_decides_nothing_and_says_what_holds_there():
    entry = judge(claim(by(measured(20.0, low=10.0, high=30.0, scale=OURS))), ANY)
    assert (entry.verdict, entry.outcomes[0].here) == (PENDING, CONFIRMED)
    entry = judge(claim(by(measured(400.0, low=390.0, high=410.0, scale=OURS))), ANY)
    assert (entry.verdict, entry.outcomes[0].here) == (PENDING, REFUTED)


def test_what_is_of_the_design_is_decided_on_any_scale():
    entry = judge(claim(by(measured(20.0, low=10.0, high=30.0, scale=OURS)), is_of_design=True), ANY)
    assert entry.verdict == CONFIRMED


def test_one_engine_that_can_is_enough_and_stands_first():
    slow, fast = measured(400.0, low=390.0, high=410.0), measured(20.0, low=10.0, high=30.0)
    entry = judge(claim(by(slow, fast)), ANY)
    assert entry.verdict == CONFIRMED
    assert entry.outcomes[0].measured == (fast, slow)


def test_what_must_always_hold_is_refuted_by_one_and_shown_by_all():
    good, bad = measured(0.0, is_exact=True), measured(301.0, is_exact=True)
    assert judge(claim(by(good, bad, is_universal=True)), ANY).verdict == REFUTED
    assert judge(claim(by(good, bad, is_universal=True)), ANY).outcomes[0].measured[0] == bad
    assert judge(claim(by(good, good, is_universal=True)), ANY).verdict == CONFIRMED
    assert judge(claim(by(good, measured(1.0), is_universal=True)), ANY).verdict == PENDING
    assert judge(claim(by(is_universal=True)), ANY).verdict == PENDING


def test_readings_that_differ_are_ambiguous_and_those_that_agree_are_not():
    assert verdict_of("system", [PENDING, REFUTED_ARITHMETIC]) == AMBIGUOUS
    assert verdict_of("arith", [REFUTED_ARITHMETIC, REFUTED_ARITHMETIC]) == REFUTED_ARITHMETIC
    assert verdict_of("system", [REFUTED_ARITHMETIC, REFUTED]) == REFUTED
    assert verdict_of("quality", [PENDING, PENDING]) == PENDING


def test_what_has_no_one_meaning_is_ambiguous_unless_every_meaning_is_settled_alike():
    assert verdict_of("undefined", [NOT_TESTABLE, NOT_TESTABLE]) == AMBIGUOUS
    assert verdict_of("undefined", [NOT_TESTABLE]) == NOT_TESTABLE
    assert verdict_of("undefined", [REFUTED_ARITHMETIC, REFUTED_ARITHMETIC]) == REFUTED_ARITHMETIC
    assert verdict_of("undefined", [CONFIRMED, CONFIRMED]) == CONFIRMED


def test_counts_are_in_one_order_and_leave_out_what_is_not_there():
    entries = [judge(claim(Reading(formula="x", compute=lambda value=v: value))) for v in (300.0, 300.0, 9.0)]
    assert counts(entries) == {CONFIRMED: 2, REFUTED_ARITHMETIC: 1}


def verdicts(result):
    return {entry.claim.id: entry for entry in ledger(result)}


def test_nano_on_a_processor_confirms_nothing_of_the_papers_model():
    entry = verdicts(run(case(metrics=tail(80.0, 90.0, 100.0))))["lat.sub300"]
    here = {outcome.reading.name: (outcome.verdict, outcome.here) for outcome in entry.outcomes}
    assert here["R"] == (PENDING, CONFIRMED)
    assert here["R + H/2"] == (PENDING, CONFIRMED)  # 150 + 100 ms
    assert here["R + W"] == (REFUTED_ARITHMETIC, REFUTED)  # 300 + 80 ms
    assert entry.verdict == AMBIGUOUS


@pytest.mark.parametrize(
    ("gpu", "preset", "backend", "verdict"),
    [
        (SMALL_GPU, "josie-v4o", "tensorrt", CONFIRMED),
        (LARGE_GPU, "josie-v4o", "tensorrt", PENDING),
        (SMALL_GPU, "nano", "tensorrt", PENDING),
        (SMALL_GPU, "josie-v4o", "onnxruntime", PENDING),  # on the processor beside the card
        (None, "josie-v4o", "tensorrt", PENDING),
        (SMALL_GPU, "josie-v4o", "from-elsewhere", PENDING),
    ],
)
def test_only_the_papers_model_on_a_card_of_its_size_decides_its_latency(gpu, preset, backend, verdict):
    result = run(case(preset=preset, backend=backend, metrics=tail(80.0, 90.0, 100.0)), gpu=gpu)
    outcome = {some.reading.name: some for some in verdicts(result)["lat.sub300"].outcomes}["R"]
    assert (outcome.verdict, outcome.here) == (verdict, CONFIRMED)


def test_parameters_are_counted_of_a_run_of_the_papers_size_alone():
    assert not verdicts(run(case(), preset="nano", parameters=9_869_217))["mem.parameters"].is_measured
    entry = verdicts(run(case(), preset="josie-v4o", parameters=2_790_900_000))["mem.parameters"]
    assert entry.outcomes[0].measured[0].value == pytest.approx(2.7909)
    assert entry.outcomes[0].here == CONFIRMED


def test_two_runs_that_say_the_opposite_are_told_apart_and_others_are_not():
    fast, slow, unsure = (run(case(metrics=tail(*three))) for three in ((80, 90, 99), (310, 320, 330), (290, 300, 310)))
    found = flips(ledger(fast), ledger(slow))
    assert [(entry.claim.id, one.reading.name, one.here, other.here) for entry, one, other in found] == [
        ("lat.window", "keeps pace (D = H)", CONFIRMED, REFUTED),
        ("lat.sub300", "R", CONFIRMED, REFUTED),
        ("lat.sub300", "R + H/2", CONFIRMED, REFUTED),
    ]
    assert flips(ledger(fast), ledger(fast)) == []
    assert flips(ledger(slow), ledger(unsure)) == []
    assert flips(ledger(), ledger(slow)) == []


def test_a_turn_token_in_one_case_refutes_that_there_are_none():
    def entry(*counts_of_windows):
        metrics = [{"turn_tokens.windows": score(k / 20, "ratio", n=20, k=k)} for k in counts_of_windows]
        return verdicts(run(*(case(f"c{i}", metrics=m) for i, m in enumerate(metrics))))["rt.no_turn_tokens"]

    assert entry(0, 0).verdict == CONFIRMED
    assert entry(0, 3).verdict == REFUTED
    assert entry(0, 3).outcomes[0].measured[0].value == 3
