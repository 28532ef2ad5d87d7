"""What sessions cannot be that come and go, are let in or sent away, and which setting is to be mended."""

from __future__ import annotations

import pytest

from josie_bench.suites.conflicts import conflicts
from josie_bench.suites.schema import CaseKeys

SEARCH = {"scenario": "capacity", "windows": 598}
TOGETHER = {"sessions": 2, "batching": "continuous"}
REPLAYED = {"sessions": 3, "visits": {"file": "a.csv"}}
ADMISSION = {"admission": {"busy": 0.8}}
EVICTION = {"eviction": {"missed": 0.1}}


def found(**settings):
    return list(conflicts(CaseKeys.model_validate({"preset": "tiny", **settings})))


@pytest.mark.parametrize(
    ("settings", "blamed", "words"),
    [
        ({"sessions": 3, "away": "1 s"}, "away", "set stay, or leave away out"),
        ({"sessions": 3, "stay": "1 s", "grace": "1 s"}, "grace", "set away, or leave grace out"),
        ({"sessions": 3, "stay": "1 s", "admit": 2}, "admit", "set away"),
        ({"sessions": 3, "stay": "1 s", "away": "1 s", "admit": 3}, "admit", "lower admit, or leave it out"),
        ({**SEARCH, "stay": "1 s", "away": "1 s"}, "admit", "leave away, grace and admit out"),
        ({"sessions": 3, "variation": 0.5}, "variation", "set stay, or leave variation out"),
        ({"visits": {"sha256": "0" * 64}}, "visits.sha256", "set visits.file, or leave it out"),
        ({**REPLAYED, "stay": "1 s"}, "stay", "the file says when sessions come and go: leave stay out"),
        ({**REPLAYED, "away": "1 s"}, "away", "leave away out"),
        ({**REPLAYED, "variation": 0}, "variation", "leave variation out"),
        ({**REPLAYED, "phase": "lockstep"}, "phase", "leave phase out"),
        ({**REPLAYED, "admit": 3}, "admit", "lower admit, or leave it out"),
        ({**SEARCH, "visits": {"file": "a.csv"}}, "visits.file", "leave visits out"),
        ({"admission": {"over": "1 s"}}, "admission.over", "set admission.busy, or leave it out"),
        ({"admission": {"over": "5 s"}}, "admission.over", "set admission.busy, or leave it out"),
        ({"sessions": 3, **ADMISSION}, "admission.busy", "set stay, or leave admission out"),
        ({**SEARCH, **ADMISSION}, "admission.busy", "scenario capacity refuses nobody: leave admission out"),
        (
            {**REPLAYED, "window": "300 ms", "admission": {"busy": 0.8, "over": "299 ms"}},
            "admission.over",
            "in 299 ms, less than a hop of 300 ms, often nothing is measured: raise over",
        ),
        ({**REPLAYED, **ADMISSION, "admit": 2}, "admit", "leave admit out"),
        ({**REPLAYED, **ADMISSION, "batching": "continuous"}, "batching", "set batching to sequential"),
        ({"sessions": 3, "eviction": {"over": "1 s"}}, "eviction.over", "set eviction.missed, or leave it out"),
        ({"sessions": 3, "eviction": {"over": "5 s"}}, "eviction.over", "set eviction.missed, or leave it out"),
        ({"stay": "1 s", **EVICTION}, "eviction.missed", "set sessions, or leave eviction out"),
        ({**SEARCH, **EVICTION}, "eviction.missed", "asks who holds, and sends nobody away: leave eviction out"),
        (
            {"sessions": 3, "window": "300 ms", "eviction": {"missed": 0.0, "over": "299 ms"}},
            "eviction.over",
            "in 299 ms, less than a hop of 300 ms, one late window decides: raise over",
        ),
    ],
)
def test_a_conflict_names_the_setting_to_mend(settings, blamed, words):
    ((keys, what),) = found(**settings)
    assert keys[0] == blamed
    assert words in what
    assert "\n" not in what


def test_who_comes_may_be_refused_and_sent_away_in_these_ways():
    assert found(**REPLAYED, grace="1 s", admit=2, shedding="late", batching="continuous") == []
    assert found(**REPLAYED, **ADMISSION, grace="1 s", shedding="late") == []
    assert found(sessions=3, stay="1 s", **ADMISSION) == []
    assert found(sessions=3, **EVICTION) == []
    assert found(**TOGETHER, **EVICTION, stay="1 s", shedding="late") == []
    assert found(**REPLAYED, **ADMISSION, **EVICTION, grace="1 s") == []
    assert found(sessions=3, stay="1 s", hop="100 ms", admission={"busy": 0.8, "over": "100 ms"}) == []
