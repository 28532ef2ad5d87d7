"""What mode turn gives no meaning to, and turns that cannot be typed, with the setting that is to be mended."""

from __future__ import annotations

import pytest

from josie_bench.suites.conflicts import conflicts
from josie_bench.suites.schema import CaseKeys

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
