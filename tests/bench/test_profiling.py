"""What binds components of `tiny`: the work is that of the model, and every component is there."""

from __future__ import annotations

import pytest

from josie_bench.bench.calibration import prepare_engines
from josie_bench.bench.profiling import as_profiled, mean_work, profile_case, shape_of
from josie_bench.engines.store import EngineRequest
from josie_bench.errors import UsageError
from josie_bench.model.presets import TINY
from josie_bench.model.sizes import COMPONENTS
from josie_bench.model.work import WindowShape, window_work
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.sessions import Sessions
from tests.bench.cases import make_case


def test_every_component_is_profiled_with_the_work_of_its_windows(store):
    case = as_profiled(make_case(backend="eager", scenario="compute"))
    manifests, _ = prepare_engines(store, EngineRequest.of(case))
    profile = profile_case(case, manifests, windows=4)
    assert tuple(part.component for part in profile.components) == COMPONENTS
    by_name = {part.component: part for part in profile.components}
    frames = int(case.window_ms / TINY.frame_ms)
    assert (
        by_name["audio_encoder"].flops
        == window_work(TINY, WindowShape(frames=frames)).components["audio_encoder"].flops
    )
    assert by_name["temporal_transformer"].calls == frames
    assert all(part.operators is not None and part.operators.times for part in profile.components)
    assert all(part.floor is not None and part.floor.ms > 0.0 for part in profile.components)
    assert profile.slowed > 0.0


def test_rings_hold_what_came_before_and_no_more_than_they_can():
    """24 frames and 16 vision tokens are kept; windows of 10 frames and 4 tokens."""
    came = []
    for _ in range(6):
        came.append(shape_of(TINY, came, 10, 4))
    assert [shape.context for shape in came] == [0, 14, 28, 24 + 12, 24 + 16, 24 + 16]


def test_work_is_the_mean_over_windows_that_differ():
    shapes = [WindowShape(frames=2), WindowShape(frames=2, context=40)]
    each = [window_work(TINY, shape).components["temporal_transformer"] for shape in shapes]
    flops, read_bytes = mean_work(TINY, "temporal_transformer", "fp32", shapes)
    assert flops == sum(work.flops for work in each) / 2
    assert read_bytes == sum(work.read_bytes("fp32") for work in each) / 2
    assert each[0].flops < flops < each[1].flops


def test_silence_is_drawn_so_that_every_window_does_all_its_work():
    gated = make_case(backend="eager", conversation=Conversation(mode="turn", silence="gated"))
    assert as_profiled(gated).conversation == Conversation()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"scenario": "parity", "backend": "eager"}, "times nothing"),
        ({"backend": "null"}, "computes nothing"),
        ({"backend": "eager", "sessions": Sessions(count=2)}, "one session that is left alone"),
        ({"backend": "eager", "sessions": Sessions(stay_ms=500.0)}, "one session that is left alone"),
    ],
)
def test_what_cannot_be_profiled_is_refused_with_what_can(changes, said):
    with pytest.raises(UsageError, match=said):
        as_profiled(make_case(**changes))
