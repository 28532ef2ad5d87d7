"""Faults as values: when they hold, how they are told, and there and back as JSON."""

from __future__ import annotations

import json
from dataclasses import asdict

from josie_bench.terms.fault import KINDS, Expected, Fault


def test_a_fault_holds_in_its_windows_and_one_without_a_length_in_one():
    three = Fault(kind="lost", at=4, windows=3, of=("audio",))
    assert [at for at in range(10) if three.holds(at)] == [4, 5, 6]
    assert [at for at in range(10) if Fault(kind="raises", at=4).holds(at)] == [4]


def test_what_dies_or_hangs_for_ever_holds_to_the_end():
    for endless in (Fault(kind="dies", at=4, of=("audio",)), Fault(kind="hangs", at=4)):
        assert endless.is_endless
        assert [at for at in range(8) if endless.holds(at)] == [4, 5, 6, 7]
    assert not Fault(kind="hangs", at=4, lasts_ms=10.0).is_endless


def test_a_fault_is_told_with_all_that_it_says():
    assert Fault(kind="lost", at=0, of=("audio", "text"), share=0.25).words == "lost audio+text (25 %)"
    jitter = Fault(kind="late", at=0, of=("audio",), by_ms=60.0, variation=1.0)
    assert jitter.words == "late audio (60 ms, variation 1)"
    assert Fault(kind="skewed", at=0, ppm=-200.0).words == "skewed (-200 ppm)"
    assert Fault(kind="stall", at=0, lasts_ms=700.0).words == "stall (700 ms)"
    assert Fault(kind="disconnect", at=0).words == "disconnect"
    assert len({Fault(kind=kind, at=0).words for kind in KINDS}) == len(KINDS)


def test_what_is_expected_is_told():
    assert Expected().words == "recovers"
    assert Expected(recovers_within_ms=900.0, loses=0).words == "recovers within 900 ms, loses no window"
    assert Expected(loses=2, unchanged=True).words == "recovers, loses at most 2 windows, answers unchanged"
    assert Expected(loses=1).words == "recovers, loses at most 1 window"
    assert Expected(ends="TIMEOUT").words == "ends the case as TIMEOUT"


def test_a_fault_comes_back_from_json():
    whole = Fault(
        kind="late",
        at=3,
        windows=2,
        of=("audio",),
        share=0.5,
        by_ms=30.0,
        variation=0.7,
        expected=Expected(loses=1, unchanged=True),
    )
    assert Fault.from_json(json.loads(json.dumps(asdict(whole)))) == whole
