"""The page and the file of a profile: numbers as they are, reasons where there are none, and nothing unescaped."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from josie_bench.reports._roofline import HEADS, operator_rows, rows, to_html, to_json
from josie_bench.reports._words import ABSENT
from josie_bench.terms.profiling import CaseProfile
from josie_bench.terms.score import NotAvailable, Score
from tests.terms.test_profiling import ROOF, part

WATCHED = part(40.0, busy_ns=500_001)
UNWATCHED = replace(part(4.0), component="audio_decoder", operators_reason="nothing tells of its operators")


def profile(*components, case="compute/eager-fp32/w300"):
    return CaseProfile(
        case=case, preset="tiny", window_ms=300.0, windows=60, watched=6, slowed=3.5, components=components
    )


def test_a_row_says_what_binds_and_how_far_the_roof_is():
    row = dict(zip(HEADS, rows(profile(WATCHED))[0], strict=True))
    assert row["least (ms)"] == "2.00 (bandwidth)"
    assert row["of the roof"] == "5 %"
    assert row["bound by"] == "kernels"
    assert row["outside operators"] == "50%"
    assert row["most time in"] == "product 50%"


def test_what_is_not_known_is_said_with_its_reason():
    row = dict(zip(HEADS, rows(profile(UNWATCHED))[0], strict=True))
    assert row["most time in"] == "nothing tells of its operators"
    assert row["outside operators"] == ABSENT
    few = replace(UNWATCHED, time_ms=Score(value=None, n=3, na=NotAvailable(reason="few", detail="3 of 6 windows")))
    assert rows(profile(few))[0][2] == "n/a: 3 of 6 windows (n 3)"
    assert operator_rows(profile(UNWATCHED)) == []


def test_the_file_has_what_follows_from_its_numbers():
    document = json.loads(json.dumps(to_json([profile(WATCHED, UNWATCHED)], {"tool": "x"}), allow_nan=False))
    assert document["schema"] == "josie-bench/profile.v1"
    first, second = document["cases"][0]["components"]
    assert (first["bound"], first["roof_share"], first["intensity"]) == ("kernels", 0.05, 2.5)
    assert first["dispatch_share"] == pytest.approx(0.499999)
    assert second["operators"] is None
    assert second["operators_reason"] == "nothing tells of its operators"


def test_the_page_draws_a_point_for_each_component_and_escapes_names():
    page = to_html([profile(WATCHED, UNWATCHED, case="<b>case")], "1.0")
    assert "roofline-0" in page
    assert "<b>case" not in page
    assert "&lt;b&gt;case" in page


def test_a_roof_that_is_not_known_whole_is_not_drawn():
    unknown = replace(ROOF, flops_per_s=None, reason="no product of int8")
    page = to_html([profile(part(4.0, roof=unknown))], "1.0")
    assert "no roof is known whole" in page
    assert "roofline-0" not in page
