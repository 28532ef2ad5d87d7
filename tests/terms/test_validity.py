"""The statuses of what is not valid, and when an identity is broken."""

from __future__ import annotations

import pytest

from josie_bench.terms.result import CASE_STATUSES
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.validity import INVALID, Identity


def test_every_status_of_what_is_not_valid_is_a_cases():
    assert set(INVALID) < set(CASE_STATUSES)
    assert all(status.startswith("INVALID_") for status in INVALID)


@pytest.mark.parametrize(("error", "is_broken"), [(0.0, False), (0.02, False), (0.0201, True)])
def test_an_identity_holds_up_to_its_limit(error, is_broken):
    assert Identity(name="a", error=error, limit=0.02, unit="").is_broken == is_broken


def test_one_that_says_nothing_is_not_broken():
    na = NotAvailable(reason="closed_loop", detail="")
    assert not Identity(name="a", error=None, limit=0.02, unit="", na=na).is_broken
