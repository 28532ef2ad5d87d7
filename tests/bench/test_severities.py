"""Cases that differ in how much is wrong alone: which make a curve, and in which direction."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.severities import severities_of
from josie_bench.terms.dropout import Dropout
from josie_bench.terms.judged import ENGINE, WHOLE, Judged, JudgedChoice, JudgedItem, JudgeUse
from tests.bench.cases import make_case

SAID = "one two three four"
ITEMS = 24


def lossy(name, tasks=("transcribe",), **lost):
    choice = JudgedChoice(tasks=tasks)
    return make_case("eager", id=name, sha=name, scenario="quality", judged=choice, dropout=Dropout(**lost))


def noisy(snr_db, **changes):
    return lossy(f"noise-{snr_db:g}", of=("audio",), snr_db=snr_db, **changes)


def wrote(case, wrong):
    """Return what was judged where the first item has so many of its four words wrong, and no other has any."""
    rows = [
        JudgedItem(
            item=f"i{place:02d}",
            cluster=f"i{place:02d}",
            task="transcribe",
            side=side,
            texts={"reference": SAID, "written": " ".join(["x"] * count + SAID.split()[count:])},
        )
        for side in (ENGINE, WHOLE)
        for place in range(ITEMS)
        for count in [wrong if side == ENGINE and place < 12 else 0]
    ]
    uses = (JudgeUse(role="normaliser", identity="small"),)
    return Judged(tasks=case.judged.tasks, rows=tuple(rows), judges=uses, dropout=case.dropout)


def found(*pairs):
    return severities_of([case for case, _ in pairs], {case.id: wrote(case, wrong) for case, wrong in pairs})


def test_noise_grows_worse_as_its_ratio_falls():
    """Of 96 words 0, 0, 12 and 48 are wrong: 1, 1, 0.875 and 0.5 are left."""
    (curve,) = found((noisy(0.0), 4), (noisy(30.0), 0), (noisy(10.0), 1), (noisy(20.0), 0))
    assert (curve.setting, curve.unit, curve.of, curve.task, curve.n) == (
        "dropout.snr", "dB", ["audio"], "transcribe", ITEMS,
    )  # fmt: skip
    assert curve.levels == [30.0, 20.0, 10.0, 0.0]
    assert curve.cases == ["noise-30", "noise-20", "noise-10", "noise-0"]
    assert curve.left == pytest.approx([1.0, 1.0, 0.875, 0.5])
    assert curve.area == pytest.approx((0.5 + 1.0 + 0.875 + 0.25) / 3)
    assert curve.until == pytest.approx(20.0 - 10.0 * 0.08 / 0.125)
    assert curve.until_ci.low < curve.until < curve.until_ci.high  # turned, as the levels are
    assert curve.knee in (10.0, 20.0)


def test_what_is_lost_and_what_is_late_grow_worse_as_they_grow():
    lost = [
        (lossy(f"lost-{share:g}", of=("audio",), lost=share), wrong) for share, wrong in ((0.4, 2), (0.1, 0), (0.2, 1))
    ]
    late = [(lossy(f"late-{ms:g}", of=("audio",), late_ms=ms), 1) for ms in (900.0, 300.0, 600.0)]
    one, two = found(*late, *lost)
    assert (one.setting, one.unit, one.levels) == ("dropout.lost", "%", [10.0, 20.0, 40.0])
    assert (two.setting, two.unit, two.levels) == ("dropout.late", "ms", [300.0, 600.0, 900.0])
    assert (one.knee, two.until, two.until_ci) == (None, None, None)  # of 3 levels none bends; 0.875 is below at all


def test_cases_that_differ_in_more_or_are_too_few_make_none():
    assert found((noisy(30.0), 0), (noisy(20.0), 0)) == []
    other = replace(noisy(0.0), window_ms=400.0)
    assert found((noisy(30.0), 0), (noisy(20.0), 0), (other, 4)) == []
    whole = replace(noisy(0.0), dropout=None)
    assert found((noisy(30.0), 0), (noisy(20.0), 0), (whole, 0)) == []


def test_a_case_that_was_not_judged_is_left_out():
    cases = [noisy(level) for level in (30.0, 20.0, 10.0, 0.0)]
    judged = {case.id: wrote(case, 1) for case in cases[1:]}
    (curve,) = severities_of(cases, judged)
    assert curve.levels == [20.0, 10.0, 0.0]


def test_a_task_without_quality_has_no_curve():
    cases = [noisy(level, tasks=("transcribe", "conversation")) for level in (30.0, 20.0, 10.0)]
    assert [curve.task for curve in found(*((case, 1) for case in cases))] == ["transcribe"]
