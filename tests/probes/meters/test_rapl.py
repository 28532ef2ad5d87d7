"""The processor's own counters, from folders that look like the kernel's."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.probes.meters.rapl import _unwrapped, open_meter, unavailable
from tests.probes.kernel_files import put

ZONES = "sys/class/powercap"


def put_zone(root, zone, name, uj, turn="262143328850\n"):
    for file, words in (("name", f"{name}\n"), ("energy_uj", f"{uj}\n"), ("max_energy_range_uj", turn)):
        put(root, f"{ZONES}/{zone}/{file}", words)


def test_packages_add_up_and_what_is_part_of_them_or_holds_them_does_not_count_twice(tmp_path):
    put_zone(tmp_path, "intel-rapl:0", "package-0", 2_500_000)
    put_zone(tmp_path, "intel-rapl:0:0", "core", 1_000_000)
    put_zone(tmp_path, "intel-rapl:0:1", "dram", 700_000)
    put_zone(tmp_path, "intel-rapl:1", "package-1", 4_000_000)
    put_zone(tmp_path, "intel-rapl:2", "psys", 9_000_000)
    assert unavailable(tmp_path) is None
    assert open_meter(tmp_path)() == 6.5


def test_without_counters_and_with_ones_that_may_not_be_read_the_reasons_differ(tmp_path):
    assert unavailable(tmp_path).reason == "not_supported"
    put_zone(tmp_path, "intel-rapl:0", "package-0", 1)
    put_zone(tmp_path, "intel-rapl:1", "package-1", "")
    absent = unavailable(tmp_path)
    assert (absent.reason, "chmod" in absent.detail) == ("not_permitted", True)


def test_a_counter_that_began_anew_goes_on(tmp_path):
    """From 9.5 J over a turn at 10 J to 0.25 J and 1 J, and over another to 0.5 J."""
    read = None
    found = []
    for uj in (9_500_000, 250_000, 1_000_000, 500_000):
        put_zone(tmp_path, "intel-rapl:0", "package-0", uj, turn="10000000\n")
        read = read or open_meter(tmp_path)
        found.append(read())
    assert found == [9.5, 10.25, 11.0, 20.5]


def test_a_counter_that_goes_away_or_turns_at_nobody_knows_what_is_an_error_of_that_reading(tmp_path):
    put_zone(tmp_path, "intel-rapl:0", "package-0", 5_000_000, turn="")
    read = open_meter(tmp_path)
    assert read() == 5.0
    put_zone(tmp_path, "intel-rapl:0", "package-0", 1, turn="")
    with pytest.raises(OSError, match="began anew"):
        read()
    put_zone(tmp_path, "intel-rapl:0", "package-0", "")
    with pytest.raises(OSError, match="does not tell"):
        read()


@given(steps=st.lists(st.integers(0, 999), max_size=20))
def test_whatever_was_drawn_is_counted_whole_if_it_is_read_once_a_turn(steps, tmp_path_factory):
    root = tmp_path_factory.mktemp("rapl")
    drawn = 0
    put_zone(root, "intel-rapl:0", "package-0", 0, turn="1000\n")
    read = _unwrapped(root / ZONES / "intel-rapl:0")
    assert read() == 0
    for step in steps:
        drawn += step
        put_zone(root, "intel-rapl:0", "package-0", drawn % 1000, turn="1000\n")
        assert read() == drawn
