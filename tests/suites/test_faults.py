"""Faults in a suite: what each has to say, what no conversation can have, and a lock that says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.expand import expand
from josie_bench.suites.faults import fault_conflicts
from josie_bench.suites.load import load_suite
from josie_bench.suites.schema import CaseKeys
from josie_bench.terms.fault import KINDS, Expected, Fault
from tests.suites.writing import cases_of, cases_of_lock

SUITE = Path(__file__).parents[2] / "suites" / "faults.yaml"
ALL = ["audio", "vision", "text"]
WHOLE = {  # one of each kind, with all that it has to say
    "late": {"of": "audio", "by": "200 ms"},
    "lost": {"of": "audio"},
    "duplicated": {"of": ["audio", "text"]},
    "reordered": {"of": "audio"},
    "corrupted": {"of": "audio", "how": "bits"},
    "skewed": {"ppm": -50.0},
    "dies": {"of": "vision"},
    "stall": {"lasts": "500 ms"},
    "disconnect": {},
    "raises": {"component": "audio_encoder"},
    "hangs": {"component": "depth_transformer", "lasts": "1 s"},
    "nan": {"component": "audio_decoder"},
}


def found(*faults, **settings):
    keys = {"preset": "tiny", "modalities": ALL, "windows": 40, "stream": {"text": "a"}, "faults": list(faults)}
    return [what for _, what in fault_conflicts(CaseKeys.model_validate(keys | settings))]


def one(kind, at=5, **said):
    return {"kind": kind, "at": at} | WHOLE[kind] | said


def test_there_is_one_of_every_kind():
    assert tuple(sorted(WHOLE)) == tuple(sorted(KINDS))


@pytest.mark.parametrize("kind", KINDS)
def test_a_fault_that_says_what_it_has_to_is_at_peace(kind):
    assert found(one(kind)) == []


@pytest.mark.parametrize(
    ("kind", "key"), [(kind, key) for kind, said in WHOLE.items() for key in said if key != "lasts"]
)
def test_what_a_kind_needs_is_asked_for(kind, key):
    said = one(kind)
    del said[key]
    assert f"faults: 1 ({kind}): {key} is missing: add it" in found(said)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("lost", {"ppm": 5.0}),
        ("stall", {"windows": 3}),
        ("dies", {"windows": 3}),
        ("raises", {"of": "audio"}),
        ("skewed", {"share": 0.5}),
        ("disconnect", {"component": "audio_encoder"}),
        ("late", {"how": "nan"}),
        ("lost", {"variation": 1.0}),
        ("duplicated", {"lasts": "1 s"}),
    ],
)
def test_what_means_nothing_to_a_kind_is_refused(kind, said):
    (key,) = said
    assert found(one(kind, **said)) == [f"faults: 1 ({kind}): {key} has no meaning here: leave it out"]


@pytest.mark.parametrize(
    ("said", "settings", "what"),
    [
        (
            one("lost"),
            {"modalities": ["vision"]},
            "audio is none of the modalities vision: add it there, or leave it out",
        ),
        (one("corrupted", how="nan", of=ALL), {}, "nan is of numbers with a point, as of audio: set of to audio"),
        (one("reordered", of="vision"), {}, "a window has several chunks of audio alone: set by, so that"),
        (one("raises", component="decoder"), {}, "unknown component 'decoder'"),
        (one("nan", component="depth_transformer"), {}, "gives whole numbers, and none of them is NaN"),
        (one("hangs", expect={"ends": "TIMEOUT"}), {}, "expect.ends is of a component that hangs for ever"),
        (one("stall", expect={"unchanged": True}), {"audit": 0.0}, "is seen when they are audited: set audit above 0"),
        (
            one("stall", expect={"unchanged": True}),
            {"backend": "null"},
            "backend null gives no answers that could stay",
        ),
        (
            {"kind": "hangs", "at": 5, "component": "audio_encoder", "expect": {"loses": 3}},
            {},
            "nobody recovers from a hang for ever: set lasts, or expect no more than ends",
        ),
    ],
)
def test_a_fault_that_hits_nothing_or_expects_the_impossible_is_refused(said, settings, what):
    assert any(what in each for each in found(said, **settings))


@pytest.mark.parametrize(
    ("settings", "what"),
    [
        ({"scenario": "compute"}, "take scenario realtime without sessions or stay"),
        ({"sessions": 2}, "take scenario realtime without sessions or stay"),
        ({"stay": "5 s"}, "take scenario realtime without sessions or stay"),
        ({"blocks": {"windows": 4}}, "leave blocks out"),
        ({"dropout": {"of": "audio", "present": 3}}, "leave dropout out"),
        ({"backend": "simulated"}, "set simulated.clock to real"),
    ],
)
def test_only_one_conversation_in_real_time_has_faults(settings, what):
    assert any(what in each for each in found(one("stall"), **settings))
    assert list(fault_conflicts(CaseKeys.model_validate(settings))) == []


def test_a_simulated_system_in_real_time_can_have_some():
    assert found(one("stall"), backend="simulated", simulated={"clock": "real"}, modalities=["audio", "vision"]) == []


def test_faults_come_one_after_the_other_with_a_window_between():
    assert found(one("lost", at=5, windows=3), one("raises", at=9)) == []
    (what,) = found(one("lost", at=5, windows=3), one("raises", at=8))
    assert what == "faults: 2 (raises) begins with window 8, before a window without a fault: begin at 9 or later"
    (what,) = found(one("dies", at=5), one("raises", at=9))
    assert what == "faults: 1 (dies) goes on to the end: put it last"


def test_a_window_must_be_left_to_see_what_becomes_of_the_last():
    assert found(one("lost", at=36, windows=3)) == []
    (what,) = found(one("lost", at=36, windows=4))
    assert (
        "faults: 1 (lost) needs 41 windows for what becomes of it to be seen, and there are 40: raise windows" in what
    )
    assert found(one("dies", at=39)) == []


FAULTS = """    windows: 60
    modalities: [audio, vision]
    faults:
      - {kind: lost, of: audio, at: 5, windows: 3, share: 0.5, expect: {recovers_within: 600 ms, loses: 0}}
      - {kind: late, of: vision, at: 10, windows: 8, by: 80 ms, variation: 1.5}
      - {kind: hangs, component: audio_encoder, at: 20, lasts: 1 s, expect: {unchanged: true}}
      - {kind: hangs, component: audio_encoder, at: 50, expect: {ends: TIMEOUT}}
"""


def test_faults_are_read_as_they_are_written_and_gate_the_case(tmp_path):
    (case,) = cases_of(tmp_path, FAULTS)
    assert case.is_gated
    assert case.faults == (
        Fault(
            kind="lost", of=("audio",), at=5, windows=3, share=0.5, expected=Expected(recovers_within_ms=600.0, loses=0)
        ),
        Fault(kind="late", of=("vision",), at=10, windows=8, by_ms=80.0, variation=1.5),
        Fault(kind="hangs", component="audio_encoder", at=20, lasts_ms=1000.0, expected=Expected(unchanged=True)),
        Fault(kind="hangs", component="audio_encoder", at=50, expected=Expected(ends="TIMEOUT")),
    )


def test_a_lock_says_the_same(tmp_path):
    assert cases_of_lock(tmp_path, FAULTS) == cases_of(tmp_path, FAULTS)


@pytest.mark.parametrize(
    ("faults", "what"),
    [
        ("[{kind: losst, at: 3}]", "unknown kind 'losst': did you mean 'lost'?"),
        ("[{kind: lost, of: audio}]", "faults.at: is missing: add it"),
        ("[{kind: lost, of: audio, at: 3, ever: 2}]", "faults.ever: 2 is not known here: remove it"),
        ("[{kind: lost, of: audio, at: 3, share: 1.5}]", "less than or equal to 1"),
        ("[{kind: late, of: audio, by: 9 ms, at: 3, variation: 11}]", "less than or equal to 10"),
        ("[{kind: lost, of: audio, at: 3, expect: {ends: ERROR}}]", "unknown end 'ERROR': known are TIMEOUT"),
        ("lost", "is no list"),
        ("[lost]", "is no mapping"),
        ("{kind: lost}", "is no list"),
    ],
)
def test_what_is_no_fault_is_told_with_its_line(tmp_path, faults, what):
    with pytest.raises(SuiteError, match=rf"t\.yaml:6: .*{re.escape(what)}"):
        cases_of(tmp_path, f"    faults: {faults}\n")


def test_a_budget_on_faults_needs_some(tmp_path):
    with pytest.raises(SuiteError, match="in which nothing goes wrong gives no faults_survived: set faults"):
        cases_of(tmp_path, "    budgets: [{assert: faults_survived.of_faults >= 1}]\n")


def test_the_suite_of_faults_has_every_kind():
    said = {fault.kind for case in expand(load_suite(SUITE)) for fault in case.faults}
    assert said == set(KINDS)
