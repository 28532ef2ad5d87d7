"""Runs of a history: what changed between two of them."""

from __future__ import annotations

from tests.reports.pasts import past


def test_facts_that_changed_came_or_went_are_named_with_both_values():
    before, after = past(0, a="1", c="3"), past(1, b="2", c="4")
    assert after.changed_since(before) == ["a 1 → none", "c 3 → 4", "b none → 2"]


def test_where_nothing_changed_nothing_is_named():
    assert past(1).changed_since(past(0)) == []
