"""What mode turn gives no meaning to, and turns that cannot be typed, with the setting that is to be mended."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from josie_bench.suites.conflicts import conflicts
from josie_bench.suites.expand import expand
from josie_bench.suites.load import load_suite
from josie_bench.suites.schema import CaseKeys

SUITE = Path(__file__).parents[2] / "suites" / "turns.yaml"
TYPED = {"mode": "turn", "modalities": ["text"], "stream": {"text": "hello"}, "turns": {"every": "3 s"}}


def found(**settings):
    return list(conflicts(CaseKeys.model_validate({"preset": "tiny", **settings})))


@pytest.mark.parametrize(
    ("settings", "blamed", "words"),
    [
        ({"mode": "turn", "turn_taking": "model"}, "turn_taking", "no meaning in mode turn"),
        ({"mode": "turn", "silence": "speculated"}, "silence", "no meaning in mode turn"),
        ({"turns": {"variation": 2.0}}, "turns.variation", "set turns.every, or leave turns out"),
        ({**TYPED, "mode": "realtime"}, "turns.every", "set mode to turn, or leave turns out"),
        ({**TYPED, "modalities": ["vision"]}, "turns.every", "add text to modalities"),
        ({**TYPED, "modalities": ["audio", "text"]}, "turns.every", "take audio out of modalities"),
        ({**TYPED, "scenario": "compute"}, "turns.every", "take realtime"),
        ({**TYPED, "turns": {"every": "200 ms"}}, "turns.every", "shorter than a hop"),
        ({**TYPED, "dropout": {"of": "text", "late": "1 s"}}, "turns.every", "leave dropout.late out"),
    ],
)
def test_a_conflict_names_the_setting_to_mend(settings, blamed, words):
    ((keys, what),) = found(**settings)
    assert keys[0] == blamed
    assert words in what


def test_what_can_be_typed_is_no_conflict():
    assert found(**TYPED) == []
    assert found(**{**TYPED, "modalities": ["vision", "text"]}) == []
    assert found(**TYPED, sessions=3, stay="10 s") == []
    assert found(**TYPED, dropout={"of": "text", "lost": 0.2}) == []


def test_the_suite_of_turns_has_independent_ones_and_bursts_and_enough_of_both_for_a_median():
    cases = expand(load_suite(SUITE))
    assert {case.id.split("/")[0]: case.turns.variation for case in cases} == {"poisson": 1.0, "bursts": 2.0}
    for case in cases:
        arrivals = islice(case.timetable(0).arrivals(), case.warm_up.windows, case.warm_up.windows + case.windows)
        turns = sum(arrival.slot.turn_ns is not None for arrival in arrivals)
        assert turns >= 6, "an interval of a median takes six"
        assert "turn_latency.p50" in {budget.key for budget in case.budgets}
