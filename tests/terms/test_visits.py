"""Recorded visits: how long they are together, and that they survive being written."""

from __future__ import annotations

import json
from dataclasses import asdict

from josie_bench.terms.visits import Visits

SPANS = (((0, 10), (30, 40)), ((5, 25),))


def test_the_recording_ends_with_the_last_who_leaves_and_so_many_are_there_on_average():
    visits = Visits(file="/a.csv", sha256="0", spans_ns=SPANS)
    assert visits.length_ns == 40
    assert visits.usual == (10 + 10 + 20) / 40


def test_visits_are_the_same_when_they_were_written_as_json():
    visits = Visits(file="/a.csv", sha256="0", spans_ns=SPANS)
    assert Visits.from_json(json.loads(json.dumps(asdict(visits)))) == visits
