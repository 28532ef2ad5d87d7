"""What became of a search: its levels, what its trials say, and what binds the answer."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.bench import capacity as capacity_module
from josie_bench.bench.capacity import level_case, level_settings, probe_of
from josie_bench.bench.case_result import blank
from josie_bench.bench.rounds import Round
from josie_bench.bench.supervise import TrialOutcome
from josie_bench.statistics.capacity_search import Turn
from josie_bench.terms.capacity import TOO_MANY, Capacity, CapacityLimit, Probe, Search
from josie_bench.terms.sessions import Sessions


def test_a_level_is_the_case_that_a_suite_with_its_number_has(make_case):
    case = make_case(scenario="capacity", capacity=Search(), sessions=Sessions(phase="lockstep"))
    level = level_case(case, 3)
    assert (level.scenario, level.sessions.count, level.capacity) == ("realtime", 3, None)
    assert level.sessions.phase == "lockstep"
    assert len({level.sha, level_case(case, 4).sha, case.sha}) == 3


def test_the_settings_of_a_level_are_those_of_its_search_but_for_what_makes_it_a_level(make_case):
    level = level_case(make_case(scenario="capacity", capacity=Search()), 3)
    told = level_settings({"name": "a", "scenario": "capacity", "capacity": {"most": 9}, "window": "300 ms"}, level)
    assert told == {"name": level.id, "scenario": "realtime", "window": "300 ms", "sessions": 3, "rounds": 3}


def test_a_trial_that_took_too_long_says_that_its_level_is_too_large():
    late = Round(index=0, started="", outcome=TrialOutcome(status="TIMEOUT", reason="", recording=None))
    assert probe_of(late, 4, Search()) == Probe(sessions=4, verdict=TOO_MANY)


def test_what_binds_is_memory_where_no_more_would_fit():
    limits = [CapacityLimit(name="memory", formula="", sessions=5)]
    five, four = (Turn(sessions=None, held=held, is_settled=True) for held in (5, 4))
    assert capacity_module._binding(five, Search(), limits) == "memory"
    assert capacity_module._binding(four, Search(), limits) == "time"


def test_what_binds_is_the_roof_where_it_is_reached():
    limits = [CapacityLimit(name="roofline", formula="", sessions=5), CapacityLimit(name="memory", formula="")]
    five, four = (Turn(sessions=None, held=held, is_settled=True) for held in (5, 4))
    assert capacity_module._binding(five, Search(), limits) == "roofline"
    assert capacity_module._binding(four, Search(), limits) == "time"


def test_an_invalid_measurement_of_one_more_leaves_at_least_what_held(make_case):
    settled = Turn(sessions=None, held=5, reason="5 sessions hold and 6 do not", is_settled=True)
    good, bad = (
        blank(
            make_case(),
            TrialOutcome(status=status, reason="the pacer was late", recording=None),
            None,
            settings={},
            reproduce="",
        )
        for status in ("OK", "INVALID_HARNESS")
    )
    assert capacity_module.doubted(settled, {5: good, 6: good}) == settled
    found = capacity_module.doubted(settled, {5: good, 6: bad})
    assert (found.held, found.is_open, found.is_settled) == (5, True, True)
    assert found.reason == "5 sessions hold, and of 6 nothing was shown: the pacer was late"
    assert capacity_module._binding(found, Search(), []) == "search"
    assert capacity_module.distrust(settled, {5: good, 6: bad}) is None


def test_an_invalid_measurement_of_what_held_leaves_no_answer(make_case):
    bad = blank(
        make_case(),
        TrialOutcome(status="INVALID_HARNESS", reason="late", recording=None),
        None,
        settings={},
        reproduce="",
    )
    settled = Turn(sessions=None, held=5, is_settled=True)
    assert capacity_module.distrust(settled, {5: bad}).status == "INVALID_HARNESS"
    none = Turn(sessions=None, held=0, is_settled=True)
    assert capacity_module.distrust(none, {1: bad}).status == "INVALID_HARNESS"
    assert capacity_module.doubted(none, {1: bad}) == none
    assert capacity_module.distrust(replace(settled, is_settled=False), {5: bad}) is None


def test_a_search_that_was_shown_nothing_of_one_more_binds_itself_and_its_gate_is_open(make_case):
    least = Turn(sessions=None, held=5, is_settled=True, is_open=True)
    assert capacity_module._binding(least, Search(), []) == "search"
    case = make_case(scenario="capacity", capacity=Search(least=6))
    found = Capacity(target=0.01, level=0.95, sessions=5, stop_reason="why", levels=[], limits=[], binds="search")
    (verdict,) = capacity_module.least_verdict(case, found)
    assert verdict.result == "n/a"
    (verdict,) = capacity_module.least_verdict(replace(case, capacity=Search(least=5)), found)
    assert verdict.result == "pass"
    (verdict,) = capacity_module.least_verdict(case, replace(found, binds="time"))
    assert verdict.result == "fail"
