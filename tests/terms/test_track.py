"""A track survives as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from josie_bench.terms.timeline import Span
from josie_bench.terms.track import Track, WrittenWord

TRACK = Track(
    begins_ms={"heard": 300.0},
    marks={"turn": (Span(start_ms=0.0, end_ms=900.0), Span(start_ms=1_000.0, end_ms=1_500.0))},
    words=(WrittenWord(text="ä", at_ms=380.0),),
)


def test_it_comes_back_from_json():
    assert Track.from_json(json.loads(json.dumps(asdict(TRACK)))) == TRACK
