"""A page of a template: text cannot become a part of it, and what is not drawn costs nothing."""

from __future__ import annotations

import json

from josie_bench.reports._comparison_page import side_table
from josie_bench.reports._template import bundle, render
from tests.reports.comparisons import comparison_of

EVIL = "</script><img src=x>&"
WORDS = {
    "comparison": comparison_of(notes=[EVIL]),
    "answer": EVIL,
    "tone": "bad",
    "design": "",
    "gated": "",
    "sides": side_table(comparison_of()),
    "cases": [],
    "title": EVIL,
}


def test_text_from_outside_stays_text():
    page = render("comparison.html.j2", WORDS, {"a": {"description": EVIL}})
    assert EVIL not in page
    assert "<img" not in page.partition("<script")[0]
    raw = page.partition('id="specs">')[2].partition("</script>")[0]
    assert not set("<>&") & set(raw)
    assert json.loads(raw) == {"a": {"description": EVIL}}
    assert page.count(bundle()) == 1


def test_without_charts_the_library_is_left_out():
    assert bundle()[:200] not in render("comparison.html.j2", WORDS, {})
