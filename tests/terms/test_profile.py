"""Profiles hold the shapes of the windows they are for, and say which axis is out of range."""

from __future__ import annotations

import pytest

from josie_bench.errors import EngineError
from josie_bench.model.presets import PRESETS
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.weights import build_model
from josie_bench.terms.profile import WINDOW_FRAMES, find_profile, window_profiles
from josie_bench.terms.signature import TensorSpec

AUDIO = TensorSpec(name="audio", dtype="float32", axes=("batch", "frames*800"))


def test_the_codec_has_one_profile_a_window_and_the_others_one_for_all():
    assert [p.name for p in window_profiles("audio_encoder")] == ["200 ms", "300 ms", "400 ms"]
    assert [p.name for p in window_profiles("temporal_transformer")] == ["200 to 400 ms"]


def test_shapes_count_samples_where_an_axis_is_a_multiple():
    middle = window_profiles("audio_encoder")[1]
    assert middle.shapes(AUDIO) == ((1, 800), (1, 4800), (8, 4800))
    assert middle.as_json([AUDIO]) == {"batch": [1, 1, 8], "frames*800": [800, 4800, 4800]}


def test_engines_that_step_several_sessions_as_a_rule_are_made_fast_for_them_and_hold_the_same_shapes():
    alone, together = (window_profiles("audio_encoder", usual_sessions=count) for count in (1, 8))
    assert together[1].shapes(AUDIO) == ((1, 800), (8, 4800), (8, 4800))
    for one, other in zip(alone, together, strict=True):
        assert (one.name, one.least, one.most) == (other.name, other.least, other.most)
        assert {**one.usual, "batch": 8} == other.usual


@pytest.mark.parametrize(("frames", "index"), [(1, 0), (4, 0), (5, 1), (8, 2)])
def test_the_first_profile_that_holds_a_window_is_found(frames, index):
    assert find_profile("audio_decoder", {"frames": frames}) == index


def test_a_window_outside_every_profile_is_one_line_with_the_range():
    with pytest.raises(
        EngineError, match=r"audio_encoder: no profile holds frames 10 \(from 1 to 8\): .* 200 ms"
    ) as caught:
        find_profile("audio_encoder", {"frames": 10, "batch": 1})
    assert "\n" not in str(caught.value)
    with pytest.raises(EngineError, match=r"time 0 \(from 1 to 200\)"):
        find_profile("temporal_transformer", {"time": 0})


def test_profiles_name_every_axis_and_never_shrink():
    model = build_model(PRESETS["tiny"])
    for component in COMPONENTS:
        signature = model.component(component).signature()
        for profile in window_profiles(component):
            for spec in (*signature.inputs, *signature.state):
                least, usual, most = profile.shapes(spec)
                assert all(a <= b <= c for a, b, c in zip(least, usual, most, strict=True))


def test_frames_are_those_of_the_presets_windows():
    for sizes in PRESETS.values():
        assert {window_ms: window_ms / sizes.frame_ms for window_ms in WINDOW_FRAMES} == WINDOW_FRAMES
