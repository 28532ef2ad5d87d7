"""Why there is no figure."""

from __future__ import annotations

from josie_bench.statistics.unjudged import why_none
from josie_bench.terms.judged import Judged, JudgedItem, JudgeUse

ROW = JudgedItem(item="i", cluster="c", task="look")
HERE, ABSENT = JudgeUse(role="inception", identity="x"), JudgeUse(role="pixel_decoder", reason="no weights")


def test_the_first_reason_is_told_and_none_where_all_is_there():
    judged = Judged(tasks=("look",), rows=(ROW,), judges=(HERE, ABSENT))
    assert why_none(judged, "codec", (), ()).na.reason == "not_measured"
    assert why_none(judged, "look", ("inception", "pixel_decoder"), (ROW,)).na.detail == "no weights"
    assert why_none(judged, "look", ("inception",), ()).na.reason == "no_samples"
    assert why_none(judged, "look", ("inception",), (ROW,)) is None
