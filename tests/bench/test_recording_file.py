"""A recording survives its way between processes."""

from __future__ import annotations

import dataclasses

import numpy as np

from josie_bench.bench.recording_file import load_recording, save_recording


def test_every_field_comes_back(tmp_path, make_recording):
    given = make_recording([10.0, 20.0], spans=[(0, "audio_encoder", 1.0, 2.0)], unanswered=1)
    save_recording(given, tmp_path / "r.npz")
    back = load_recording(tmp_path / "r.npz")
    for field in dataclasses.fields(given):
        if field.name == "spans":
            continue
        a, b = getattr(given, field.name), getattr(back, field.name)
        assert np.array_equal(a, b) if isinstance(a, np.ndarray) else a == b, field.name
    for field in dataclasses.fields(given.spans):
        assert np.array_equal(getattr(given.spans, field.name), getattr(back.spans, field.name))


def test_an_empty_recording_comes_back(tmp_path, make_recording):
    save_recording(make_recording([], unanswered=1), tmp_path / "r.npz")
    assert load_recording(tmp_path / "r.npz").spans.component.tolist() == []
