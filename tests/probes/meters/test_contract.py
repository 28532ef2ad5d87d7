"""The contract that every meter keeps; a new one is tested by existing."""

from __future__ import annotations

import pytest

from josie_bench.plugins import find_member, member_names
from josie_bench.terms.telemetry import METER, AbsentSource

METERS = member_names("probes.meters")


def test_the_family_is_found_by_its_files():
    assert METERS == ("rapl",)


@pytest.mark.parametrize("name", METERS)
def test_a_meter_says_what_it_meters_and_why_it_cannot(name):
    member = find_member("probes.meters", name)
    absent = member.unavailable()
    assert member.SUMMARY
    assert member.INTERVAL_MS > 0
    if isinstance(absent, AbsentSource):
        assert absent.name == f"{METER}{name}"
        assert absent.reason
        assert absent.detail


@pytest.mark.parametrize("name", METERS)
def test_a_meter_never_counts_backwards(name):
    member = find_member("probes.meters", name)
    if (absent := member.unavailable()) is not None:
        pytest.skip(absent.detail)
    read = member.open_meter()
    assert 0 <= read() <= read()
