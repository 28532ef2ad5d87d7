"""Dialogues of a recording are scored beside the baselines that can have such scores."""

from __future__ import annotations

from dataclasses import replace

from josie_bench.conformance.judged_items import ITEMS, judged_recording
from josie_bench.statistics.dialogues import dialogue_scores
from josie_bench.terms.judged import Judged
from josie_bench.terms.score import Score

NAMES = ("count", "count.echo")


def count(timelines):
    return {"count": Score(value=float(sum(len(timeline.played) for timeline in timelines)), n=len(timelines))}


def test_the_model_speaks_twice_in_each_and_an_echo_four_times():
    found = dialogue_scores(judged_recording(), NAMES, count, ("echo",))
    assert {name: (score.value, score.n) for name, score in found.items()} == {
        "count": (2.0 * ITEMS, ITEMS),
        "count.echo": (4.0 * ITEMS, ITEMS),
    }


def test_every_name_has_the_reason_where_nobody_conversed():
    recording = replace(judged_recording(), judged=Judged(tasks=("codec",)))
    found = dialogue_scores(recording, NAMES, count, ("echo",))
    assert {name: score.na.reason for name, score in found.items()} == dict.fromkeys(NAMES, "not_measured")
