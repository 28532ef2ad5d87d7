"""Which cases stay on one worker."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.fleet.lots import lots_of
from josie_bench.terms.beside import Beside
from josie_bench.terms.budget import parse_budget
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.judged import JudgedChoice
from tests.bench.cases import make_case


def named(name, **changes):
    return make_case(**({"id": name, "backend": "eager"} | changes))


def ids_of(cases):
    return [lot.ids for lot in lots_of(cases)]


def test_engines_that_are_held_against_each_other_stay_together_and_other_cases_do_not():
    other = EngineChoice(backend="onnxruntime", precision="fp32")
    cases = [
        named("a"),
        named("b", windows=9),
        named("a-onnx", engines=other),
        named("b-onnx", windows=9, engines=other),
    ]
    assert ids_of(cases) == [("a", "a-onnx"), ("b", "b-onnx")]


def test_a_case_stays_with_those_that_have_neighbours():
    cases = [named("alone"), named("other", windows=7), named("beside", beside=Beside(cpu=1))]
    assert ids_of(cases) == [("alone", "beside"), ("other",)]


def test_all_judged_cases_stay_together_for_their_contrasts():
    judged = JudgedChoice(tasks=("echo",))
    cases = [named("first", judged=judged), named("timed"), named("second", judged=judged, window_ms=200.0)]
    assert ids_of(cases) == [("first", "second"), ("timed",)]


def test_lots_are_numbered_in_the_order_of_the_suite_and_nothing_is_lost_or_doubled():
    cases = [named(f"case{number}", windows=number + 1) for number in range(7)]
    lots = lots_of(cases)
    assert [lot.index for lot in lots] == list(range(7))
    assert [name for lot in lots for name in lot.ids] == [case.id for case in cases]


def test_no_cases_are_no_lots():
    assert lots_of([]) == ()


def test_the_digest_of_a_lot_changes_with_all_that_decides_its_result():
    case = named("a", sha="1" * 64)
    (lot,) = lots_of([case])
    changed = [
        replace(case, sha="2" * 64),
        replace(case, timeout_s=1.0),
        replace(case, budgets=(parse_budget("response_latency.p95 < 300 ms"),)),
    ]
    digests = {lots_of([one])[0].digest for one in (case, *changed)}
    assert len(digests) == 4
    assert lots_of([replace(case)])[0].digest == lot.digest
