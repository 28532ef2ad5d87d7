"""A recording survives its way between processes."""

from __future__ import annotations

import dataclasses

import numpy as np

from josie_bench.bench.recording_file import load_recording, save_recording
from josie_bench.conformance.judged_items import ITEMS, judged_recording
from josie_bench.terms.recording import Audit, Collection
from josie_bench.terms.telemetry import AbsentSource, Telemetry

TOLD = Telemetry(
    instant_ns=np.array([5]),
    source=np.array(["cpu"]),
    name=np.array(["busy_total"]),
    value=np.array([1.5]),
    unit=np.array(["s"]),
    round=np.array([0]),
    interval_ms={"cpu": 100.0},
    absent=(AbsentSource(name="gpu", reason="no_driver", detail="why"),),
)


def test_every_field_comes_back(tmp_path, make_recording):
    given = dataclasses.replace(
        make_recording([10.0, 20.0], spans=[(0, "audio_encoder", 1.0, 2.0)], unanswered=1),
        major_faults=np.array([0, 3, 0]),
        turn_tokens=np.array([1, 0, 0]),
        answers=np.array(["ab", "cd", ""]),
        collections=(Collection(start_ns=1, end_ns=2),),
        audits=(Audit(checked=2, mismatched=(1,)),),
        telemetry=TOLD,
    )
    save_recording(given, tmp_path / "r.npz")
    back = load_recording(tmp_path / "r.npz")
    for field in dataclasses.fields(given):
        if field.name in ("spans", "telemetry"):
            continue
        a, b = getattr(given, field.name), getattr(back, field.name)
        assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b, field.name
    for field in dataclasses.fields(given.spans):
        assert np.array_equal(getattr(given.spans, field.name), getattr(back.spans, field.name))
    assert back.telemetry is not None
    assert back.telemetry.head() == TOLD.head()
    assert back.telemetry.value.tolist() == [1.5]


def test_an_empty_recording_comes_back(tmp_path, make_recording):
    save_recording(make_recording([], unanswered=1), tmp_path / "r.npz")
    assert load_recording(tmp_path / "r.npz").spans.component.tolist() == []


def test_what_was_judged_comes_back_with_its_features(tmp_path):
    given = judged_recording()
    save_recording(given, tmp_path / "r.npz")
    back = load_recording(tmp_path / "r.npz").judged
    assert back == given.judged
    for one, other in zip(back.rows, given.judged.rows, strict=True):
        assert one.features.keys() == other.features.keys()
        assert all(np.array_equal(one.features[name], other.features[name]) for name in one.features)
    assert sum(map(len, (row.features for row in back.rows))) == 2 * 3 * 2 * ITEMS  # sides, pictures, layers


def test_what_can_be_heard_and_seen_comes_back_to_its_row(tmp_path):
    given = judged_recording()
    media = {1: {"before.flac": b"ab", "after.flac": b"\0"}, 7: {"after.png": b"c"}}
    save_recording(dataclasses.replace(given, judged=given.judged.with_media(media)), tmp_path / "r.npz")
    assert load_recording(tmp_path / "r.npz").judged.media() == media


def test_what_was_judged_comes_back(tmp_path):
    given = judged_recording()
    save_recording(given, tmp_path / "r.npz")
    back = load_recording(tmp_path / "r.npz")
    assert back.judged == given.judged
    assert back.parity is None
    assert back.is_untimed
